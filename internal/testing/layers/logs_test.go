package layers_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutotel"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// logs runs f with a logger for either connection.
func logs(t *testing.T, f func(*testing.T, log.Logger, trace.TracerProvider, *mutest.Recorder)) {
	for connection, provider := range providers {
		t.Run(connection, func(t *testing.T) {
			rec := mutest.New(t)
			p := sdklog.NewLoggerProvider(sdklog.WithProcessor(mutotel.NewLogProcessor(rec.Client())))
			f(t, p.Logger("test"), provider(rec.Client()), rec)
		})
	}
}

func line(text string, severity log.Severity, attrs ...attribute.KeyValue) (r log.Record) {
	r.SetBody(attribute.StringValue(text))
	r.SetSeverity(severity)
	r.SetTimestamp(time.Unix(1, 0))
	r.AddAttributes(attrs...)
	return r
}

func event(name string, body ...attribute.KeyValue) (r log.Record) {
	r.SetEventName(name)
	r.SetBody(attribute.MapValue(body...))
	return r
}

// A record belongs to the innermost span of either tracer, also after the span's end.
func TestLogs(t *testing.T) {
	logs(t, func(t *testing.T, logger log.Logger, p trace.TracerProvider, rec *mutest.Recorder) {
		a, endA := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "a")
		b, theirs := p.Tracer("test").Start(a, "b")
		c, endC := mutagent.Start(b, mutagent.KindTool, "c")
		logger.Emit(t.Context(), line("nowhere", log.SeverityInfo))
		for ctx, name := range map[context.Context]string{a: "in a", b: "in b", c: "in c"} {
			logger.Emit(ctx, line(name, log.SeverityWarn, attribute.Int("n", 1), attribute.Map("m", attribute.Slice("list", attribute.StringValue("x"), attribute.BoolValue(true)))))
		}
		endC()
		theirs.End()
		endA()
		logger.Emit(c, line("late in c", log.SeverityInfo))
		logger.Emit(b, line("late in b", log.SeverityInfo))
		require.NoError(t, rec.Client().Flush(t.Context()))

		for name, want := range map[string][]string{"a": {"in a"}, "b": {"in b", "late in b"}, "c": {"in c", "late in c"}} {
			var got []string
			for _, e := range rec.Span(name).Events {
				got = append(got, e.Name)
			}
			assert.Equal(t, want, got, name)
		}
		e := rec.Span("b").Events[0]
		assert.Equal(t, "WARN", e.Level)
		assert.EqualValues(t, 1, e.Attributes["n"])
		assert.Equal(t, map[string]any{"list": []any{"x", true}}, e.Attributes["m"])
		assert.EqualValues(t, 1, e.Time.Unix())
	})
}

// Messages become input and output, which are content. A late one is an event.
func TestMessagesInLogs(t *testing.T) {
	logs(t, func(t *testing.T, logger log.Logger, p trace.TracerProvider, rec *mutest.Recorder) {
		ctx, s := p.Tracer("test").Start(rec.Context(t.Context()), "theirs", trace.WithAttributes(asked...))
		logger.Emit(ctx, event("gen_ai.user.message", attribute.String("content", "Hi")))
		logger.Emit(ctx, event("gen_ai.choice", attribute.Map("message", attribute.String("content", "Hello")), attribute.String("finish_reason", "stop")))
		logger.Emit(ctx, event("gen_ai.evaluation.result", attribute.Float64("gen_ai.evaluation.score.value", 0.5)))
		s.End()
		logger.Emit(ctx, event("gen_ai.choice", attribute.Map("message", attribute.String("content", "late"))))
		require.NoError(t, rec.Client().Flush(t.Context()))
		got := rec.Span("theirs")
		require.Len(t, got.Input.Messages, 1)
		assert.Equal(t, "Hi", got.Input.Messages[0].Content)
		require.Len(t, got.Output.Messages, 1)
		assert.Equal(t, "Hello", got.Output.Messages[0].Content)
		assert.Equal(t, "stop", got.Output.Messages[0].FinishReason)
		require.Len(t, got.Events, 2)
		assert.Equal(t, "gen_ai.evaluation.result", got.Events[0].Name)
		assert.Equal(t, "gen_ai.choice", got.Events[1].Name)
	})
	// The conventions' newer event has what newer spans have.
	logs(t, func(t *testing.T, logger log.Logger, p trace.TracerProvider, rec *mutest.Recorder) {
		ctx, s := p.Tracer("test").Start(rec.Context(t.Context()), "theirs", trace.WithAttributes(asked...))
		r := event("gen_ai.client.inference.operation.details")
		text := attribute.SliceValue(attribute.MapValue(attribute.String("role", "user"), attribute.Slice("parts", attribute.MapValue(attribute.String("type", "text"), attribute.String("content", "Hi")))))
		r.AddAttributes(attribute.KeyValue{Key: "gen_ai.input.messages", Value: text})
		logger.Emit(ctx, r)
		s.End()
		got := rec.Span("theirs")
		require.Len(t, got.Input.Messages, 1)
		assert.Equal(t, "Hi", got.Input.Messages[0].Content)
		assert.Empty(t, got.Events)
	})
	// A layer of this SDK knows the messages better, whether it is above or below.
	logs(t, func(t *testing.T, logger log.Logger, p trace.TracerProvider, rec *mutest.Recorder) {
		ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindLLMChat, "ours")
		mutagent.SetInput(ctx, "mine")
		ctx, s := p.Tracer("test").Start(genai.Mark(ctx), "theirs", trace.WithAttributes(asked...))
		logger.Emit(ctx, event("gen_ai.user.message", attribute.String("content", "Hi")))
		s.End()
		end()
		assert.Equal(t, "mine", rec.Span("ours").Input.Text)
		assert.Empty(t, rec.Span("ours").Events)

		ctx, s = p.Tracer("test").Start(rec.Context(t.Context()), "theirs", trace.WithAttributes(asked...))
		logger.Emit(ctx, event("gen_ai.user.message", attribute.String("content", "theirs")))
		langchain(ctx, t, p, nothing)
		s.End()
		assert.Equal(t, "Hi", rec.Span("chat gpt-5").Input.Messages[0].Content)
	})
}

// What is not sampled has no events.
func TestLogsNotSampled(t *testing.T) {
	rec := mutest.New(t)
	logger := sdklog.NewLoggerProvider(sdklog.WithProcessor(mutotel.NewLogProcessor(rec.Client()))).Logger("test")
	p := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()), sdktrace.WithSpanProcessor(mutotel.NewSpanProcessor(rec.Client())))
	ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "above")
	ctx, s := p.Tracer("test").Start(ctx, "left out")
	logger.Emit(ctx, line("left out, too", log.SeverityInfo))
	s.End()
	end()
	assert.Empty(t, rec.Span("above").Events)
}
