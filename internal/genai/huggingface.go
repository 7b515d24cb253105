package genai

import "github.com/valyala/fastjson"

// Hugging Face's inference. Its router is compatible with OpenAI. Its server software
// is also run by other providers, and by dedicated endpoints.
// https://huggingface.co/docs/inference-providers/tasks/text-generation
// https://huggingface.co/docs/text-generation-inference/reference/api_reference
var _ = provide(provider{
	name:  "hugging_face",
	hosts: []string{"api-inference.huggingface.co"},
	paths: []path{{"/models/{model}", huggingface}},
	anywhere: []path{
		{"/hf-inference/models/{model}", huggingface},
		{"/generate", huggingfaceServer},
		{"/generate_stream", huggingfaceServer},
	},
})

// A dedicated endpoint is a server for one model.
var _ = provide(provider{
	name:  "hugging_face",
	hosts: []string{"endpoints.huggingface.cloud"},
	paths: []path{{"", huggingface}},
})

// huggingface reads streams that repeat the whole text at their end.
var huggingface = func() *protocol {
	p := huggingfaceText.protocol("text_completion", kindCompletion)
	p.answer = func(c *Call, v *fastjson.Value) {
		if c.reader.events != nil && len(v.GetStringBytes("generated_text")) > 0 {
			c.answer.choices = nil
		}
		huggingfaceText.answer(c, v)
	}
	return p
}()

// huggingfaceServer has paths that many servers have. It requires that the input is a
// text, and that the request has no member that this server does not know.
var huggingfaceServer = &protocol{
	operation: "text_completion", kind: kindCompletion, answer: huggingface.answer,
	request: func(c *Call, v *fastjson.Value) bool {
		inputs := v.Get("inputs")
		return inputs != nil && inputs.Type() == fastjson.TypeString && v.GetObject().Len() == known(v, "inputs", "parameters", "stream") &&
			huggingface.request(c, v)
	},
}

// known returns how many of the members v has.
func known(v *fastjson.Value, members ...string) (n int) {
	for _, m := range members {
		if v.Exists(m) {
			n++
		}
	}
	return n
}

var huggingfaceText = shape{
	needs: "inputs", input: "inputs", stop: "parameters.stop", stream: "stream",
	params: []param{
		{"parameters.max_new_tokens", "gen_ai.request.max_tokens"},
		{"parameters.temperature", "gen_ai.request.temperature"},
		{"parameters.top_p", "gen_ai.request.top_p"},
		{"parameters.top_k", "gen_ai.request.top_k"},
		{"parameters.seed", "gen_ai.request.seed"},
	},
	output: "generated_text|token.text", finish: "details.finish_reason",
	usage: usagePlaces{input: "details.input_length", output: "details.generated_tokens"},
}
