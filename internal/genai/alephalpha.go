package genai

// Aleph Alpha. Its prompts are lists of parts.
// https://docs.aleph-alpha.com/api/complete
var _ = provide(provider{
	name:  "aleph_alpha",
	hosts: []string{"api.aleph-alpha.com"},
	paths: []path{{"/complete", shape{
		needs: "prompt", input: "prompt[].data|prompt", stop: "stop_sequences", stream: "stream",
		params: append([]param{{"maximum_tokens", "gen_ai.request.max_tokens"}, {"n", "gen_ai.request.choice.count"}}, samplingParams...),
		output: "completions[].completion|completion", finish: "completions[].finish_reason|stop_reason",
		usage: usagePlaces{input: "num_tokens_prompt_total", output: "num_tokens_generated"},
	}.protocol("text_completion", kindCompletion)}},
})
