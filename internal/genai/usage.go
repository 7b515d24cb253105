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

// count puts the number that v has at keys into *to. A number that is missing
// leaves what was there: the events of a stream tell of different ones.
func count(to *int64, v *fastjson.Value, keys ...string) {
	if n := v.Get(keys...); n != nil && n.Type() == fastjson.TypeNumber {
		*to = n.GetInt64()
	}
}

// openai reads a usage of OpenAI's, whose input and output include everything:
// that of chat completions, and that of responses and images.
func (u *Usage) openai(v *fastjson.Value) {
	if v == nil || v.Type() != fastjson.TypeObject {
		return
	}
	count(&u.Input, v, "prompt_tokens")
	count(&u.Output, v, "completion_tokens")
	count(&u.CacheRead, v, "prompt_tokens_details", "cached_tokens")
	count(&u.CacheWrite, v, "prompt_tokens_details", "cache_write_tokens")
	count(&u.Reasoning, v, "completion_tokens_details", "reasoning_tokens")
	count(&u.Input, v, "input_tokens")
	count(&u.Output, v, "output_tokens")
	count(&u.CacheRead, v, "input_tokens_details", "cached_tokens")
	count(&u.Reasoning, v, "output_tokens_details", "reasoning_tokens")
	count(&u.Total, v, "total_tokens")
	u.CostUSD = v.GetFloat64("cost")
	if u.Reasoning > 0 && u.Total == u.Input+u.Output+u.Reasoning {
		u.Output += u.Reasoning // xAI counts it beside the output
	}
	u.sum()
}

// sum fills in a total that the provider leaves to the reader.
func (u *Usage) sum() {
	if u.Total == 0 {
		u.Total = u.Input + u.Output
	}
}
