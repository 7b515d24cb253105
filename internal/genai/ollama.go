package genai

import "github.com/valyala/fastjson"

var _ = provide(provider{
	name:  "ollama",
	hosts: []string{"ollama.com", ":11434"},
	anywhere: []path{
		{"/api/chat", ollamaChat},
		{"/api/generate", ollamaGenerate},
		{"/api/embed", ollamaEmbed},
		{"/api/embeddings", ollamaEmbeddings},
	},
})

// Ollama's native protocol. A stream is lines of JSON, and each has the form of an
// answer.
// https://github.com/ollama/ollama/blob/main/docs/api.md
var (
	ollamaChat = &protocol{
		operation: "chat", kind: kindChat,
		request: ollamaChatRequest, answer: ollamaAnswer,
	}
	ollamaGenerate = &protocol{
		operation: "text_completion", kind: kindCompletion,
		request: ollamaGenerateRequest, answer: ollamaAnswer,
	}
	ollamaEmbed = &protocol{
		operation: "embeddings", kind: kindEmbedding, noNumbers: true,
		request: inputRequest, answer: ollamaAnswer,
	}
	// the predecessor of /api/embed, for a single text
	ollamaEmbeddings = shape{needs: "prompt", input: "prompt"}.protocol("embeddings", kindEmbedding)
)

func ollamaChatRequest(c *Call, v *fastjson.Value) bool {
	if v.Get("messages") == nil || c.Asked == "" {
		return false
	}
	c.ollamaOptions(v)
	for _, m := range v.GetArray("messages") {
		c.Input.Messages = append(c.Input.Messages, ollamaMessage(m))
	}
	return true
}

func ollamaGenerateRequest(c *Call, v *fastjson.Value) bool {
	if v.Get("prompt") == nil || c.Asked == "" {
		return false
	}
	c.ollamaOptions(v)
	if s := text(v, "system"); s != "" {
		c.Input.Messages = append(c.Input.Messages, Message{Role: "system", Parts: []Part{{Type: "text", Content: s}}})
	}
	m := Message{Role: "user", Parts: []Part{{Type: "text", Content: text(v, "prompt")}}}
	m.Parts = append(m.Parts, ollamaImages(v)...)
	c.Input.Messages = append(c.Input.Messages, m)
	return true
}

func (c *Call) ollamaOptions(v *fastjson.Value) {
	stream := v.Get("stream")
	c.Stream = stream == nil || stream.GetBool()
	options := v.Get("options")
	c.params(options, []param{
		{"num_predict", "gen_ai.request.max_tokens"},
		{"temperature", "gen_ai.request.temperature"},
		{"top_p", "gen_ai.request.top_p"},
		{"top_k", "gen_ai.request.top_k"},
		{"seed", "gen_ai.request.seed"},
		{"frequency_penalty", "gen_ai.request.frequency_penalty"},
		{"presence_penalty", "gen_ai.request.presence_penalty"},
	})
	c.list(options.Get("stop"), "gen_ai.request.stop_sequences")
	if f := v.Get("format"); f != nil && (f.Type() == fastjson.TypeObject || text(f) != "") { // a schema, or "json"
		c.outputType("json")
	}
	c.tools(v.Get("tools"))
}

func ollamaMessage(v *fastjson.Value) Message {
	m := Message{Role: text(v, "role")}
	if m.Role == "tool" {
		m.Parts = []Part{{Type: "tool_call_response", Name: text(v, "tool_name"), Response: content(v.Get("content"))}}
		return m
	}
	if s := text(v, "thinking"); s != "" {
		m.Parts = append(m.Parts, Part{Type: "reasoning", Content: s})
	}
	if s := text(v, "content"); s != "" {
		m.Parts = append(m.Parts, Part{Type: "text", Content: s})
	}
	m.Parts = append(m.Parts, ollamaImages(v)...)
	for _, call := range v.GetArray("tool_calls") {
		m.Parts = append(m.Parts, ollamaToolCall(call))
	}
	return m
}

func ollamaImages(v *fastjson.Value) []Part {
	var parts []Part
	for _, image := range v.GetArray("images") {
		parts = append(parts, Blob(text(image), ""))
	}
	return parts
}

func ollamaToolCall(v *fastjson.Value) Part {
	f := v.Get("function")
	return Part{Type: "tool_call", ID: text(v, "id"), Name: text(f, "name"), Arguments: arguments(f.Get("arguments"))}
}

func ollamaAnswer(c *Call, v *fastjson.Value) {
	c.identify(v)
	u := &c.Usage
	count(&u.Input, v, "prompt_eval_count")
	count(&u.Output, v, "eval_count")
	u.Total = u.Input + u.Output
	if v.Get("embeddings") != nil {
		return
	}
	ch := c.choice(0)
	c.ollamaSaid(ch, v)
	if m := v.Get("message"); m != nil {
		c.ollamaSaid(ch, m)
	}
	if v.GetBool("done") {
		ch.finishAs(v.Get("done_reason"))
		c.answer.done = true
	}
}

func (c *Call) ollamaSaid(ch *choice, v *fastjson.Value) {
	c.say(ch, "reasoning", v.GetStringBytes("thinking"))
	c.say(ch, "text", v.GetStringBytes("response"))
	c.say(ch, "text", v.GetStringBytes("content"))
	for _, call := range v.GetArray("tool_calls") {
		c.add(ch, -1, ollamaToolCall(call))
	}
}
