package mutotel_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutotel"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// A world is a client whose spans are recorded, and its connection to OpenTelemetry.
type world struct {
	t      *testing.T
	client *mutagent.Client
	rec    *mutest.Recorder
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, rec: new(mutest.Recorder)}
	server := httptest.NewServer(w.rec)
	t.Cleanup(server.Close)
	var err error
	w.client, err = mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: server.URL, Parent: mutotel.Parent})
	require.NoError(t, err)
	t.Cleanup(func() { _ = w.client.Shutdown(context.Background()) })
	return w
}

func (w *world) sdk(more ...sdktrace.TracerProviderOption) *sdktrace.TracerProvider {
	return sdktrace.NewTracerProvider(append(more,
		sdktrace.WithSpanProcessor(mutotel.NewSpanProcessor(w.client)), sdktrace.WithIDGenerator(mutotel.IDGenerator{}))...)
}

// spans returns the spans of the only trace, by name.
func (w *world) spans(n int) map[string]mutest.Span {
	w.t.Helper()
	require.NoError(w.t, w.client.Flush(context.Background()))
	byName := map[string]mutest.Span{}
	for _, tr := range w.rec.Traces() {
		for _, s := range tr.Spans {
			byName[s.Name] = s
		}
	}
	require.Len(w.t, byName, n)
	return byName
}

// both runs f with the SDK's provider and with the provider of this package.
func both(t *testing.T, f func(*testing.T, *world, trace.TracerProvider)) {
	t.Run("processor", func(t *testing.T) { w := newWorld(t); f(t, w, w.sdk()) })
	t.Run("provider", func(t *testing.T) { w := newWorld(t); f(t, w, mutotel.NewTracerProvider(w.client)) })
}

// The spans alternate between this SDK and OpenTelemetry, each in the context of the
// one before, with a second span of this SDK beside the third. Each is the child of the
// span in whose context it started, and all are in one trace.
func TestParents(t *testing.T) {
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		tracer := p.Tracer("test")
		ctx, endA := w.client.Start(t.Context(), mutagent.KindAgent, "a")
		ctxB, b := tracer.Start(ctx, "b")
		ctxC, endC := mutagent.Start(ctxB, mutagent.KindTool, "c")
		ctxD, d := tracer.Start(ctxC, "d")
		_, endE := mutagent.Start(ctxD, mutagent.KindCustom, "e")
		_, endF := mutagent.Start(ctxC, mutagent.KindCustom, "f")
		endE()
		endF()
		d.End()
		endC()
		b.End()
		endA()

		got := w.spans(6)
		for child, parent := range map[string]string{"b": "a", "c": "b", "d": "c", "e": "d", "f": "c"} {
			assert.Equal(t, got[parent].SpanID, got[child].ParentID, "%s is in %s", child, parent)
			assert.Equal(t, got["a"].TraceID, got[child].TraceID, child)
		}
		assert.Equal(t, got["b"].SpanID, b.SpanContext().SpanID().String())
		assert.Equal(t, got["a"].TraceID, b.SpanContext().TraceID().String())
	})
}

// The root is an OpenTelemetry span.
func TestOursUnderTheirs(t *testing.T) {
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		ctx, root := p.Tracer("test").Start(t.Context(), "root")
		inner, end := w.client.Start(ctx, mutagent.KindTool, "tool")
		_, leaf := p.Tracer("test").Start(inner, "leaf")
		_, twin := p.Tracer("test").Start(ctx, "twin")
		twin.End()
		leaf.End()
		end()
		root.SetStatus(codes.Error, "no")
		root.End()

		got := w.spans(4)
		assert.Empty(t, got["root"].ParentID)
		assert.Equal(t, got["root"].SpanID, got["tool"].ParentID)
		assert.Equal(t, got["tool"].SpanID, got["leaf"].ParentID)
		assert.Equal(t, got["root"].SpanID, got["twin"].ParentID)
		assert.Equal(t, root.SpanContext().TraceID().String(), got["leaf"].TraceID)
		assert.Equal(t, mutagent.StatusError, got["root"].Status)
		assert.Equal(t, "no", got["root"].StatusMessage)
	})
}

// Two processes use otelhttp on both sides, with spans of this SDK around and inside.
func TestHTTP(t *testing.T) {
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		opts := []otelhttp.Option{otelhttp.WithTracerProvider(p), otelhttp.WithPropagators(propagation.TraceContext{})}
		handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, end := w.client.Start(r.Context(), mutagent.KindTool, "inside")
			end()
		})
		server := httptest.NewServer(otelhttp.NewHandler(handler, "serve", opts...))
		defer server.Close()
		name := otelhttp.WithSpanNameFormatter(func(string, *http.Request) string { return "send" })
		client := http.Client{Transport: otelhttp.NewTransport(nil, append(opts, name)...)}

		ctx, end := w.client.Start(t.Context(), mutagent.KindAgent, "outside")
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
		require.NoError(t, err)
		resp, err := client.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		end()
		server.Close() // waits for the handler's span

		got := w.spans(4)
		assert.Equal(t, got["outside"].SpanID, got["send"].ParentID)
		assert.Equal(t, got["send"].SpanID, got["GET"].ParentID)
		assert.Equal(t, got["GET"].SpanID, got["inside"].ParentID)
		assert.Equal(t, got["outside"].TraceID, got["inside"].TraceID)
	})
}

// recordOnly makes the SDK call its processors for spans that are not sampled.
type recordOnly struct{}

func (recordOnly) ShouldSample(sdktrace.SamplingParameters) sdktrace.SamplingResult {
	return sdktrace.SamplingResult{Decision: sdktrace.RecordOnly}
}

func (recordOnly) Description() string { return "recordOnly" }

func TestRecordedButNotSampled(t *testing.T) {
	w := newWorld(t)
	ctx, s := w.sdk(sdktrace.WithSampler(recordOnly{})).Tracer("test").Start(t.Context(), "left out")
	_, end := w.client.Start(ctx, mutagent.KindTool, "left out, too")
	end()
	s.End()
	w.spans(0)
}

func TestNotSampled(t *testing.T) {
	w := newWorld(t)
	p := w.sdk(sdktrace.WithSampler(sdktrace.NeverSample()))
	ctx, s := p.Tracer("test").Start(t.Context(), "left out")
	_, end := w.client.Start(ctx, mutagent.KindTool, "left out, too")
	end()
	s.End()
	w.spans(0)

	remote := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, Remote: true})
	ctx, s = mutotel.NewTracerProvider(w.client).Tracer("test").Start(trace.ContextWithSpanContext(t.Context(), remote), "left out")
	assert.False(t, s.IsRecording())
	assert.False(t, trace.SpanContextFromContext(ctx).IsSampled())
	s.End()
	w.spans(0)
}

// A call that both SDKs see is one span, whichever is outside, and the spans below it
// have a parent that exists.
func TestOneCallOneSpan(t *testing.T) {
	chat := trace.WithAttributes(attribute.String("gen_ai.operation.name", "chat"))
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		ctx, end := w.client.Start(t.Context(), mutagent.KindLLMChat, "ours")
		ctx, s := p.Tracer("test").Start(genai.Mark(ctx), "theirs", chat)
		_, below := p.Tracer("test").Start(ctx, "below")
		below.End()
		_, endOwn := mutagent.Start(ctx, mutagent.KindTool, "below, ours")
		endOwn()
		s.End()
		end()
		got := w.spans(3)
		assert.Equal(t, got["ours"].SpanID, got["below"].ParentID)
		assert.Equal(t, got["ours"].SpanID, got["below, ours"].ParentID)
	})
	both(t, func(t *testing.T, _ *world, p trace.TracerProvider) {
		ctx, s := p.Tracer("test").Start(t.Context(), "theirs", chat)
		assert.True(t, genai.Marked(ctx), "layers below leave the call to it")
		s.End()
	})
}

func TestMeaning(t *testing.T) {
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		tell := func(name string, attrs ...attribute.KeyValue) {
			_, s := p.Tracer("test").Start(t.Context(), name)
			s.SetAttributes(attrs...)
			s.AddEvent("step", trace.WithAttributes(attribute.Int("n", 1)))
			s.End()
		}
		str := attribute.String
		tell("genai", str("gen_ai.operation.name", "chat"), str("gen_ai.provider.name", "openai"), str("gen_ai.request.model", "gpt-5"),
			attribute.Int("gen_ai.usage.input_tokens", 10), attribute.Int("gen_ai.usage.cache_read.input_tokens", 4),
			str("gen_ai.system_instructions", `[{"type":"text","content":"Be kind."}]`),
			str("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]`),
			str("gen_ai.output.messages", `[{"role":"assistant","parts":[{"type":"tool_call","id":"c","name":"find","arguments":{"q":1}}],"finish_reason":"tool_call"}]`))
		tell("openinference", str("openinference.span.kind", "LLM"), str("llm.model_name", "claude"), attribute.Int("llm.token_count.completion", 7),
			str("llm.input_messages.0.message.role", "user"), str("llm.input_messages.0.message.content", "Hi"), str("output.value", "Hello"))
		tell("openllmetry", str("traceloop.span.kind", "tool"), str("traceloop.entity.input", `"a text"`), str("own", "x"))
		tell("genkit", str("genkit:metadata:subtype", "model"), str("genkit:name", "fake/echo"), str("genkit:output", `{"usage":{"inputTokens":3,"outputTokens":2}}`))

		got := w.spans(4)
		g := got["genai"]
		assert.Equal(t, mutagent.KindLLMChat, g.Kind)
		assert.Equal(t, "gpt-5", g.Metrics.Model)
		assert.Equal(t, "openai", g.Metrics.Provider)
		assert.EqualValues(t, 10, g.Metrics.InputTokens)
		assert.EqualValues(t, 4, g.Metrics.CachedInputTokens)
		require.Len(t, g.Input.Messages, 2)
		assert.Equal(t, "system", g.Input.Messages[0].Role)
		assert.Equal(t, "find", g.Output.Messages[0].Parts[0].Name)
		require.Len(t, g.Events, 1)
		assert.Equal(t, "step", g.Events[0].Name)
		oi := got["openinference"]
		assert.Equal(t, mutagent.KindLLMChat, oi.Kind)
		assert.EqualValues(t, 7, oi.Metrics.OutputTokens)
		assert.Equal(t, "Hi", oi.Input.Messages[0].Content)
		assert.Equal(t, "Hello", oi.Output.Text)
		assert.Equal(t, mutagent.KindTool, got["openllmetry"].Kind)
		assert.Equal(t, "a text", got["openllmetry"].Input.Text)
		assert.Equal(t, "x", got["openllmetry"].Attributes["own"])
		assert.Equal(t, "echo", got["genkit"].Metrics.Model)
		assert.Equal(t, "fake", got["genkit"].Metrics.Provider)
		assert.EqualValues(t, 3, got["genkit"].Metrics.InputTokens)
	})
}

// FuzzMessages checks that messages of other tracers, whatever they contain, result in
// a span.
func FuzzMessages(f *testing.F) {
	f.Add("gen_ai.input.messages", `[{"role":"user","parts":[{"type":"blob","content":"AA"}]}]`)
	f.Add("genkit:output", `{"usage":`)
	f.Add("llm.input_messages.0.message.tool_calls.0.tool_call.function.name", "x")
	f.Fuzz(func(t *testing.T, key, value string) {
		rec := mutest.New(t)
		_, s := mutotel.NewTracerProvider(rec.Client()).Tracer("").Start(t.Context(), "s")
		s.SetAttributes(attribute.String(key, value), attribute.String("genkit:metadata:subtype", "model"))
		s.End()
		require.Len(t, rec.Spans(), 1)
	})
}
