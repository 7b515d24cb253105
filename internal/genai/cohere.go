package genai

import "github.com/valyala/fastjson"

// Cohere, in both versions of its API. Other providers use its rerank protocol, too.
// https://docs.cohere.com/reference/about
var _ = provide(provider{
	name:     "cohere",
	hosts:    []string{"api.cohere.com", "api.cohere.ai"},
	anywhere: []path{{"/rerank", rerank}},
	paths: []path{
		{"/v2/chat", cohereChat2},
		{"/v1/chat", cohereChat},
		{"/v1/generate", cohereGenerate},
		{"/v1/embed", cohereEmbed},
		{"/v2/embed", cohereEmbed},
	},
})

// cohereUsage reads the tokens, or else the billed units.
var cohereUsage = usagePlaces{
	input:  "usage.tokens.input_tokens|meta.tokens.input_tokens|usage.billed_units.input_tokens|meta.billed_units.input_tokens|usage.total_tokens",
	output: "usage.tokens.output_tokens|meta.tokens.output_tokens|usage.billed_units.output_tokens|meta.billed_units.output_tokens",
	cached: "usage.cached_tokens",

	billedInput:  "usage.billed_units.input_tokens|meta.billed_units.input_tokens",
	billedOutput: "usage.billed_units.output_tokens|meta.billed_units.output_tokens",
}

var (
	rerank = shape{
		needs: "documents", inputs: []string{"query", "documents"},
		params: []param{{"top_n", "gen_ai.request.top_k"}},
		id:     "id", model: "model", results: "results", usage: cohereUsage,
	}.protocol("rerank", kindRerank)

	cohereEmbed = shape{
		needs: "texts|images|inputs", input: "texts[]|inputs[].content[].text", files: "images[]",
		params: []param{{"output_dimension", "gen_ai.embeddings.dimension.count"}, {"embedding_types", "gen_ai.request.encoding_formats"}},
		id:     "id", usage: cohereUsage,
	}.protocol("embeddings", kindEmbedding)

	cohereGenerate = shape{
		needs: "prompt", input: "prompt", params: cohereParams, stop: "stop_sequences", stream: "stream",
		id: "id", output: "generations[].text|text", finish: "generations[].finish_reason|finish_reason", usage: cohereUsage,
	}.protocol("text_completion", kindCompletion)
)

var cohereParams = []param{
	{"max_tokens", "gen_ai.request.max_tokens"},
	{"temperature", "gen_ai.request.temperature"},
	{"p", "gen_ai.request.top_p"},
	{"k", "gen_ai.request.top_k"},
	{"seed", "gen_ai.request.seed"},
	{"frequency_penalty", "gen_ai.request.frequency_penalty"},
	{"presence_penalty", "gen_ai.request.presence_penalty"},
}

// cohereChat2 is similar to OpenAI's chat completions, except for its stream.
var cohereChat2 = &protocol{
	operation: "chat", kind: kindChat,
	request: cohereRequest2, answer: cohereAnswer2, event: cohereEvent2,
}

func cohereRequest2(c *Call, v *fastjson.Value) bool {
	messages := v.Get("messages")
	if messages == nil || messages.Type() != fastjson.TypeArray {
		return false
	}
	c.Stream = v.GetBool("stream")
	c.params(v, cohereParams)
	c.list(v.Get("stop_sequences"), "gen_ai.request.stop_sequences")
	c.outputType(text(v, "response_format", "type"))
	c.tools(v.Get("tools"))
	for _, m := range messages.GetArray() {
		c.Input.Messages = append(c.Input.Messages, chatMessage(m))
	}
	return true
}

func cohereAnswer2(c *Call, v *fastjson.Value) {
	c.identify(v)
	ch, m := c.choice(0), v.Get("message")
	c.say(ch, "reasoning", m.GetStringBytes("tool_plan"))
	c.chatSaid(ch, m)
	c.cite(m.GetArray("citations"))
	ch.finishAs(v.Get("finish_reason"))
	cohereUsage.count(&c.Usage, v)
}

func cohereEvent2(c *Call, _ string, v *fastjson.Value) {
	ch, index, m := c.choice(0), v.GetInt("index"), v.Get("delta", "message")
	switch string(v.GetStringBytes("type")) {
	case "message-start":
		c.identify(v)
	case "content-start", "content-delta":
		c.sayIn(ch, index, "reasoning", m.GetStringBytes("content", "thinking"))
		c.sayIn(ch, index, "text", m.GetStringBytes("content", "text"))
	case "tool-plan-delta":
		c.say(ch, "reasoning", m.GetStringBytes("tool_plan"))
	case "tool-call-start", "tool-call-delta":
		if call := m.Get("tool_calls"); call != nil {
			c.function(ch, index, call.GetStringBytes("id"), call.Get("function"))
		}
	case "citation-start":
		c.cite([]*fastjson.Value{m.Get("citations")})
	case "message-end":
		ch.finishAs(v.Get("delta", "finish_reason"))
		cohereUsage.count(&c.Usage, v.Get("delta"))
		c.Failure.Message = text(v, "delta", "error")
		c.answer.done = true
	}
}

// cohereChat is version 1: one message, and the history.
var cohereChat = &protocol{
	operation: "chat", kind: kindChat,
	request: cohereRequest, answer: cohereAnswer, event: cohereEvent,
}

func cohereRequest(c *Call, v *fastjson.Value) bool {
	if v.Get("message") == nil {
		return false
	}
	c.Stream = c.Stream || v.GetBool("stream")
	c.params(v, cohereParams)
	c.list(v.Get("stop_sequences"), "gen_ai.request.stop_sequences")
	c.tools(v.Get("tools"))
	if s := text(v, "preamble"); s != "" {
		c.Input.Messages = append(c.Input.Messages, Message{Role: "system", Parts: textParts(s)})
	}
	for _, m := range v.GetArray("chat_history") {
		c.Input.Messages = append(c.Input.Messages, Message{Role: cohereRole(text(m, "role")), Parts: textParts(text(m, "message"))})
	}
	if s := text(v, "message"); s != "" {
		c.Input.Messages = append(c.Input.Messages, Message{Role: "user", Parts: textParts(s)})
	}
	var results []Part
	for _, r := range v.GetArray("tool_results") {
		results = append(results, Part{Type: "tool_call_response", Name: text(r, "call", "name"), Response: content(r.Get("outputs"))})
	}
	if results != nil {
		c.Input.Messages = append(c.Input.Messages, Message{Role: "tool", Parts: results})
	}
	return true
}

func cohereRole(role string) string {
	switch role {
	case "CHATBOT", "Chatbot":
		return "assistant"
	case "SYSTEM":
		return "system"
	case "TOOL":
		return "tool"
	}
	return "user"
}

func cohereAnswer(c *Call, v *fastjson.Value) {
	set(&c.ID, first(v.Get("generation_id"), v.Get("response_id")).GetStringBytes())
	ch := c.choice(0)
	c.say(ch, "text", v.GetStringBytes("text"))
	for _, call := range v.GetArray("tool_calls") {
		c.add(ch, -1, Part{Type: "tool_call", Name: text(call, "name"), Arguments: arguments(call.Get("parameters"))})
	}
	c.cite(v.GetArray("citations"))
	ch.finishAs(v.Get("finish_reason"))
	cohereUsage.count(&c.Usage, v)
}

func cohereEvent(c *Call, _ string, v *fastjson.Value) {
	switch string(v.GetStringBytes("event_type")) {
	case "text-generation":
		c.say(c.choice(0), "text", v.GetStringBytes("text"))
	case "stream-start":
		set(&c.ID, v.GetStringBytes("generation_id"))
	case "stream-end":
		c.answer.choices = nil // the whole answer replaces its pieces
		cohereAnswer(c, v.Get("response"))
		c.choice(0).finishAs(v.Get("finish_reason"))
		c.answer.done = true
	}
}
