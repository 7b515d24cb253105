package genai

import "github.com/valyala/fastjson"

// anything is a call of which only the provider is known. Its content is not recorded,
// because it may be a newly created key.
var anything = &protocol{kind: kindCustom, noNumbers: true, form: true, request: modelRequest, answer: anyAnswer}

// modelRequest accepts any request. It reads the model if there is one.
func modelRequest(c *Call, v *fastjson.Value) bool {
	c.Stream = c.Stream || v.GetBool("stream")
	return true
}

// anyAnswer reads a usage in any known form.
func anyAnswer(c *Call, v *fastjson.Value) {
	c.identify(v)
	usage := v.Get("usage")
	switch {
	case usage.Exists("inputTokens"):
		c.converseUsage(usage)
	case usage.Exists("cache_read_input_tokens"):
		c.anthropicUsage(usage)
	case usage != nil:
		c.openaiUsage(usage)
	default:
		c.geminiUsage(v.Get("usageMetadata"))
	}
}
