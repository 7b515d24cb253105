package genai

import (
	"encoding/json"
	"strings"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// An IO is the input or the output of a span, in the one form that the page,
// the terminal and the export render. Mostly one field is set.
type IO struct {
	Text      string          `json:"text,omitempty"`
	Messages  []Message       `json:"messages,omitempty"`
	Tools     []ToolCall      `json:"toolCalls,omitempty"`
	Documents []Document      `json:"documents,omitempty"`
	Raw       json.RawMessage `json:"raw,omitempty"` // anything else
}

// Empty reports whether there is nothing to show.
func (io IO) Empty() bool {
	return io.Text == "" && len(io.Messages) == 0 && len(io.Tools) == 0 && len(io.Documents) == 0 && io.Raw == nil
}

// A Message is one turn of a conversation.
type Message struct {
	Role   string `json:"role"`
	Name   string `json:"name,omitempty"`
	Finish string `json:"finish,omitempty"`
	Parts  []Part `json:"parts"`
}

// A Part is a piece of a message. Type is text, reasoning, tool_call,
// tool_result, or the sender's word for something that has only a description.
type Part struct {
	Type string    `json:"type"`
	Text string    `json:"text,omitempty"`
	Tool *ToolCall `json:"tool,omitempty"`
}

// A ToolCall is what the model asked for, or what came of it.
type ToolCall struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	Arguments any    `json:"arguments,omitempty"`
	Result    any    `json:"result,omitempty"`
}

// A Document is what a retrieval found.
type Document struct {
	ID       string   `json:"id,omitempty"`
	Content  string   `json:"content,omitempty"`
	Score    *float64 `json:"score,omitempty"`
	Metadata any      `json:"metadata,omitempty"`
}

// payloadKeys hold input or output, and nothing else.
var payloadKeys = map[string]bool{
	"gen_ai.input.messages": true, "gen_ai.output.messages": true, "gen_ai.system_instructions": true, "gen_ai.prompt": true, "gen_ai.completion": true,
	"gen_ai.tool.call.arguments": true, "gen_ai.tool.call.result": true, "gen_ai.retrieval.query.text": true, "gen_ai.retrieval.documents": true,
	"input.value": true, "input.mime_type": true, "output.value": true, "output.mime_type": true,
	"traceloop.entity.input": true, "traceloop.entity.output": true,
}

// IsPayload reports whether what stands under a key is shown by Input or Output.
func IsPayload(key string) bool {
	if payloadKeys[key] {
		return true
	}
	for _, prefix := range []string{"llm.input_messages.", "llm.output_messages.", "gen_ai.prompt.", "gen_ai.completion.", "retrieval.documents."} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// Input is what went into the span.
func Input(s *trace.Span) IO {
	a := s.Attributes
	if s.Input != nil {
		return ParseIO(s.Input)
	}
	var io IO
	io.Messages = append(systemMessages(a), firstMessages(a, "gen_ai.input.messages", "gen_ai.prompt")...)
	if len(io.Messages) == 0 {
		io.Messages = flatMessages(a, "llm.input_messages.", "gen_ai.prompt.")
	}
	if len(io.Messages) == 0 {
		io.Messages = eventMessages(s.Events, "gen_ai.content.prompt", "gen_ai.prompt")
	}
	if len(io.Messages) > 0 {
		return io
	}
	return valueOf(a, "gen_ai.tool.call.arguments", "input.value", "traceloop.entity.input", "gen_ai.retrieval.query.text", "tool.parameters", "llm.prompts", "gen_ai.prompt", "ai.prompt")
}

// Output is what came out of it.
func Output(s *trace.Span) IO {
	a := s.Attributes
	if s.Output != nil {
		return ParseIO(s.Output)
	}
	if docs := flatDocuments(a); len(docs) > 0 {
		return IO{Documents: docs}
	}
	var io IO
	io.Messages = firstMessages(a, "gen_ai.output.messages", "gen_ai.completion")
	if len(io.Messages) == 0 {
		io.Messages = flatMessages(a, "llm.output_messages.", "gen_ai.completion.")
	}
	if len(io.Messages) == 0 {
		io.Messages = eventMessages(s.Events, "gen_ai.content.completion", "gen_ai.completion")
	}
	if len(io.Messages) > 0 {
		return io
	}
	if docs := documents(parsed(a["gen_ai.retrieval.documents"])); len(docs) > 0 {
		return IO{Documents: docs}
	}
	return valueOf(a, "gen_ai.tool.call.result", "output.value", "traceloop.entity.output", "gen_ai.completion", "ai.response.text")
}

// ParseIO reads an input or output as the MutagenT API has it: a text, the
// JSON of an object in a text, or the object itself.
func ParseIO(raw json.RawMessage) IO {
	return ioOf(jsonValue(raw))
}

func ioOf(v any) IO {
	v = parsed(v)
	if io, ok := objectIO(v); ok {
		if inner := parsed(io.Text); inner != io.Text && len(io.Messages)+len(io.Documents)+len(io.Tools) == 0 && io.Raw == nil {
			return IO{Raw: rawJSON(inner)} // a text that is JSON reads better as that
		}
		return io
	}
	if messages := messages(v); len(messages) > 0 {
		return IO{Messages: messages}
	}
	if text, ok := v.(string); ok {
		return IO{Text: text}
	}
	return IO{Raw: rawJSON(v)}
}

// objectIO reads {"text","messages","toolCalls","documents","raw"}. An object
// with any other key is something of the program's own.
func objectIO(v any) (io IO, ok bool) {
	m, isObject := v.(map[string]any)
	if !isObject || len(m) == 0 {
		return IO{}, false
	}
	for key, val := range m {
		switch key {
		case "text":
			io.Text, ok = val.(string)
		case "messages":
			io.Messages = messages(val)
			ok = len(io.Messages) > 0
		case "toolCalls", "tool_calls":
			io.Tools = toolCalls(val)
			ok = len(io.Tools) > 0
		case "documents":
			io.Documents = documents(val)
			ok = len(io.Documents) > 0
		case "raw":
			io.Raw, ok = rawJSON(val), true
		default:
			ok = false
		}
		if !ok {
			return IO{}, false
		}
	}
	return io, true
}

// valueOf is the first of the attributes that is there; JSON in a text is JSON.
func valueOf(a trace.Attrs, keys ...string) IO {
	for _, key := range keys {
		v, ok := a[key]
		if !ok || v == nil || v == "" {
			continue
		}
		if text, ok := v.(string); ok && strings.HasPrefix(text, `"`) { // OpenLLMetry writes a text as JSON, too
			if inner, ok := jsonValue([]byte(text)).(string); ok {
				return IO{Text: inner}
			}
		}
		return ioOf(v)
	}
	return IO{}
}

// preview is the first words that say what it is about: of an input the last
// message of the user, of an output the last message at all.
func preview(io IO, input bool) string {
	text := io.Text
	for _, m := range io.Messages {
		if input && m.Role != "user" && text != "" {
			continue
		}
		for _, p := range m.Parts {
			switch {
			case p.Type == "text" && p.Text != "":
				text = p.Text
			case p.Tool != nil && text == "":
				text = p.Tool.Name + "(" + compact(p.Tool.Arguments) + ")"
			}
		}
	}
	if text == "" && len(io.Tools) > 0 {
		text = io.Tools[0].Name + "(" + compact(io.Tools[0].Arguments) + ")"
	}
	if text == "" && len(io.Documents) > 0 {
		text = io.Documents[0].Content
	}
	if text == "" {
		text = string(io.Raw)
	}
	return firstWords(text)
}

// firstWords looks at no more of a text than it gives.
func firstWords(text string) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(text) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(clip(word, 2*previewBytes))
		if b.Len() > previewBytes {
			break
		}
	}
	return clip(b.String(), previewBytes)
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

func compact(v any) string {
	if v == nil {
		return ""
	}
	return string(rawJSON(v))
}
