package genai

// Hugging Face's inference, beside which there is a router that is compatible with
// OpenAI.
// https://huggingface.co/docs/inference-providers/tasks/text-generation
var _ = provide(provider{
	name:  "hugging_face",
	hosts: []string{"api-inference.huggingface.co"},
	paths: []path{{"/models/{model}", huggingface}},
})

var huggingface = shape{
	needs: "inputs", input: "inputs", stop: "parameters.stop", stream: "stream",
	params: []param{
		{"parameters.max_new_tokens", "gen_ai.request.max_tokens"},
		{"parameters.temperature", "gen_ai.request.temperature"},
		{"parameters.top_p", "gen_ai.request.top_p"},
		{"parameters.top_k", "gen_ai.request.top_k"},
		{"parameters.seed", "gen_ai.request.seed"},
	},
	output: "generated_text|token.text", finish: "details.finish_reason",
	usage: usagePlaces{output: "details.generated_tokens"},
}.protocol("text_completion", kindCompletion)
