package mutotel

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/layer"
)

// A sight is what is known of a span of OpenTelemetry's when it begins, as far as
// another layer may see the same.
type sight struct {
	model  bool // it is the call of a model
	action bool // it may be one: Genkit says only at the end what its spans are
	sent   bool // it is an HTTP request on its way
	served bool // it is one that arrived
}

func see(scope, name string, kind trace.SpanKind, a attributes) sight {
	http := strings.HasSuffix(scope, "/otelhttp") || a.means().Text("http.request.method", "http.method") != ""
	return sight{
		model: a.means().Model(),
		// Names of models and embedders are PROVIDER/NAME, those of flows and tools are not.
		action: a.means().Text("genkit:type") == "action" && strings.Contains(name, "/"),
		sent:   http && kind == trace.SpanKindClient,
		served: http && kind == trace.SpanKindServer,
	}
}

// about reports whether a layer of ours that sees the act may see the same.
func (s sight) about(act layer.Act) bool {
	switch act {
	case layer.Call:
		return s.model || s.action || s.sent
	case layer.Sent:
		return s.sent
	default:
		return s.served
	}
}

// above returns the span of ours that records what s is about already, or nil: outer is
// the entry of the OpenTelemetry span above, id that of the span if it has one.
func (s sight) above(ctx context.Context, outer *entry, id string) *mutagent.Span {
	sent := sameRequest(ctx, layer.Sent)
	switch {
	case id != "" && id == sent.SpanID(): // from IDGenerator
		return sent
	case s.model && genai.Marked(ctx):
		if outer != nil && outer.is.model {
			return outer.span
		}
		return mutagent.FromContext(ctx)
	case s.sent && id == "":
		return sent
	case s.served:
		return sameRequest(ctx, layer.Served)
	}
	return nil
}

// sameRequest returns the span of the request that ctx is the context of, if it is one
// of ours and no other span began since.
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
