package genai

import (
	"log/slog"
	"strings"

	"github.com/valyala/fastjson"
)

// Chat completions, as OpenAI and most others have them.
// https://platform.openai.com/docs/api-reference/chat
var openaiChat = &protocol{
	provider: "openai", operation: "chat", kind: kindChat,
	request: chatRequest, answer: chatAnswer,
}

// Completions are chat completions without a conversation.
var openaiCompletion = &protocol{
	provider: "openai", operation: "text_completion", kind: kindCompletion,
	request: completionRequest, answer: chatAnswer,
}

var openaiParams = []param{
	{"max_tokens", "gen_ai.request.max_tokens"},
	{"max_completion_tokens", "gen_ai.request.max_tokens"},
	{"max_output_tokens", "gen_ai.request.max_tokens"},
	{"temperature", "gen_ai.request.temperature"},
	{"top_p", "gen_ai.request.top_p"},
	{"top_k", "gen_ai.request.top_k"},
	{"seed", "gen_ai.request.seed"},
	{"n", "gen_ai.request.choice.count"},
	{"frequency_penalty", "gen_ai.request.frequency_penalty"},
	{"presence_penalty", "gen_ai.request.presence_penalty"},
	{"service_tier", "openai.request.service_tier"},
}

func chatRequest(c *Call, v *fastjson.Value) bool {
	messages := v.Get("messages")
	if messages == nil || messages.Type() != fastjson.TypeArray {
		return false
	}
	c.openaiRequest(v)
	c.AddUsage = c.Stream && v.Get("stream_options") == nil
	for _, m := range messages.GetArray() {
		c.Input.Messages = append(c.Input.Messages, chatMessage(m))
	}
	return true
}

func completionRequest(c *Call, v *fastjson.Value) bool {
	if v.Get("prompt") == nil || c.Asked == "" {
		return false
	}
	c.openaiRequest(v)
	c.AddUsage = c.Stream && v.Get("stream_options") == nil
	c.prompt(v.Get("prompt"))
	return true
}

// openaiRequest reads what requests of OpenAI's have in common.
func (c *Call) openaiRequest(v *fastjson.Value) {
	c.Stream = v.GetBool("stream")
	c.params(v, openaiParams)
	c.list(v.Get("stop"), "gen_ai.request.stop_sequences")
	c.outputType(text(first(v.Get("response_format", "type"), v.Get("text", "format", "type"))))
	c.tools(v.Get("tools"))
}

// outputType notes what sort of answer was asked for.
func (c *Call) outputType(format string) {
	switch format {
	case "json_object", "json_schema", "json", "application/json":
		c.attr(slog.String("gen_ai.output.type", "json"))
	case "text", "text/plain":
		c.attr(slog.String("gen_ai.output.type", "text"))
	}
}

// prompt takes an input that is no conversation: a text, or a list of anything.
func (c *Call) prompt(v *fastjson.Value) {
	switch {
	case v == nil:
	case v.Type() == fastjson.TypeString:
		c.Input.Text = text(v)
	case v.Type() == fastjson.TypeArray && len(v.GetArray()) == 1 && v.Get("0").Type() == fastjson.TypeString:
		c.Input.Text = text(v, "0")
	default:
		c.Input.Raw = raw(v)
	}
}

func chatMessage(v *fastjson.Value) Message {
	m := Message{Role: text(v, "role"), Name: text(v, "name")}
	if id := text(v, "tool_call_id"); m.Role == "tool" || id != "" {
		m.Parts = []Part{{Type: "tool_call_response", ID: id, Response: content(v.Get("content"))}}
		return m
	}
	if r := reasoning(v); len(r) > 0 {
		m.Parts = append(m.Parts, Part{Type: "reasoning", Content: string(r)})
	}
	m.Parts = append(m.Parts, chatParts(v.Get("content"))...)
	for _, call := range v.GetArray("tool_calls") {
		m.Parts = append(m.Parts, chatToolCall(call))
	}
	return m
}

// content returns what a tool answered: the text of it if it is one.
func content(v *fastjson.Value) any {
	if v != nil && v.Type() == fastjson.TypeString {
		return text(v)
	}
	if r := raw(v); r != nil {
		return r
	}
	return nil
}

func chatParts(v *fastjson.Value) []Part {
	if v == nil {
		return nil
	}
	if v.Type() == fastjson.TypeString {
		return []Part{{Type: "text", Content: text(v)}}
	}
	var parts []Part
	for _, p := range v.GetArray() {
		parts = append(parts, openaiPart(p))
	}
	return parts
}

// openaiPart reads a part of the content of a message, with the names that chat
// completions and responses have for it.
func openaiPart(v *fastjson.Value) Part {
	switch typ := text(v, "type"); typ {
	case "text", "input_text", "output_text", "summary_text", "reasoning_text":
		return Part{Type: "text", Content: text(v, "text")}
	case "refusal":
		return Part{Type: "refusal", Content: text(v, "refusal")}
	case "image_url":
		return reference(text(v, "image_url", "url"), "")
	case "input_image":
		if id := text(v, "file_id"); id != "" {
			return file(id)
		}
		return reference(text(v, "image_url"), "")
	case "input_audio":
		return blob(text(v, "input_audio", "data"), "audio/"+text(v, "input_audio", "format"))
	case "file", "input_file":
		return openaiFile(first(v.Get("file"), v))
	default:
		return Part{Type: typ}
	}
}

func openaiFile(v *fastjson.Value) Part {
	var p Part
	switch url, data := text(v, "file_url"), text(v, "file_data"); {
	case url != "":
		p = reference(url, "")
	case strings.HasPrefix(data, "data:"):
		p = reference(data, "")
	case data != "":
		p = blob(data, "")
	default:
		p = file(text(v, "file_id"))
	}
	p.Name = text(v, "filename")
	return p
}

func chatToolCall(v *fastjson.Value) Part {
	f := first(v.Get("function"), v.Get("custom"))
	return Part{
		Type:      "tool_call",
		ID:        text(v, "id"),
		Name:      text(f, "name"),
		Arguments: jsonOr(text(first(f.Get("arguments"), f.Get("input")))),
	}
}

// reasoning returns the thoughts that a message tells of, by the names that
// compatible servers have for them.
func reasoning(v *fastjson.Value) []byte {
	if r := v.GetStringBytes("reasoning_content"); len(r) > 0 {
		return r
	}
	return v.GetStringBytes("reasoning")
}

// chatAnswer reads an answer, or a piece of one.
func chatAnswer(c *Call, v *fastjson.Value) {
	c.identify(v)
	for _, ch := range v.GetArray("choices") {
		c.chatChoice(ch)
	}
	c.Usage.openai(v.Get("usage"))
	c.Usage.openai(v.Get("x_groq", "usage"))
	if tier := v.GetStringBytes("service_tier"); len(tier) > 0 && !c.answer.tier {
		c.answer.tier = true
		c.attr(slog.String("openai.response.service_tier", string(tier)))
	}
}

// identify notes the id and model of an answer.
func (c *Call) identify(v *fastjson.Value) {
	set(&c.ID, v.GetStringBytes("id"))
	set(&c.Model, v.GetStringBytes("model"))
}

// set changes *to, unless s is empty. It allocates nothing if nothing changes: the
// pieces of a stream say the same again and again.
func set(to *string, s []byte) {
	if len(s) > 0 && *to != string(s) {
		*to = string(s)
	}
}

func (c *Call) chatChoice(v *fastjson.Value) {
	ch := c.choice(v.GetInt("index"))
	if t := v.Get("text"); t != nil { // a completion
		c.say(ch, "text", t.GetStringBytes())
	}
	said := v.Get("delta")
	if said == nil {
		said = v.Get("message")
	}
	if said != nil {
		c.chatSaid(ch, said)
	}
	ch.finishAs(v.Get("finish_reason"))
}

func (c *Call) chatSaid(ch *choice, v *fastjson.Value) {
	c.say(ch, "reasoning", reasoning(v))
	if said := v.Get("content"); said != nil && said.Type() == fastjson.TypeArray { // Mistral
		for _, p := range said.GetArray() {
			c.say(ch, "text", p.GetStringBytes("text"))
		}
	} else {
		c.say(ch, "text", said.GetStringBytes())
	}
	c.say(ch, "refusal", v.GetStringBytes("refusal"))
	for i, call := range v.GetArray("tool_calls") {
		c.toolCall(ch, i, call)
	}
	if f := v.Get("function_call"); f != nil && f.Type() == fastjson.TypeObject { // before there were tools
		c.function(ch, -2, nil, f)
	}
	if id := v.GetStringBytes("audio", "id"); len(id) > 0 {
		c.add(ch, -1, blob(text(v, "audio", "data"), ""))
		c.say(ch, "text", v.GetStringBytes("audio", "transcript"))
	}
}

// toolCall reads a call of a tool, or a piece of one, which is the i-th where the
// pieces have no index.
func (c *Call) toolCall(ch *choice, i int, v *fastjson.Value) {
	if n := v.Get("index"); n != nil {
		i = n.GetInt()
	}
	f := v.Get("function")
	if f == nil {
		f = v.Get("custom")
	}
	c.function(ch, i, v.GetStringBytes("id"), f)
}

func (c *Call) function(ch *choice, index int, id []byte, f *fastjson.Value) {
	p := ch.part("tool_call", index)
	if p == nil || len(id) > 0 && p.ID != "" && p.ID != string(id) { // some servers give all the same index
		p = c.add(ch, index, Part{Type: "tool_call"})
	}
	if p == nil {
		return
	}
	set(&p.ID, id)
	set(&p.Name, f.GetStringBytes("name"))
	c.grow(p, f.GetStringBytes("arguments"))
	c.grow(p, f.GetStringBytes("input"))
}
