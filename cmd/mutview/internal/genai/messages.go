package genai

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// systemMessages reads gen_ai.system_instructions, a list of parts.
func systemMessages(a trace.Attrs) []Message {
	v := parsed(a["gen_ai.system_instructions"])
	if v == nil {
		return nil
	}
	return []Message{{Role: "system", Parts: parts(v)}}
}

func firstMessages(a trace.Attrs, keys ...string) []Message {
	for _, key := range keys {
		if list := messages(parsed(a[key])); len(list) > 0 {
			return list
		}
	}
	return nil
}

// eventMessages reads the messages that older GenAI instrumentation put into
// events, as one attribute with JSON.
func eventMessages(events []trace.Event, name, key string) []Message {
	for _, e := range events {
		if e.Name == name {
			return messages(parsed(e.Attributes[key]))
		}
	}
	return nil
}

// messages reads a list of messages as GenAI, OpenAI, Anthropic or the
// MutagenT API write them; nil if v is none.
func messages(v any) []Message {
	if m, ok := v.(map[string]any); ok && m["messages"] != nil {
		v = m["messages"]
	}
	list, ok := v.([]any)
	if !ok {
		if m, ok := v.(map[string]any); ok && isMessage(m) {
			return []Message{message(m)}
		}
		return nil
	}
	var out []Message
	for _, item := range list {
		m, ok := item.(map[string]any)
		if !ok || !isMessage(m) {
			return nil
		}
		out = append(out, message(m))
	}
	return out
}

func isMessage(m map[string]any) bool {
	_, role := m["role"].(string)
	return role && (m["content"] != nil || m["parts"] != nil || m["tool_calls"] != nil || m["toolCalls"] != nil)
}

func message(m map[string]any) Message {
	out := Message{Role: str(m["role"]), Name: str(m["name"]), Finish: str(or(m["finish_reason"], m["finishReason"]))}
	if m["parts"] != nil {
		out.Parts = parts(m["parts"])
	} else {
		out.Parts = parts(m["content"])
	}
	for _, call := range toolCalls(or(m["tool_calls"], m["toolCalls"])) {
		out.Parts = append(out.Parts, Part{Type: "tool_call", Tool: &call})
	}
	if id := str(or(m["tool_call_id"], m["toolCallId"])); id != "" && out.Role == "tool" {
		out.Parts = []Part{{Type: "tool_result", Tool: &ToolCall{ID: id, Name: out.Name, Result: parsed(content(m["content"]))}}}
	}
	return out
}

// content is the text of a content that is one, or a list of one text.
func content(v any) any {
	if list, ok := v.([]any); ok && len(list) == 1 {
		if m, ok := list[0].(map[string]any); ok && m["type"] == "text" {
			return m["text"]
		}
	}
	return v
}

func parts(v any) []Part {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return []Part{{Type: "text", Text: v}}
	case []any:
		var out []Part
		for _, item := range v {
			out = append(out, part(item))
		}
		return out
	}
	return []Part{part(v)}
}

// part reads one part of a message: GenAI's, OpenAI's and Anthropic's types.
func part(v any) Part {
	m, ok := v.(map[string]any)
	if !ok {
		if text, ok := v.(string); ok {
			return Part{Type: "text", Text: text}
		}
		return Part{Type: "json", Text: compact(v)}
	}
	switch kind := str(m["type"]); kind {
	case "text", "input_text", "output_text", "":
		if text, ok := or(m["content"], m["text"]).(string); ok {
			return Part{Type: "text", Text: text}
		}
	case "reasoning", "thinking":
		return Part{Type: "reasoning", Text: str(or(or(m["content"], m["thinking"]), m["text"]))}
	case "tool_call", "tool_use", "function_call":
		return Part{Type: "tool_call", Tool: toolCall(m)}
	case "tool_call_response", "tool_result":
		result := or(or(m["response"], m["result"]), m["content"])
		return Part{Type: "tool_result", Tool: &ToolCall{ID: str(or(m["id"], m["tool_use_id"])), Name: str(m["name"]), Result: parsed(content(result))}}
	case "uri", "blob", "file", "image", "image_url", "input_image", "document", "audio", "video":
		return Part{Type: kind, Text: describe(m)}
	default:
		return Part{Type: kind, Text: compact(m)}
	}
	return Part{Type: "json", Text: compact(m)}
}

// describe says what a file is; its bytes are not shown, and nothing is
// fetched.
func describe(m map[string]any) string {
	var words []string
	for _, key := range []string{"mime_type", "modality", "uri", "name", "id", "size"} {
		if s := str(m[key]); s != "" {
			words = append(words, clip(s, 200))
		}
	}
	if u, ok := m["image_url"].(map[string]any); ok {
		words = append(words, clip(str(u["url"]), 200))
	}
	return strings.Join(words, " · ")
}

func toolCalls(v any) []ToolCall {
	list, _ := v.([]any)
	var out []ToolCall
	for _, item := range list {
		if m, ok := item.(map[string]any); ok {
			out = append(out, *toolCall(m))
		}
	}
	return out
}

func toolCall(m map[string]any) *ToolCall {
	call := &ToolCall{ID: str(or(m["id"], m["call_id"])), Name: str(m["name"]), Result: m["result"]}
	call.Arguments = parsed(or(m["arguments"], m["input"]))
	if f, ok := m["function"].(map[string]any); ok {
		call.Name, call.Arguments = str(f["name"]), parsed(f["arguments"])
	}
	return call
}

func documents(v any) []Document {
	list, _ := v.([]any)
	var out []Document
	for _, item := range list {
		m, ok := item.(map[string]any)
		if !ok {
			out = append(out, Document{Content: compact(item)})
			continue
		}
		d := Document{ID: str(m["id"]), Content: str(or(m["content"], m["text"])), Metadata: m["metadata"]}
		d.Score = score(m["score"])
		out = append(out, d)
	}
	return out
}

func score(v any) *float64 {
	a := trace.Attrs{"": v}
	if f := number(a, ""); f != 0 || v == json.Number("0") {
		return &f
	}
	return nil
}

// flatMessages reads llm.input_messages.0.message.role and the like
// (OpenInference) and gen_ai.prompt.0.role (OpenLLMetry).
func flatMessages(a trace.Attrs, prefixes ...string) []Message {
	for _, prefix := range prefixes {
		list := unflatten(a, prefix)
		var out []Message
		for _, item := range list {
			m, ok := item.(map[string]any)
			if !ok {
				continue
			}
			if inner, ok := m["message"].(map[string]any); ok {
				m = inner
			}
			out = append(out, flatMessage(m))
		}
		if len(out) > 0 {
			return out
		}
	}
	return nil
}

func flatMessage(m map[string]any) Message {
	var calls []any
	for _, call := range items(m["tool_calls"]) {
		c, _ := call.(map[string]any)
		if inner, ok := c["tool_call"].(map[string]any); ok {
			c = inner
		}
		calls = append(calls, c)
	}
	m["tool_calls"] = calls
	if contents := items(m["contents"]); m["content"] == nil && len(contents) > 0 {
		var list []any
		for _, c := range contents {
			inner, _ := c.(map[string]any)
			list = append(list, inner["message_content"])
		}
		m["content"] = list
	} else if text, ok := m["content"].(string); ok {
		if list, ok := parsed(text).([]any); ok { // OpenLLMetry writes a list of parts as JSON
			m["content"] = list
		}
	}
	return message(m)
}

func flatDocuments(a trace.Attrs) []Document {
	for _, prefix := range []string{"retrieval.documents.", "reranker.output_documents."} {
		var list []any
		for _, item := range unflatten(a, prefix) {
			if m, ok := item.(map[string]any); ok {
				inner, _ := m["document"].(map[string]any)
				if inner != nil {
					inner["metadata"] = parsed(inner["metadata"])
					list = append(list, inner)
				}
			}
		}
		if len(list) > 0 {
			return documents(list)
		}
	}
	return nil
}

// maxIndex bounds lists that are written as numbered keys: a key with a huge
// number must not make a huge list.
const maxIndex = 10_000

// unflatten makes the list under prefix from keys such as "0.message.role".
func unflatten(a trace.Attrs, prefix string) []any {
	var root map[string]any
	for key, val := range a {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok {
			continue
		}
		if root == nil {
			root = map[string]any{}
		}
		at := root
		words := strings.Split(rest, ".")
		for _, word := range words[:len(words)-1] {
			next, ok := at[word].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[word] = next
			}
			at = next
		}
		if _, taken := at[words[len(words)-1]].(map[string]any); !taken {
			at[words[len(words)-1]] = val
		}
	}
	return items(root)
}

// items is the list in an object whose keys are 0, 1, 2 …, in that order.
func items(v any) []any {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	var out []any
	for i := 0; i < maxIndex && len(out) < len(m); i++ {
		item, ok := m[strconv.Itoa(i)]
		if !ok {
			break
		}
		out = append(out, item)
	}
	return out
}

// parsed is the JSON in a text that holds an object or a list; anything else
// is itself.
func parsed(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' {
		return v
	}
	if inner := jsonValue([]byte(trimmed)); inner != nil {
		return inner
	}
	return v
}

func jsonValue(raw []byte) any {
	if !json.Valid(raw) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

func rawJSON(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return nil
	}
	return bytes.TrimSpace(b.Bytes())
}

func or(a, b any) any {
	if a == nil || a == "" {
		return b
	}
	return a
}

func str(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}
