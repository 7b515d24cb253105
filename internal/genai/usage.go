package genai

import (
	"github.com/valyala/fastjson"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// Usage is the usage of a call. Providers count differently; here input includes tokens
// read from and written to a cache, and output includes reasoning.
type Usage struct {
	price.Usage
	Total int64

	billedInput, billedOutput int64 // billed tokens, if they are fewer
}

// CacheApart returns u with the cache's tokens added to the input, for providers whose
// input excludes them, such as Anthropic and Bedrock.
func (u Usage) CacheApart() Usage {
	u.Input += u.CacheRead + u.CacheWrite
	u.Total = max(u.Total, u.Input+u.Output)
	return u
}

// count sets *to to the number that v has at keys. A missing number leaves *to
// unchanged, because events of a stream report different numbers.
func count(to *int64, v *fastjson.Value, keys ...string) {
	if n := v.Get(keys...); n != nil && n.Type() == fastjson.TypeNumber {
		*to = number(n)
	}
}

// most is count for a number with several names.
func most(to *int64, v *fastjson.Value, keys ...string) {
	n := *to
	count(&n, v, keys...)
	*to = max(*to, n)
}

// number returns a count. Some providers write it with a fraction of 0.
func number(v *fastjson.Value) int64 {
	if n, err := v.Int64(); err == nil {
		return n
	}
	return int64(v.GetFloat64())
}

// openaiUsage reads OpenAI's usage, whose input and output include everything. It knows
// the form of chat completions, the form of responses and images, and additions of
// other providers.
func (c *Call) openaiUsage(v *fastjson.Value) {
	if v == nil || v.Type() != fastjson.TypeObject {
		return
	}
	u := &c.Usage
	count(&u.Input, v, "prompt_tokens")
	count(&u.Output, v, "completion_tokens")
	count(&u.Input, v, "input_tokens")
	count(&u.Output, v, "output_tokens")
	count(&u.Total, v, "total_tokens")
	for _, details := range []string{"prompt_tokens_details", "input_tokens_details", "input_token_details"} {
		u.openaiInput(v.Get(details))
	}
	for _, key := range []string{"prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens"} { // DeepSeek, Moonshot, Mistral
		most(&u.CacheRead, v, key)
	}
	for _, details := range []string{"completion_tokens_details", "output_tokens_details", "output_token_details"} {
		u.openaiOutput(v.Get(details))
	}
	most(&u.Reasoning, v, "reasoning_tokens") // Perplexity
	most(&u.Citation, v, "citation_tokens")
	for _, tools := range []string{"server_tool_use", "server_tool_use_details"} { // OpenRouter
		most(&u.WebSearches, v, tools, "web_search_requests")
	}
	most(&u.WebSearches, v, "server_side_tool_usage_details", "web_search_calls") // xAI
	c.cost(v)
	if v.Exists("completion_tokens") || v.Exists("output_tokens") {
		c.addReasoning()
	}
	if u.Input == 0 && u.Output == 0 {
		u.Input = u.Total // Voyage reports only a total, which is its input
	}
	u.sum()
}

func (u *Usage) openaiInput(details *fastjson.Value) {
	most(&u.CacheRead, details, "cached_tokens")
	most(&u.CacheWrite, details, "cache_write_tokens")
	most(&u.InputAudio, details, "audio_tokens")
	most(&u.InputImage, details, "image_tokens")
	most(&u.InputVideo, details, "video_tokens")
	most(&u.CacheReadAudio, details, "cached_tokens_details", "audio_tokens")
	most(&u.CacheReadImage, details, "cached_tokens_details", "image_tokens")
}

func (u *Usage) openaiOutput(details *fastjson.Value) {
	most(&u.Reasoning, details, "reasoning_tokens")
	most(&u.OutputAudio, details, "audio_tokens")
	most(&u.OutputImage, details, "image_tokens")
	most(&u.OutputVideo, details, "video_tokens")
}

// addReasoning adds reasoning to an output that excludes it. This is so for xAI, as its
// total shows; for Vercel, whose total excludes it, too; and where the output is
// smaller than the reasoning.
func (c *Call) addReasoning() {
	u := &c.Usage
	apart := u.Total == u.Input+u.Output+u.Reasoning || u.Reasoning > u.Output
	if c.host != nil {
		apart = c.host.reasoningApart || apart && !c.host.reasoningWithin
	}
	if u.Reasoning > 0 && apart {
		u.Output += u.Reasoning
		u.Total = max(u.Total, u.Input+u.Output)
	}
}

// cost reads the cost in a usage. It is a number at most providers, a sum of parts at
// Perplexity, and in ten-thousandths of a millionth at xAI. At OpenRouter, users with a
// key of their own pay another provider. A usage without a cost leaves the previous one
// unchanged.
func (c *Call) cost(v *fastjson.Value) {
	u := &c.Usage
	if v.GetBool("is_byok") {
		u.Elsewhere = !u.told(v.Get("cost_details", "upstream_inference_cost"))
		return
	}
	if u.told(v.Get("cost", "total_cost")) || u.told(v.Get("cost")) {
		return
	}
	if ticks := v.GetFloat64("cost_in_usd_ticks"); ticks > 0 { // Azure sends 0 without meaning
		u.CostUSD, u.Told = ticks/1e10, true
	}
}

// told sets the cost, and reports whether v is one.
func (u *Usage) told(v *fastjson.Value) bool {
	if v == nil || v.Type() != fastjson.TypeNumber || v.GetFloat64() < 0 {
		return false
	}
	u.CostUSD, u.Told = v.GetFloat64(), true
	return true
}

// sum computes a total that the provider does not report.
func (u *Usage) sum() {
	if u.Total == 0 {
		u.Total = u.Input + u.Output
	}
}
