package layers_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutotel"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// providers are the two connections of a client to OpenTelemetry.
var providers = map[string]func(*mutagent.Client) trace.TracerProvider{
	"processor": func(c *mutagent.Client) trace.TracerProvider {
		return sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(mutotel.NewSpanProcessor(c)), sdktrace.WithIDGenerator(mutotel.IDGenerator{}))
	},
	"provider": mutotel.NewTracerProvider,
}

// An instrumentation makes a span of a model call.
type instrumentation func(context.Context, trace.Tracer) (context.Context, trace.Span)

var (
	asked = []attribute.KeyValue{attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-5")}
	used  = []attribute.KeyValue{attribute.Int("gen_ai.usage.input_tokens", 7), attribute.Int("gen_ai.usage.output_tokens", 2)}
)

// instrumentations differ in when they say what their span is.
var instrumentations = map[string]instrumentation{
	"at the start": func(ctx context.Context, tracer trace.Tracer) (context.Context, trace.Span) {
		return tracer.Start(ctx, "theirs", trace.WithAttributes(asked...))
	},
	"after the start": func(ctx context.Context, tracer trace.Tracer) (context.Context, trace.Span) {
		ctx, s := tracer.Start(ctx, "theirs")
		s.SetAttributes(asked...)
		return ctx, s
	},
}

// each runs f for every client, connection and instrumentation.
func each(t *testing.T, f func(*testing.T, client, instrumentation, trace.TracerProvider, *mutest.Recorder)) {
	for name, c := range clients {
		for connection, provider := range providers {
			for when, start := range instrumentations {
				t.Run(name+"/"+connection+"/"+when, func(t *testing.T) {
					rec := mutest.New(t)
					f(t, c, start, provider(rec.Client()), rec)
				})
			}
		}
	}
}

// only returns the only model span, after checking that nothing counts twice.
func only(t *testing.T, rec *mutest.Recorder) mutest.Span {
	t.Helper()
	var models []mutest.Span
	var tokens int64
	for _, s := range rec.Spans() {
		if strings.HasPrefix(string(s.Kind), "llm.") {
			models = append(models, s)
		}
		tokens += s.Metrics.InputTokens
	}
	require.Len(t, models, 1, rec.Tree())
	assert.EqualValues(t, 7, tokens)
	return models[0]
}

func nothing(context.Context) {}

// The integration is told to borrow the span, and tells it what it knows.
func TestInside(t *testing.T) {
	each(t, func(t *testing.T, call client, start instrumentation, p trace.TracerProvider, rec *mutest.Recorder) {
		ctx, s := start(rec.Context(t.Context()), p.Tracer("theirs"))
		call(ctx, t, p, nothing)
		s.SetAttributes(attribute.String("own", "x"))
		s.End()
		got := only(t, rec)
		assert.Equal(t, s.SpanContext().SpanID().String(), got.SpanID)
		assert.Equal(t, "x", got.Attributes["own"])
		assert.EqualValues(t, 2, got.Metrics.OutputTokens)
		require.Len(t, got.Input.Messages, 1)
		require.Len(t, got.Output.Messages, 1)
		assert.Contains(t, rec.Tree(), "Hi")
		assert.Contains(t, rec.Tree(), "Hello")
		assert.Zero(t, rec.Client().Stats().LateWrites)
	})
}

// A client's own span is that of the call, or part of it if a framework has one, too.
func TestTwoInstrumentations(t *testing.T) {
	for connection, provider := range providers {
		t.Run(connection, func(t *testing.T) {
			rec := mutest.New(t)
			itself(rec.Context(t.Context()), t, provider(rec.Client()))
			assert.Len(t, only(t, rec).Output.Messages, 1)
		})
		for when, start := range instrumentations {
			t.Run(connection+"/"+when, func(t *testing.T) {
				rec := mutest.New(t)
				p := provider(rec.Client())
				ctx, s := start(rec.Context(t.Context()), p.Tracer("theirs"))
				itself(ctx, t, p)
				s.SetAttributes(used...)
				s.End()
				got := only(t, rec)
				require.Len(t, got.Input.Messages, 1)
				require.Len(t, got.Output.Messages, 1)
			})
		}
	}
}

// What ends during the call has what was known until then. The call goes on.
func TestEndsDuringTheCall(t *testing.T) {
	each(t, func(t *testing.T, call client, start instrumentation, p trace.TracerProvider, rec *mutest.Recorder) {
		ctx, s := start(rec.Context(t.Context()), p.Tracer("theirs"))
		call(ctx, t, p, func(context.Context) {
			s.SetAttributes(used...)
			s.End()
		})
		assert.Equal(t, s.SpanContext().SpanID().String(), only(t, rec).SpanID)
	})
}

// The span of OpenTelemetry's is part of the integration's, or below it and no model
// call.
func TestOutside(t *testing.T) {
	each(t, func(t *testing.T, call client, start instrumentation, p trace.TracerProvider, rec *mutest.Recorder) {
		ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "agent")
		call(ctx, t, p, func(ctx context.Context) {
			_, s := start(ctx, p.Tracer("theirs"))
			s.SetAttributes(used...)
			s.End()
		})
		end()
		assert.Len(t, only(t, rec).Output.Messages, 1)
	})
}
