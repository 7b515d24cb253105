package genai

import "github.com/valyala/fastjson"

// Usage is what a call used, in tokens. Providers count differently; here input
// includes what was read from and written to a cache, and output includes
// reasoning.
type Usage struct {
	Input, Output, Total  int64
	CacheRead, CacheWrite int64
	Reasoning             int64
	CostUSD               float64
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
	for _, details := range []string{"prompt_tokens_details", "input_tokens_details"} {
		most(&u.CacheRead, v, details, "cached_tokens")
		most(&u.CacheWrite, v, details, "cache_write_tokens")
	}
	for _, key := range []string{"prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens"} { // DeepSeek, Moonshot, Mistral
		most(&u.CacheRead, v, key)
	}
	most(&u.Reasoning, v, "completion_tokens_details", "reasoning_tokens")
	most(&u.Reasoning, v, "output_tokens_details", "reasoning_tokens")
	most(&u.Reasoning, v, "reasoning_tokens") // Perplexity
	c.cost(v)
	apart := u.Total == u.Input+u.Output+u.Reasoning // xAI
	if u.Reasoning > 0 && (apart || c.host != nil && c.host.reasoningApart) {
		u.Output += u.Reasoning
		u.Total = max(u.Total, u.Input+u.Output)
	}
	if u.Input == 0 && u.Output == 0 {
		u.Input = u.Total // Voyage has nothing but a total, of what it was given
	}
	u.sum()
}

// cost reads what a usage says that the call cost: a number in most, a sum of parts
// at Perplexity, ten-thousandths of a millionth at xAI. At OpenRouter, who brings a
// key of their own pays somebody else.
func (c *Call) cost(v *fastjson.Value) {
	for _, place := range []string{"cost_details.upstream_inference_cost", "cost.total_cost", "cost"} {
		n := pick(v, place)
		if n == nil || n.Type() != fastjson.TypeNumber || place == "cost_details.upstream_inference_cost" && !v.GetBool("is_byok") {
			continue
		}
		c.Usage.CostUSD = n.GetFloat64()
		return
	}
	if ticks := v.GetFloat64("cost_in_usd_ticks"); ticks > 0 {
		c.Usage.CostUSD = ticks / 1e10
	}
}

// sum fills in a total that the provider leaves to the reader.
func (u *Usage) sum() {
	if u.Total == 0 {
		u.Total = u.Input + u.Output
	}
}
