package semconv

// A Message is one turn of a conversation.
type Message struct {
	Role   string `json:"role"`
	Name   string `json:"name,omitempty"`
	Finish string `json:"finish,omitempty"`
	Parts  []Part `json:"parts"`
}

// system reads gen_ai.system_instructions, a list of parts.
func (a Attributes) system() []Message {
	list := parts(parsed(a["gen_ai.system_instructions"]))
	if list == nil {
		return nil
	}
	return []Message{{Role: "system", Parts: list}}
}

func (a Attributes) messages(keys ...string) []Message {
	for _, key := range keys {
		if list := Messages(parsed(a[key])); len(list) > 0 {
			return list
		}
	}
	return nil
}

// inEvent reads the messages in an event's attribute, which is JSON.
func inEvent(events []Event, name, key string) []Message {
	for _, e := range events {
		if e.Name == name {
			return Messages(parsed(e.Attributes[key]))
		}
	}
	return nil
}

// Messages reads a list of messages in the form of GenAI, OpenAI, Anthropic, Genkit or
// the MutagenT API. It returns nil if v is not such a list.
func Messages(v any) []Message {
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

// content returns the text of a content that is a text or a list of one text.
func content(v any) any {
	if list, ok := v.([]any); ok && len(list) == 1 {
		if m, ok := list[0].(map[string]any); ok && m["type"] == "text" {
			return m["text"]
		}
	}
	return v
}
