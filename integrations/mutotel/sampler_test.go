package mutotel_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutotel"
)

// unsampled is a traceparent of a caller that does not record the trace.
const unsampled = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-00"

// sends returns the headers of a request that OpenTelemetry's propagator would make.
func sends(ctx context.Context) string {
	headers := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, headers)
	return headers["traceparent"]
}

// What this SDK leaves out, by its own sampling or that of the caller, OpenTelemetry
// leaves out, too, and the next process gets to know.
func TestTheirsFollowOurs(t *testing.T) {
	both := func(t *testing.T, f func(*testing.T, *world, trace.TracerProvider)) {
		t.Run("processor", func(t *testing.T) {
			w := newWorld(t)
			f(t, w, w.sdk(sdktrace.WithSampler(mutotel.Sampler(sdktrace.AlwaysSample()))))
		})
		t.Run("provider", func(t *testing.T) { w := newWorld(t); f(t, w, mutotel.NewTracerProvider(w.client)) })
	}
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		ours, end := w.client.Start(mutagent.WithSampleRatio(t.Context(), 0), mutagent.KindAgent, "left out")
		remote := mutagent.Extract(w.client.Context(t.Context()), http.Header{"Traceparent": {unsampled}})
		for _, ctx := range []context.Context{ours, remote} {
			ctx, s := p.Tracer("test").Start(ctx, "left out, too")
			ctx, below := p.Tracer("test").Start(ctx, "left out, too")
			_, inside := mutagent.Start(ctx, mutagent.KindTool, "left out, too")
			assert.False(t, s.SpanContext().IsSampled())
			assert.Regexp(t, "^00-[0-9a-f]{32}-[0-9a-f]{16}-0[02]$", sends(ctx))
			inside()
			below.End()
			s.End()
		}
		end()
		w.spans(0)
	})
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		ctx, end := w.client.Start(t.Context(), mutagent.KindAgent, "ours")
		ctx, s := p.Tracer("test").Start(ctx, "theirs")
		assert.Regexp(t, "-0[13]$", sends(ctx))
		s.End()
		end()
		w.spans(2)
	})
}

// Without a parent in this SDK, the root's sampler decides.
func TestSamplerOfRoots(t *testing.T) {
	w := newWorld(t)
	p := w.sdk(sdktrace.WithSampler(mutotel.Sampler(sdktrace.NeverSample())))
	_, s := p.Tracer("test").Start(t.Context(), "left out")
	s.End()
	ctx, end := w.client.Start(t.Context(), mutagent.KindAgent, "ours")
	_, s = p.Tracer("test").Start(ctx, "theirs")
	s.End()
	end()
	w.spans(2)
	assert.Equal(t, "mutotel.Sampler{AlwaysOffSampler}", mutotel.Sampler(sdktrace.NeverSample()).Description())
}

// A span of OpenTelemetry's that is not sampled, inside a trace of this SDK, is nobody's
// parent.
func TestNotSampledInsideOurs(t *testing.T) {
	w := newWorld(t)
	p := w.sdk(sdktrace.WithSampler(sdktrace.NeverSample()))
	ctx, end := w.client.Start(t.Context(), mutagent.KindAgent, "ours")
	ctx, s := p.Tracer("test").Start(ctx, "left out")
	_, endInside := mutagent.Start(ctx, mutagent.KindTool, "inside")
	endInside()
	s.End()
	end()
	got := w.spans(2)
	require.Equal(t, got["ours"].SpanID, got["inside"].ParentID)
}
