package genai

import "github.com/valyala/fastjson"

// IBM's watsonx.ai. Its chat is OpenAI's at another path.
// https://cloud.ibm.com/apidocs/watsonx-ai
var _ = provide(provider{
	name:  "ibm.watsonx.ai",
	hosts: []string{"ml.cloud.ibm.com", "wxai.ibm.com"},
	paths: []path{
		{"/text/chat", watsonxChat},
		{"/text/chat_stream", watsonxChat},
		{"/text/generation", watsonxGenerate},
		{"/text/generation_stream", watsonxGenerate},
		{"/generation/text", watsonxGenerate}, // before 2024
		{"/generation/text_stream", watsonxGenerate},
		{"/text/embeddings", shape{
			needs: "inputs", input: "inputs[]", model: "model_id", usage: usagePlaces{input: "input_token_count"},
		}.protocol("embeddings", kindEmbedding)},
		{"/text/rerank", shape{
			needs: "inputs", inputs: []string{"query", "inputs"}, model: "model_id", results: "results", usage: usagePlaces{input: "input_token_count"},
		}.protocol("rerank", kindRerank)},
	},
})

var watsonxChat = &protocol{
	operation: "chat", kind: kindChat, answer: chatAnswer,
	request: func(c *Call, v *fastjson.Value) bool {
		ok := chatRequest(c, v)
		set(&c.Asked, v.GetStringBytes("model_id"))
		c.AddUsage = false // the usage is always reported
		return ok
	},
}

var watsonxText = shape{
	needs: "input", input: "input", stop: "parameters.stop_sequences",
	params: []param{
		{"parameters.max_new_tokens", "gen_ai.request.max_tokens"},
		{"parameters.temperature", "gen_ai.request.temperature"},
		{"parameters.top_p", "gen_ai.request.top_p"},
		{"parameters.top_k", "gen_ai.request.top_k"},
		{"parameters.random_seed", "gen_ai.request.seed"},
	},
	model: "model_id", output: "results[].generated_text", finish: "results[].stop_reason",
	usage: usagePlaces{input: "results[].input_token_count", output: "results[].generated_token_count"},
}

var watsonxGenerate = &protocol{
	operation: "text_completion", kind: kindCompletion, answer: watsonxText.answer,
	request: func(c *Call, v *fastjson.Value) bool {
		set(&c.Asked, v.GetStringBytes("model_id"))
		return watsonxText.request(c, v)
	},
}
