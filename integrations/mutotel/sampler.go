package mutotel

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
)

// Sampler returns a sampler by which OpenTelemetry's SDK follows the sampling of this
// SDK: a span below a span of this SDK is sampled, and one in a trace that this SDK has
// left out is dropped. For all others, root decides. This SDK follows OpenTelemetry's
// sampling anyway, see [Parent].
func Sampler(root sdktrace.Sampler) sdktrace.Sampler { return sampler{root} }

type sampler struct{ root sdktrace.Sampler }

func (s sampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	result := sdktrace.SamplingResult{Tracestate: trace.SpanContextFromContext(p.ParentContext).TraceState()}
	switch ours := propagated(p.ParentContext); {
	case mutagent.FromContext(p.ParentContext) != nil:
		result.Decision = sdktrace.RecordAndSample
	case ours.IsValid() && !ours.IsSampled():
		result.Decision = sdktrace.Drop
	default:
		return s.root.ShouldSample(p)
	}
	return result
}

func (s sampler) Description() string { return "mutotel.Sampler{" + s.root.Description() + "}" }

// propagated returns the trace that this SDK propagates to other processes, also if it
// has left the trace out.
func propagated(ctx context.Context) trace.SpanContext {
	headers := http.Header{}
	mutagent.Inject(ctx, headers)
	ctx = propagation.TraceContext{}.Extract(context.Background(), propagation.HeaderCarrier(headers))
	return trace.SpanContextFromContext(ctx)
}
