package semconv

import (
	"maps"
	"strings"
)

// messageEvents maps the events that hold one message, in the conventions before 1.37, to the
// role of the message if it has none. Their attributes are the body of the event.
var messageEvents = map[string]string{
	"gen_ai.system.message": "system", "gen_ai.user.message": "user", "gen_ai.assistant.message": "assistant", "gen_ai.tool.message": "tool",
	answerEvent: "assistant",
}

const (
	answerEvent  = "gen_ai.choice"
	detailsEvent = "gen_ai.client.inference.operation.details" // the whole input and output, as on a span
)

// HoldsMessages reports whether an event of this name holds messages.
func HoldsMessages(name string) bool { return messageEvents[name] != "" || name == detailsEvent }

// details returns the attributes of the event that holds the whole input and output.
func details(events []Event) Attributes {
	for _, e := range events {
		if e.Name == detailsEvent {
			return e.Attributes
		}
	}
	return nil
}

// messagesOf reads the events that hold one message of the input or of the output.
func messagesOf(events []Event, output bool) (list []Message) {
	for _, e := range events {
		if role := messageEvents[e.Name]; role != "" && (e.Name == answerEvent) == output {
			if m := messageIn(e.Attributes, role); len(m.Parts) > 0 {
				list = append(list, m)
			}
		}
	}
	return list
}

// elided is what ADK writes in place of content that it may not record.
const elided = "<elided>"

// messageIn reads the message in the body of an event. OpenTelemetry's choices have the
// message under a key of the body. ADK writes the content as Gemini's type, which has the
// role and the parts.
func messageIn(body Attributes, role string) Message {
	m := map[string]any{"role": role}
	maps.Copy(m, body)
	for _, key := range []string{"message", "content"} {
		if inner, ok := parsed(m[key]).(map[string]any); ok {
			delete(m, "content")
			maps.Copy(m, inner)
		}
	}
	if m["content"] == elided {
		return Message{}
	}
	if m["role"] == "tool" && m["tool_call_id"] == nil {
		m["tool_call_id"] = m["id"]
	}
	out := message(m)
	out.Role, out.Finish = genkitRole(out.Role), strings.ToLower(out.Finish)
	return out
}

// geminiPart reads a part of Gemini's type. Its key shows what it is.
func geminiPart(m map[string]any) (Part, bool) {
	if call, ok := m["functionCall"].(map[string]any); ok {
		return Part{Type: "tool_call", Tool: &ToolCall{ID: str(call["id"]), Name: str(call["name"]), Arguments: call["args"]}}, true
	}
	if result, ok := m["functionResponse"].(map[string]any); ok {
		return Part{Type: "tool_result", Tool: &ToolCall{ID: str(result["id"]), Name: str(result["name"]), Result: result["response"]}}, true
	}
	if data, ok := m["inlineData"].(map[string]any); ok {
		return media("blob", map[string]any{"mime_type": data["mimeType"], "content": data["data"]}), true
	}
	if file, ok := m["fileData"].(map[string]any); ok {
		return media("uri", map[string]any{"mime_type": file["mimeType"], "uri": file["fileUri"]}), true
	}
	return Part{}, false
}
