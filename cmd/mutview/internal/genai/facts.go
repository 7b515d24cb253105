// Package genai derives the values of spans that lists show, and converts input and
// output to the form that the page, the terminal and the export use. internal/semconv
// defines the meaning of attributes.
package genai

import (
	"github.com/mutagent-io/mutagent-go/internal/semconv"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// Facts returns the values for lists, filters and sums.
func Facts(s *trace.Span) trace.Facts {
	a, resource := semconv.Attributes(s.Attributes), semconv.Attributes(s.Resource)
	used := a.Usage()
	f := trace.Facts{
		Kind:        kind(a),
		Service:     resource.Text("service.name"),
		Session:     first(a.Session(), resource.Text("session.id")),
		User:        a.User(),
		Environment: first(a.Environment(), resource.Environment()),
		Tags:        a.Tags(),
		Model:       a.ModelName(),
		Provider:    a.Provider(),
		Usage: trace.Usage{
			InputTokens: used.InputTokens, OutputTokens: used.OutputTokens,
			CachedTokens: used.CachedTokens, ReasoningTokens: used.ReasoningTokens, CostUSD: used.CostUSD,
		},
	}
	return f
}

// FirstWords returns the previews of the input and the output, for lists.
func FirstWords(s *trace.Span) (input, output string) {
	return preview(Input(s), true), preview(Output(s), false)
}

// kind returns the kind according to the GenAI conventions, or else according to
// others.
func kind(a semconv.Attributes) string {
	if kind := a.Kind(); kind != "" {
		return kind
	}
	switch {
	case a.Text("http.request.method", "http.method") != "":
		return "http"
	case a.Text("db.system.name", "db.system") != "":
		return "db"
	case a.Text("rpc.system", "rpc.system.name") != "":
		return "rpc"
	case a.Text("messaging.system") != "":
		return "messaging"
	}
	return ""
}

// first returns the first of two texts that is not empty.
func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
