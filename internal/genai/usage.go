package genai

import (
	"github.com/valyala/fastjson"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// Usage is what a call used. Providers count differently; here input includes what
// was read from and written to a cache, and output includes reasoning.
type Usage struct {
	price.Usage
	Total int64

	billedInput, billedOutput int64 // what is charged for, if that is less
}

// CacheApart returns u with the tokens of the cache added to an input that leaves
// them out, as Anthropic and Bedrock count.
func (u Usage) CacheApart() Usage {
	u.Input += u.CacheRead + u.CacheWrite
	u.Total = max(u.Total, u.Input+u.Output)
	return u
}

// count puts the number that v has at keys into *to. A number that is missing
// leaves what was there: the events of a stream tell of different ones.
func count(to *int64, v *fastjson.Value, keys ...string) {
	if n := v.Get(keys...); n != nil && n.Type() == fastjson.TypeNumber {
		*to = number(n)
	}
}

// most is count for a number that has several names.
func most(to *int64, v *fastjson.Value, keys ...string) {
	n := *to
	count(&n, v, keys...)
	*to = max(*to, n)
}

// number returns a count, which some write with a fraction of 0.
func number(v *fastjson.Value) int64 {
	if n, err := v.Int64(); err == nil {
		return n
	}
	return int64(v.GetFloat64())
}

// openaiUsage reads a usage of OpenAI's, whose input and output include everything:
// that of chat completions, and that of responses and images; and what others have
// added to it.
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
		u.Input = u.Total // Voyage has nothing but a total, of what it was given
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

// addReasoning makes reasoning a part of an output that leaves it out: as xAI's
// does, which its total tells; as Vercel's does, whose total leaves it out as well; and
// one that is smaller.
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

// cost reads what a usage says that the call cost: a number in most, a sum of parts
// at Perplexity, ten-thousandths of a millionth at xAI. At OpenRouter, who brings a
// key of their own pays somebody else. A usage that says nothing leaves what was there.
func (c *Call) cost(v *fastjson.Value) {
	u := &c.Usage
	if v.GetBool("is_byok") {
		u.Elsewhere = !u.told(v.Get("cost_details", "upstream_inference_cost"))
		return
	}
	if u.told(v.Get("cost", "total_cost")) || u.told(v.Get("cost")) {
		return
	}
	if ticks := v.GetFloat64("cost_in_usd_ticks"); ticks > 0 { // Azure sends 0, and means nothing by it
		u.CostUSD, u.Told = ticks/1e10, true
	}
}

// told takes a cost, and reports whether it is one.
func (u *Usage) told(v *fastjson.Value) bool {
	if v == nil || v.Type() != fastjson.TypeNumber || v.GetFloat64() < 0 {
		return false
	}
	u.CostUSD, u.Told = v.GetFloat64(), true
	return true
}

// sum fills in a total that the provider leaves to the reader.
func (u *Usage) sum() {
	if u.Total == 0 {
		u.Total = u.Input + u.Output
	}
}
