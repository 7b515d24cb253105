package genai

import "github.com/valyala/fastjson"

// Cloudflare's Workers AI. Its gateway and its OpenAI-compatible paths are recognized
// by their protocols.
// https://developers.cloudflare.com/workers-ai/get-started/rest-api
var _ = provide(provider{
	name:     "cloudflare",
	anywhere: []path{{"/ai/run/{model}", either(cloudflareChat, cloudflarePrompt, cloudflareEmbed)}},
})

var (
	cloudflareChat   = &protocol{operation: "chat", kind: kindChat, request: cloudflareRequest, answer: cloudflareAnswer}
	cloudflarePrompt = &protocol{operation: "text_completion", kind: kindCompletion, request: cloudflareText, answer: cloudflareAnswer}
	cloudflareEmbed  = shape{needs: "text", input: "text[]|text"}.protocol("embeddings", kindEmbedding)
)

func cloudflareRequest(c *Call, v *fastjson.Value) bool {
	ok := chatRequest(c, v)
	c.AddUsage = false // the usage is always reported
	return ok
}

func cloudflareText(c *Call, v *fastjson.Value) bool {
	ok := completionRequest(c, v)
	c.AddUsage = false
	return ok
}

// cloudflareAnswer reads a whole answer, which is in a result, or a piece of a stream,
// which is not. Some models use OpenAI's form there.
func cloudflareAnswer(c *Call, v *fastjson.Value) {
	if r := v.Get("result"); r != nil {
		v = r
	}
	if v.Get("choices") != nil {
		chatAnswer(c, v)
		return
	}
	ch := c.choice(0)
	c.say(ch, "text", v.GetStringBytes("response"))
	for i, call := range v.GetArray("tool_calls") {
		c.function(ch, i, call.GetStringBytes("id"), first(call.Get("function"), call))
	}
	c.openaiUsage(v.Get("usage"))
}
