package genai

import "github.com/valyala/fastjson"

// Portkey's gateway. Most calls are recognized by their protocols. The conversation is
// stored in its prompts, and a call has only the variables.
// https://portkey.ai/docs/api-reference/inference-api/prompts/prompt-completion
var _ = provide(provider{
	hosts: []string{"api.portkey.ai"},
	paths: []path{{"/prompts/{model}/completions", portkeyPrompt}},
})

var portkeyPrompt = &protocol{
	operation: "chat", kind: kindChat, answer: chatAnswer,
	request: func(c *Call, v *fastjson.Value) bool {
		c.Asked = "" // the path names the prompt, not the model
		c.Stream = v.GetBool("stream")
		c.Input.Raw = raw(v.Get("variables"))
		return true
	},
}
