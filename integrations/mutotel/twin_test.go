package mutotel_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// ask lets client call a model in ctx.
func ask(ctx context.Context, t *testing.T, client *http.Client) {
	t.Helper()
	model := fakellm.Serve(fakellm.Reply{Text: "Hello", InputTokens: 7, OutputTokens: 2})
	defer model.Close()
	fetch(t, client, must(http.NewRequestWithContext(ctx, http.MethodPost, model.URL+"/v1/chat/completions",
		strings.NewReader(`{"model":"gpt-5","messages":[{"role":"user","content":"Hi"}]}`))))
}

// models returns how many spans are model calls, and the tokens of all spans.
func (w *world) models() (n int, tokens int64) {
	for _, s := range w.rec.Spans() {
		if strings.HasPrefix(string(s.Kind), "llm.") {
			n++
		}
		tokens += s.Metrics.InputTokens
	}
	return n, tokens
}

// theirs are attributes that make a span of OpenTelemetry's a model call.
var theirs = []attribute.KeyValue{
	attribute.String("gen_ai.operation.name", "chat"), attribute.String("gen_ai.request.model", "gpt-5"), attribute.Int("gen_ai.usage.input_tokens", 7),
}

// Many instrumentations set no attribute until their span has started.
func TestToldAfterTheStart(t *testing.T) {
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		ctx, s := p.Tracer("framework").Start(w.client.Context(t.Context()), "theirs")
		s.SetAttributes(theirs[:2]...)
		ask(ctx, t, &http.Client{Transport: &mutllm.Transport{}})
		s.End()
		got := w.spans(1)["chat gpt-5"]
		assert.Equal(t, s.SpanContext().SpanID().String(), got.SpanID)
		assert.EqualValues(t, 7, got.Metrics.InputTokens)
		assert.Len(t, got.Output.Messages, 1)
	})
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		ctx, end := w.client.Start(t.Context(), mutagent.KindLLMChat, "ours")
		mutagent.FromContext(ctx).SetMetrics(mutagent.Metrics{InputTokens: 7})
		_, s := p.Tracer("client").Start(genai.Mark(ctx), "theirs")
		s.SetAttributes(theirs...)
		s.SetAttributes(attribute.String("own", "x"))
		s.End()
		end()
		got := w.spans(2)["theirs"]
		assert.Equal(t, mutagent.KindCustom, got.Kind)
		assert.Equal(t, "x", got.Attributes["own"])
		assert.NotContains(t, got.Attributes, "gen_ai.usage.input_tokens", "viewers would count it")
		n, tokens := w.models()
		assert.Equal(t, 1, n)
		assert.EqualValues(t, 7, tokens)
	})
}

// A layer above records the call, and otelhttp's transport is around the one that would.
func TestRequestOfARecordedCall(t *testing.T) {
	both(t, func(t *testing.T, w *world, p trace.TracerProvider) {
		ctx, end := w.client.Start(t.Context(), mutagent.KindLLMChat, "ours")
		ask(genai.Mark(ctx), t, &http.Client{Transport: otelhttp.NewTransport(&mutllm.Transport{},
			otelhttp.WithTracerProvider(p), otelhttp.WithPropagators(propagation.TraceContext{}))})
		end()
		got := w.spans(2)
		assert.Equal(t, got["ours"].SpanID, got["HTTP POST"].ParentID)
		n, _ := w.models()
		assert.Equal(t, 1, n)
	})
}
