package genai

// Writer. Its chat is OpenAI's at another path.
// https://dev.writer.com/api-reference
var _ = provide(provider{
	name:  "writer",
	hosts: []string{"api.writer.com"},
	paths: []path{
		{"/v1/chat", openaiChat},
		{"/v1/completions", writerCompletion},
		{"/v1/applications/{model}", shape{
			needs: "inputs", input: "inputs[].value[]", output: "suggestion",
		}.protocol("text_completion", kindCompletion)},
	},
})

var writerCompletion = shape{
	needs: "prompt", input: "prompt", stop: "stop", stream: "stream",
	params: append([]param{{"max_tokens", "gen_ai.request.max_tokens"}, {"random_seed", "gen_ai.request.seed"}}, samplingParams...),
	model:  "model", output: "choices[].text|value",
}.protocol("text_completion", kindCompletion)
