package mutotel

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/layer"
)

// A role describes an OpenTelemetry span at its start, as far as another layer may
// record the same operation.
type role struct {
	model  bool // a model call
	action bool // possibly a model call: Genkit tells only at the end what its spans are
	sent   bool // an outgoing HTTP request
	served bool // an incoming HTTP request
}

func roleOf(scope, name string, kind trace.SpanKind, a attributes) role {
	http := strings.HasSuffix(scope, "/otelhttp") || a.means().Text("http.request.method", "http.method") != ""
	return role{
		model: a.means().Model(),
		// Models and embedders are named PROVIDER/NAME; flows and tools are not.
		action: a.means().Text("genkit:type") == "action" && strings.Contains(name, "/"),
		sent:   http && kind == trace.SpanKindClient,
		served: http && kind == trace.SpanKindServer,
	}
}

// above returns the span of this SDK that already records the operation of r, or nil.
// outer is the entry of the parent OpenTelemetry span, and id is the ID of the span if
// it has one.
func (r role) above(ctx context.Context, outer *entry, id string) *mutagent.Span {
	sent := sameRequest(ctx, layer.Sent)
	switch {
	case id != "" && id == sent.SpanID(): // from IDGenerator
		return sent
	case r.model && genai.Marked(ctx):
		if outer != nil && outer.role.model {
			return outer.span
		}
		return mutagent.FromContext(ctx)
	case r.sent && id == "" && sent != nil && layer.Take(ctx, layer.Sent):
		return sent
	case r.served:
		return sameRequest(ctx, layer.Served)
	}
	return nil
}

// sameRequest returns the span of the request in whose context ctx was made, if it is a
// span of this SDK and no other span has started since.
func sameRequest(ctx context.Context, act layer.Act) *mutagent.Span {
	of, from := layer.Of(ctx, act)
	span, _ := of.(*mutagent.Span)
	if span == nil || mutagent.FromContext(ctx) != span {
		return nil
	}
	now := trace.SpanContextFromContext(ctx)
	if !now.IsRemote() && now.SpanID() != trace.SpanContextFromContext(from).SpanID() {
		return nil
	}
	return span
}
