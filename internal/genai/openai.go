package genai

import (
	"bytes"
	"log/slog"

	"github.com/valyala/fastjson"
)

// OpenAI. Most other providers support its protocols.
var _ = provide(provider{
	name:  "openai",
	hosts: []string{"api.openai.com"},
	paths: []path{
		{"/engines/{model}/completions", openaiCompletion},
		{"/engines/{model}/embeddings", openaiEmbeddings},
		{"/conversations", openaiConversation},
		{"/conversations/{model}/items", openaiConversation},
	},
	anywhere: []path{
		{"/chat/completions", openaiChat},
		{"/completions", openaiCompletion},
		{"/responses", openaiResponses},
		{"/responses/compact", openaiResponses},
		{"/embeddings", openaiEmbeddings},
		{"/moderations", openaiModeration},
		{"/images/generations", openaiImages},
		{"/images/edits", openaiImages},
		{"/images/variations", openaiImages},
		{"/audio/speech", openaiSpeech},
		{"/audio/transcriptions", openaiTranscription},
		{"/audio/translations", openaiTranscription},
	},
})

// Chat completions, of OpenAI and most other providers.
// https://platform.openai.com/docs/api-reference/chat
var openaiChat = &protocol{
	operation: "chat", kind: kindChat, asks: true,
	request: chatRequest, answer: chatAnswer,
}

// Completions are similar to chat completions, but without a conversation.
var openaiCompletion = &protocol{
	operation: "text_completion", kind: kindCompletion, asks: true,
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
	if v.Get("web_search_options") != nil {
		c.Usage.Uncounted = "the answer does not say how often the model searched the web"
	}
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

// openaiRequest reads the common parameters of OpenAI's requests.
func (c *Call) openaiRequest(v *fastjson.Value) {
	c.Stream = c.Stream || v.GetBool("stream")
	c.params(v, openaiParams)
	c.list(v.Get("stop"), "gen_ai.request.stop_sequences")
	c.outputType(text(first(v.Get("response_format", "type"), v.Get("text", "format", "type"))))
	c.tools(first(v.Get("tools"), v.Get("functions")))
}

// outputType records the requested type of output.
func (c *Call) outputType(format string) {
	switch format {
	case "json_object", "json_schema", "json", "application/json":
		c.attr(slog.String("gen_ai.output.type", "json"))
	case "text", "text/plain":
		c.attr(slog.String("gen_ai.output.type", "text"))
	}
}

// prompt reads an input that is not a conversation: a text, or a list of anything.
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
	if id := text(v, "tool_call_id"); m.Role == "tool" || m.Role == "function" || id != "" {
		m.Parts = []Part{{Type: "tool_call_response", ID: id, Response: content(v.Get("content"))}}
		return m
	}
	if thought := bytes.Join(thoughts(v), nil); len(thought) > 0 {
		m.Parts = append(m.Parts, Part{Type: "reasoning", Content: string(thought)})
	}
	m.Parts = append(m.Parts, chatParts(v.Get("content"))...)
	if said := text(v, "refusal"); said != "" {
		m.Parts = append(m.Parts, Part{Type: "refusal", Content: said})
	}
	for _, call := range v.GetArray("tool_calls") {
		m.Parts = append(m.Parts, chatToolCall(call))
	}
	if f := v.Get("function_call"); saysSomething(f) { // the predecessor of tools
		m.Parts = append(m.Parts, Part{Type: "tool_call", Name: text(f, "name"), Arguments: callArguments(f)})
	}
	return m
}

// saysSomething reports whether a legacy function call is not empty. Some servers send
// an empty one in every message.
func saysSomething(f *fastjson.Value) bool {
	return len(f.GetStringBytes("name"))+len(f.GetStringBytes("arguments")) > 0
}

// content returns a tool's result without files. A text is returned as text.
func content(v *fastjson.Value) any {
	if v != nil && v.Type() == fastjson.TypeString {
		return WithoutFiles(text(v))
	}
	if r := raw(v); r != nil {
		return r
	}
	return nil
}

func textParts(s string) []Part { return []Part{{Type: "text", Content: s}} }

func chatToolCall(v *fastjson.Value) Part {
	f := callOf(v)
	return Part{Type: "tool_call", ID: text(v, "id"), Name: text(f, "name"), Arguments: callArguments(f)}
}

// callOf returns the function or custom tool of a tool call. Some servers send an empty
// custom tool beside every function.
func callOf(v *fastjson.Value) *fastjson.Value {
	if custom := v.Get("custom"); custom != nil && len(v.GetStringBytes("function", "name")) == 0 {
		return custom
	}
	return v.Get("function")
}

// callArguments returns the arguments of a call. They are a text with JSON, or JSON
// itself.
func callArguments(f *fastjson.Value) any {
	args := first(f.Get("arguments"), f.Get("input"))
	if args != nil && args.Type() != fastjson.TypeString {
		return arguments(args)
	}
	return ToolData(text(args))
}

// thoughts returns the reasoning in a message, from the first of the names that
// compatible servers use.
func thoughts(v *fastjson.Value) (all [][]byte) {
	for _, key := range []string{"reasoning_content", "reasoning"} {
		if r := v.GetStringBytes(key); len(r) > 0 {
			return [][]byte{r}
		}
	}
	for _, d := range v.GetArray("reasoning_details") { // at OpenRouter
		all = append(all, d.GetStringBytes("text"), d.GetStringBytes("summary"))
	}
	return all
}
