package genai

// Replicate. It runs models of all types. The response has the output only if the
// request waits for it.
// https://replicate.com/docs/reference/http
var _ = provide(provider{
	name:  "replicate",
	hosts: []string{"api.replicate.com"},
	paths: []path{
		{"/v1/models/{model}/predictions", replicatePrediction},
		{"/v1/deployments/{model}/predictions", replicatePrediction},
		{"/v1/predictions", replicatePrediction},
	},
})

var replicatePrediction = shape{
	needs: "input", input: "input.prompt|input.text|input", system: "input.system_prompt",
	params: []param{
		{"input.max_tokens|input.max_new_tokens", "gen_ai.request.max_tokens"},
		{"input.temperature", "gen_ai.request.temperature"},
		{"input.top_p", "gen_ai.request.top_p"},
	},
	id: "id", model: "model", results: "output",
	usage: usagePlaces{input: "metrics.input_token_count", output: "metrics.output_token_count"},
}.protocol("predict", kindCustom)
