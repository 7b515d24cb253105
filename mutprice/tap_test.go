package mutprice_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/price"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
	"github.com/mutagent-io/mutagent-go/mutprice"
)

// enable switches prices on for a test.
func enable(t *testing.T) {
	mutprice.Enable()
	t.Cleanup(func() { price.Answer(nil) })
}

// span returns that of a call of a model.
func span(t *testing.T, url, model, answer string) mutest.Span {
	t.Helper()
	rec := mutest.New(t)
	body := `{"model":"` + model + `","messages":[{"role":"user","content":"Hello!"}],"max_tokens":9}`
	req, err := http.NewRequestWithContext(rec.Context(context.Background()), "POST", url, strings.NewReader(body))
	require.NoError(t, err)
	resp, err := (&mutllm.Transport{Base: says(answer)}).RoundTrip(req)
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	spans := rec.Spans()
	require.Len(t, spans, 1)
	return spans[0]
}

// costOf is what a span says of its cost.
func costOf(s mutest.Span) map[string]any {
	about := map[string]any{}
	for key, v := range s.Attributes {
		if rest, ok := strings.CutPrefix(key, "mutagent.cost."); ok {
			about[rest] = v
		}
	}
	return about
}

const (
	openai = "https://api.openai.com/v1/chat/completions"
	router = "https://openrouter.ai/api/v1/chat/completions"
	xai    = "https://api.x.ai/v1/chat/completions"
)

func answers(model, usage string) string {
	return `{"id":"1","model":"` + model + `","choices":[{"index":0,"message":{"role":"assistant","content":"Hi."},"finish_reason":"stop"}],"usage":` + usage + `}`
}

// A cost from the table is computed, with all that is needed to compute it again.
func TestTable(t *testing.T) {
	enable(t)
	s := span(t, openai, "gpt-4o", answers("gpt-4o-2024-08-06", `{"prompt_tokens":1000,"completion_tokens":500,"total_tokens":1500,"prompt_tokens_details":{"cached_tokens":200}}`))
	assert.InDelta(t, 0.8*0.0025+0.2*0.00125+0.005, s.Metrics.CostUSD, 1e-12)
	assert.False(t, s.Metrics.Estimated, "the tokens are what the provider counted")
	assert.Equal(t, map[string]any{
		"source": "genai-prices", "version": "0.2.3", "computed": true, "entry": "openai/gpt-4o",
		"rates.input_mtok": 2.5, "rates.output_mtok": int64(10), "rates.cache_read_mtok": 1.25,
	}, costOf(s))
}

// A price that has a date says so.
func TestSince(t *testing.T) {
	enable(t)
	s := span(t, "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.openai.gpt-5.6-sol/invoke", "x", answers("x", `{"prompt_tokens":10000,"completion_tokens":1000}`))
	assert.InDelta(t, 0.066, s.Metrics.CostUSD, 1e-12)
	assert.Equal(t, "2026-08-21", costOf(s)["since"])
}

// What the provider says goes before everything, be it nothing.
func TestTold(t *testing.T) {
	enable(t)
	require.NoError(t, mutprice.Set("openrouter", "m", mutprice.Rates{"input_mtok": 1}))
	t.Cleanup(func() { assert.NoError(t, mutprice.Set("openrouter", "m", nil)) })
	for _, c := range []struct {
		what, url, usage string
		usd              float64
		free             bool
		about            map[string]any
	}{
		{"a number", router, `{"prompt_tokens":10,"completion_tokens":1,"cost":0.25}`, 0.25, false, map[string]any{"source": "provider"}},
		{"nothing", router, `{"prompt_tokens":10,"completion_tokens":1,"cost":0}`, 0, true, map[string]any{"source": "provider"}},
		{"the key is the caller's", "https://openrouter.ai/api/v1/chat/completions", `{"prompt_tokens":10,"completion_tokens":1,"cost":0,"is_byok":true,"cost_details":{"upstream_inference_cost":0.5}}`, 0.5, false, map[string]any{"source": "provider"}},
		{"a sum", "https://api.perplexity.ai/chat/completions", `{"prompt_tokens":10,"completion_tokens":1,"cost":{"request_cost":0.005,"total_cost":0.0051}}`, 0.0051, false, map[string]any{"source": "provider"}},
		{"ticks", xai, `{"prompt_tokens":10,"completion_tokens":1,"cost_in_usd_ticks":37756000}`, 0.0037756, false, map[string]any{"source": "provider"}},
		{"no ticks", xai, `{"prompt_tokens":10,"completion_tokens":1,"cost_in_usd_ticks":0}`, 0, false, map[string]any{"unknown": `x-ai has no price of "m"`}},
	} {
		s := span(t, c.url, "m", answers("m", c.usage))
		assert.InDelta(t, c.usd, s.Metrics.CostUSD, 1e-12, c.what)
		assert.Equal(t, c.free, s.Metrics.Free, c.what)
		assert.Equal(t, c.about, costOf(s), c.what)
	}
}

// What is not known is not 0, and the span says why.
func TestUnknown(t *testing.T) {
	enable(t)
	for _, c := range []struct{ url, model, usage, why string }{
		{openai, "gpt-99", `{"prompt_tokens":10}`, `openai has no price of "gpt-99"`},
		{"http://vllm:8000/v1/chat/completions", "gpt-4o", `{"prompt_tokens":10}`, "no prices of the host vllm:8000"},
		{router, "x/y", `{"prompt_tokens":10,"cost":0,"is_byok":true}`, "it was paid to another provider, and the answer does not say what"},
		{"https://api.perplexity.ai/chat/completions", "sonar", `{"prompt_tokens":10}`, "perplexity/sonar: the price of a request depends on more than its tokens"},
		{xai, "grok-4.3", `{"prompt_tokens":235,"prompt_tokens_details":{"cached_tokens":373}}`, "x-ai/grok-4.3: the answer counts more of a part than of the whole"},
		{xai, "grok-4.3", `{"prompt_tokens":235,"server_side_tool_usage_details":{"web_search_calls":2}}`, "x-ai/grok-4.3: no price of its web searches"},
	} {
		s := span(t, c.url, c.model, answers(c.model, c.usage))
		assert.Zero(t, s.Metrics.CostUSD)
		assert.False(t, s.Metrics.Free)
		assert.Equal(t, map[string]any{"unknown": c.why}, costOf(s))
	}
}

// What was counted until an answer broke off is not what it cost.
func TestBrokenOff(t *testing.T) {
	enable(t)
	const begin = "event: message_start\ndata: " + `{"type":"message_start","message":{"model":"claude-haiku-4-5-20251001","usage":{"input_tokens":1000,"output_tokens":1}}}` + "\n\n"
	const end = "data: " + `{"type":"message_delta","usage":{"output_tokens":500}}` + "\n\ndata: " + `{"type":"message_stop"}` + "\n\n"
	for text, want := range map[string]any{begin: "anthropic/claude-haiku-4-5: the answer broke off", begin + end: nil} {
		rec := mutest.New(t)
		req, err := http.NewRequestWithContext(rec.Context(context.Background()), "POST", "https://api.anthropic.com/v1/messages",
			strings.NewReader(`{"model":"claude-haiku-4-5","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"Hello!"}]}`))
		require.NoError(t, err)
		resp, err := (&mutllm.Transport{Base: says(text)}).RoundTrip(req)
		require.NoError(t, err)
		_, err = io.ReadFull(resp.Body, make([]byte, len(text)))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		s := rec.Spans()[0]
		assert.Equal(t, want, costOf(s)["unknown"])
		assert.Equal(t, want != nil, s.Metrics.CostUSD == 0)
	}
}

// The program's own price goes before the table's, for a provider or a host of its own.
func TestSet(t *testing.T) {
	enable(t)
	const usage = `{"prompt_tokens":1000000,"completion_tokens":1000000}`
	for _, c := range []struct{ provider, model, url string }{
		{"openai", "GPT-4o", openai},
		{"vllm:8000", "gpt-4o", "http://vllm:8000/v1/chat/completions"},
	} {
		require.NoError(t, mutprice.Set(c.provider, c.model, mutprice.Rates{"input_mtok": 2, "output_mtok": 3}))
		s := span(t, c.url, "gpt-4o", answers("gpt-4o-2024-08-06", usage))
		assert.InDelta(t, 5.0, s.Metrics.CostUSD, 1e-12)
		assert.Equal(t, map[string]any{
			"source": "own", "computed": true, "entry": c.provider + "/gpt-4o", "rates.input_mtok": int64(2), "rates.output_mtok": int64(3),
		}, costOf(s))
		require.NoError(t, mutprice.Set(c.provider, c.model, nil))
		assert.NotEqual(t, "own", costOf(span(t, c.url, "gpt-4o", answers("gpt-4o", usage)))["source"], "taken back")
	}
	require.NoError(t, mutprice.Set("localhost:8000", "m", mutprice.Rates{}))
	s := span(t, "http://localhost:8000/v1/chat/completions", "m", answers("m", usage))
	assert.True(t, s.Metrics.Free, "no rates, no cost")
	require.NoError(t, mutprice.Set("localhost:8000", "m", nil))

	for _, r := range []mutprice.Rates{{"input": 1}, {"input_mtok": -1}, {"requests_kcount": 1}} {
		assert.Error(t, mutprice.Set("openai", "gpt-4o", r))
	}
	assert.EqualError(t, mutprice.Set("openai", "gpt-4o", mutprice.Rates{"input": 1}), `mutprice: Set("openai", "gpt-4o"): no rate is called "input"; see Rates for those that are`)
}

// Without the one line, nothing is different: a cost is what the provider tells.
func TestNotEnabled(t *testing.T) {
	s := span(t, openai, "gpt-4o", answers("gpt-4o", `{"prompt_tokens":10,"completion_tokens":1}`))
	assert.Zero(t, s.Metrics.CostUSD)
	assert.Empty(t, costOf(s))
	s = span(t, router, "gpt-4o", answers("gpt-4o", `{"prompt_tokens":10,"completion_tokens":1,"cost":0.25}`))
	assert.Equal(t, 0.25, s.Metrics.CostUSD)
	assert.Empty(t, costOf(s))
}
