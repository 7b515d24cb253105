package semconv

import (
	"encoding/json"
	"slices"
	"strings"
)

// An IO is the input or the output of a span. Usually one field is set.
type IO struct {
	Text      string          `json:"text,omitempty"`
	Messages  []Message       `json:"messages,omitempty"`
	Tools     []ToolCall      `json:"toolCalls,omitempty"`
	Documents []Document      `json:"documents,omitempty"`
	Raw       json.RawMessage `json:"raw,omitempty"` // anything else
}

// Empty reports whether io has nothing.
func (io IO) Empty() bool {
	return io.Text == "" && len(io.Messages) == 0 && len(io.Tools) == 0 && len(io.Documents) == 0 && io.Raw == nil
}

// An Event is an event of a span. Older GenAI instrumentation puts messages there.
type Event struct {
	Name       string
	Attributes Attributes
}

// The attributes for plain input and output, the most exact first.
var (
	givenKeys = []string{"gen_ai.tool.call.arguments", "input.value", "traceloop.entity.input", "gen_ai.retrieval.query.text", "tool.parameters", "llm.prompts",
		"gen_ai.prompt", "ai.prompt", "gcp.vertex.agent.tool_call_args", "genkit:input", "mutagent.input"}
	gaveKeys = []string{"gen_ai.tool.call.result", "output.value", "traceloop.entity.output", "gen_ai.completion", "ai.response.text",
		"gcp.vertex.agent.tool_response", "genkit:output", "mutagent.output"}
	// payloadKeys are the attributes of the other forms.
	payloadKeys     = []string{"gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.retrieval.documents", "input.mime_type", "output.mime_type"}
	payloadPrefixes = []string{"llm.input_messages.", "llm.output_messages.", "gen_ai.prompt.", "gen_ai.completion.", "retrieval.documents.", "reranker.output_documents."}
)

// Payload reports whether [Attributes.Input] or [Attributes.Output] reads a key.
func Payload(key string) bool {
	return slices.Contains(payloadKeys, key) || slices.Contains(givenKeys, key) || slices.Contains(gaveKeys, key) ||
		slices.ContainsFunc(payloadPrefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

// Input returns the input of the span.
func (a Attributes) Input(events ...Event) IO {
	list := a.asked()
	for _, more := range []func() []Message{
		func() []Message { return a.numbered("llm.input_messages.", "gen_ai.prompt.") },
		func() []Message { return inEvent(events, "gen_ai.content.prompt", "gen_ai.prompt") },
		func() []Message { return messagesOf(events, false) },
		func() []Message { return details(events).asked() },
		a.genkitInput,
	} {
		if len(list) == 0 {
			list = more()
		}
	}
	if len(list) > 0 {
		return IO{Messages: list}
	}
	return a.value(givenKeys)
}

// asked and answered read the messages of the GenAI conventions, as of 1.37.
func (a Attributes) asked() []Message {
	return append(a.system(), a.messages("gen_ai.input.messages", "gen_ai.prompt")...)
}

func (a Attributes) answered() []Message {
	return a.messages("gen_ai.output.messages", "gen_ai.completion")
}

// Output returns the output of the span.
func (a Attributes) Output(events ...Event) IO {
	if docs := a.numberedDocuments("retrieval.documents.", "reranker.output_documents."); len(docs) > 0 {
		return IO{Documents: docs}
	}
	list := a.answered()
	for _, more := range []func() []Message{
		func() []Message { return a.numbered("llm.output_messages.", "gen_ai.completion.") },
		func() []Message { return inEvent(events, "gen_ai.content.completion", "gen_ai.completion") },
		func() []Message { return messagesOf(events, true) },
		func() []Message { return details(events).answered() },
		a.genkitOutput,
	} {
		if len(list) == 0 {
			list = more()
		}
	}
	if len(list) > 0 {
		return IO{Messages: list}
	}
	if docs := documents(parsed(a["gen_ai.retrieval.documents"])); len(docs) > 0 {
		return IO{Documents: docs}
	}
	return a.value(gaveKeys)
}

// value returns the value of the first attribute that exists. A text that is JSON is
// decoded.
func (a Attributes) value(keys []string) IO {
	for _, key := range keys {
		v := a[key]
		if key == "genkit:output" {
			v = a.genkitResult()
		}
		if v == nil || v == "" {
			continue
		}
		if text, ok := v.(string); ok && strings.HasPrefix(text, `"`) { // OpenLLMetry and Genkit write a text as JSON
			if inner, ok := decode([]byte(text)).(string); ok {
				return IO{Text: inner}
			}
		}
		return ioOf(v)
	}
	return IO{}
}

// ParseIO reads an input or output of the MutagenT API: a text, the JSON of an object
// in a text, or the object itself.
func ParseIO(raw json.RawMessage) IO { return ioOf(decode(raw)) }

func ioOf(v any) IO {
	v = parsed(v)
	if io, ok := objectIO(v); ok {
		if inner := parsed(io.Text); inner != io.Text && len(io.Messages)+len(io.Documents)+len(io.Tools) == 0 && io.Raw == nil {
			return IO{Raw: encode(inner)} // JSON in a text is shown as JSON
		}
		return io
	}
	if list := Messages(v); len(list) > 0 {
		return IO{Messages: list}
	}
	if text, ok := v.(string); ok {
		return IO{Text: text}
	}
	return IO{Raw: encode(v)}
}

// objectIO reads {"text","messages","toolCalls","documents","raw"}. An object with any
// other key is a value of the program.
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
			io.Messages = Messages(val)
			ok = len(io.Messages) > 0
		case "toolCalls", "tool_calls":
			io.Tools = toolCalls(val)
			ok = len(io.Tools) > 0
		case "documents":
			io.Documents = documents(val)
			ok = len(io.Documents) > 0
		case "raw":
			io.Raw, ok = encode(val), true
		default:
			ok = false
		}
		if !ok {
			return IO{}, false
		}
	}
	return io, true
}
