package genai

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// used returns a call with the given answers read; several answers are a stream.
func used(t *testing.T, address string, answers ...string) *Call {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	c := Recognise(u)
	require.NotNil(t, c)
	if len(answers) == 1 {
		c.Answer("application/json")
		c.Write([]byte(answers[0]))
	} else {
		c.Answer("text/event-stream")
		for _, a := range answers {
			c.Write([]byte("data: " + a + "\n\n"))
		}
	}
	c.Close()
	return c
}

// TestUsage checks that the facts for prices are read from each provider's form.
func TestUsage(t *testing.T) {
	const (
		router   = "https://openrouter.ai/api/v1/chat/completions"
		vercel   = "https://ai-gateway.vercel.sh/v1/chat/completions"
		claude   = "https://api.anthropic.com/v1/messages"
		gemini   = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent"
		converse = "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse"
		openai   = "https://api.openai.com/v1/"
	)
	for _, c := range []struct {
		what, address string
		answers       []string
		want          string
	}{
		{"reasoning that is neither in the output nor in the total", vercel,
			[]string{`{"usage":{"prompt_tokens":10,"completion_tokens":50,"total_tokens":60,"completion_tokens_details":{"reasoning_tokens":40}}}`},
			"input 10 output 90 total 100 reasoning 40"},
		{"the same once more in a stream", vercel,
			[]string{`{"usage":{"completion_tokens":50,"completion_tokens_details":{"reasoning_tokens":40}}}`, `{"usage":{"prompt_tokens":10,"completion_tokens":50,"completion_tokens_details":{"reasoning_tokens":40}}}`, `{"usage":{"cost":0.5}}`},
			"input 10 output 90 total 100 reasoning 40 cost 0.5"},
		{"more reasoning than output, anywhere", "https://api.z.ai/api/paas/v4/chat/completions",
			[]string{`{"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"completion_tokens_details":{"reasoning_tokens":40}}}`},
			"input 10 output 45 total 55 reasoning 40"},
		{"more reasoning than output of a broken answer, at OpenRouter", router,
			[]string{`{"usage":{"prompt_tokens":43,"completion_tokens":10,"total_tokens":53,"completion_tokens_details":{"reasoning_tokens":11}}}`},
			"input 43 output 10 total 53 reasoning 11"},
		{"reasoning within the output", openai + "chat/completions",
			[]string{`{"usage":{"prompt_tokens":10,"completion_tokens":50,"total_tokens":60,"completion_tokens_details":{"reasoning_tokens":40}}}`},
			"input 10 output 50 total 60 reasoning 40"},
		{"a cost, and usage after it without", router,
			[]string{`{"usage":{"prompt_tokens":1,"completion_tokens":1,"cost":0.25}}`, `{"usage":{"prompt_tokens":1,"completion_tokens":2}}`},
			"input 1 output 2 total 2 cost 0.25"},
		{"no cost is none", router, []string{`{"usage":{"prompt_tokens":1,"cost":0}}`}, "input 1 output 0 total 1 cost 0"},
		{"null is not told", router, []string{`{"usage":{"prompt_tokens":1,"cost":null}}`}, "input 1 output 0 total 1"},
		{"a negative one is not", router, []string{`{"usage":{"prompt_tokens":1,"cost":-1}}`}, "input 1 output 0 total 1"},
		{"the caller's own key", router,
			[]string{`{"usage":{"prompt_tokens":1,"cost":0,"is_byok":true,"cost_details":{"upstream_inference_cost":0.5}}}`}, "input 1 output 0 total 1 cost 0.5"},
		{"the caller's own key, and nothing of what it paid", router,
			[]string{`{"usage":{"prompt_tokens":1,"cost":0,"is_byok":true,"cost_details":{"upstream_inference_cost":null}}}`}, "input 1 output 0 total 1 paid elsewhere"},
		{"ticks", "https://api.x.ai/v1/chat/completions", []string{`{"usage":{"prompt_tokens":1,"cost_in_usd_ticks":37756000}}`}, "input 1 output 0 total 1 cost 0.0037756"},
		{"no ticks", "https://a.services.ai.azure.com/models/chat/completions", []string{`{"usage":{"prompt_tokens":1,"cost_in_usd_ticks":0}}`}, "input 1 output 0 total 1"},
		{"sound and pictures", openai + "chat/completions",
			[]string{`{"service_tier":"flex","usage":{"prompt_tokens":9,"completion_tokens":8,"prompt_tokens_details":{"audio_tokens":3,"image_tokens":2},"completion_tokens_details":{"audio_tokens":4}}}`},
			"input 9 output 8 total 17 audio in 3 audio out 4 image in 2 tier flex"},
		{"searches of the model's", openai + "responses",
			[]string{`{"status":"completed","output":[{"type":"web_search_call","action":{"type":"search"}},{"type":"web_search_call","action":{"type":"open_page"}},{"type":"file_search_call"}],"usage":{"input_tokens":1,"output_tokens":1}}`},
			"input 1 output 1 total 2 searches 1 file searches 1"},
		{"Anthropic's terms", claude,
			[]string{`{"usage":{"input_tokens":1,"cache_creation_input_tokens":20,"cache_creation":{"ephemeral_1h_input_tokens":15},"output_tokens":1,"server_tool_use":{"web_search_requests":3},"service_tier":"priority","speed":"fast","inference_geo":"us"}}`},
			"input 21 output 1 total 22 written 20 for an hour 15 searches 3 tier priority speed fast geo us"},
		{"Anthropic's terms, told at the start", claude,
			[]string{`{"type":"message_start","message":{"usage":{"input_tokens":1,"cache_creation_input_tokens":20,"cache_creation":{"ephemeral_1h_input_tokens":15},"output_tokens":1,"service_tier":"standard"}}}`, `{"type":"message_delta","usage":{"output_tokens":7}}`},
			"input 21 output 7 total 28 written 20 for an hour 15 tier standard"},
		{"another model's part", claude,
			[]string{`{"usage":{"input_tokens":1,"output_tokens":1,"iterations":[{"type":"message","input_tokens":1,"output_tokens":1},{"type":"advisor","input_tokens":9}]}}`},
			"input 1 output 1 total 2 uncounted: another model took part, in advisor"},
		{"Gemini's modalities", gemini,
			[]string{`{"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":20,"candidatesTokenCount":7,"serviceTier":"standard","promptTokensDetails":[{"modality":"TEXT","tokenCount":60},{"modality":"AUDIO","tokenCount":30},{"modality":"DOCUMENT","tokenCount":10}],"cacheTokensDetails":[{"modality":"AUDIO","tokenCount":5}],"candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":6}]}}`},
			"input 100 output 7 total 107 cached 20 audio in 30 image in 10 image out 6 audio cached 5 tier standard"},
		{"what Vertex AI has reserved", gemini, []string{`{"usageMetadata":{"promptTokenCount":1,"trafficType":"PROVISIONED_THROUGHPUT"}}`}, "input 1 output 0 total 1 tier provisioned_throughput"},
		{"what it has not", gemini, []string{`{"usageMetadata":{"promptTokenCount":1,"trafficType":"ON_DEMAND"}}`}, "input 1 output 0 total 1"},
		{"Bedrock's terms", converse,
			[]string{`{"serviceTier":{"type":"flex"},"usage":{"inputTokens":1,"outputTokens":1,"cacheWriteInputTokens":9,"cacheDetails":[{"ttl":"1h","inputTokens":4},{"ttl":"5m","inputTokens":5}]}}`},
			"input 10 output 1 total 11 written 9 for an hour 4 tier flex"},
		{"Bedrock in a hurry", converse, []string{`{"performanceConfig":{"latency":"optimized"},"usage":{"inputTokens":1,"outputTokens":1}}`}, "input 1 output 1 total 2 tier optimized"},
	} {
		assert.Equal(t, c.want, used(t, c.address, c.answers...).Usage.String(), c.what)
	}
}

// TestSale checks calls whose sale differs from what the span shows.
func TestSale(t *testing.T) {
	at := time.Unix(1, 0)
	sold := used(t, "https://api.cohere.com/v2/chat",
		`{"usage":{"billed_units":{"input_tokens":98,"output_tokens":35},"tokens":{"input_tokens":1508,"output_tokens":67},"cached_tokens":1500}}`).Sale(at)
	assert.Equal(t, []int64{98, 35, 0}, []int64{sold.Usage.Input, sold.Usage.Output, sold.Usage.CacheRead}, "what is billed")
	assert.Equal(t, "api.cohere.com", sold.Host)
	assert.Equal(t, at, sold.Time)

	c := used(t, "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-haiku-4-5/invoke", `{}`)
	c.Asked = "claude-haiku-4-5"
	assert.Equal(t, "us.anthropic.claude-haiku-4-5", c.Sale(at).Asked, "the profile decides")

	sold = used(t, "http://vllm:8000/v1/chat/completions", `{"model":"m","usage":{"prompt_tokens":1}}`).Sale(at)
	assert.Equal(t, "vllm:8000 openai m", sold.Host+" "+sold.Provider+" "+sold.Model)
}
