package genai

import "github.com/valyala/fastjson"

// anything is a call of which nothing is known but whose service it is. What was
// said is not recorded: it may be a key that was made just now.
var anything = &protocol{kind: kindCustom, noNumbers: true, form: true, request: modelRequest, answer: anyAnswer}

// modelRequest takes any request. Its model is read wherever there is one.
func modelRequest(c *Call, v *fastjson.Value) bool {
	c.Stream = c.Stream || v.GetBool("stream")
	return true
}

// anyAnswer reads a usage in any of the forms that have a place of their own.
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
