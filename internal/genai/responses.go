package genai

import (
	"log/slog"

	"github.com/valyala/fastjson"
)

// Responses, OpenAI's other way to have a conversation.
// https://platform.openai.com/docs/api-reference/responses
var openaiResponses = &protocol{
	provider: "openai", operation: "chat", kind: kindChat,
	request: responsesRequest, answer: responsesAnswer, event: responsesEvent,
}

func responsesRequest(c *Call, v *fastjson.Value) bool {
	input := v.Get("input")
	if input == nil && v.Get("prompt") == nil || c.Asked == "" && v.Get("prompt") == nil {
		return false
	}
	c.openaiRequest(v)
	if id := text(v, "previous_response_id"); id != "" {
		c.attr(slog.String("openai.request.previous_response_id", id))
	}
	if s := v.Get("instructions"); s != nil {
		c.Input.Messages = append(c.Input.Messages, Message{Role: "system", Parts: chatParts(s)})
	}
	if input != nil && input.Type() == fastjson.TypeString {
		c.Input.Messages = append(c.Input.Messages, Message{Role: "user", Parts: chatParts(input)})
	}
	for _, item := range input.GetArray() {
		c.Input.Messages = append(c.Input.Messages, responsesItem(item))
	}
	return true
}

// responsesItem reads an item of the input. Each is a message of its own.
func responsesItem(v *fastjson.Value) Message {
	role := text(v, "role")
	switch typ := text(v, "type"); typ {
	case "", "message":
		return Message{Role: role, Parts: chatParts(v.Get("content"))}
	case "function_call_output", "custom_tool_call_output":
		return Message{Role: "tool", Parts: []Part{{
			Type: "tool_call_response", ID: text(v, "call_id"), Response: content(v.Get("output")),
		}}}
	default:
		return Message{Role: "assistant", Parts: outputParts(v)}
	}
}

// outputParts reads an item of the output, or what was one before.
func outputParts(v *fastjson.Value) []Part {
	switch typ := text(v, "type"); typ {
	case "message":
		return chatParts(v.Get("content"))
	case "function_call", "custom_tool_call":
		return []Part{{
			Type: "tool_call", ID: text(v, "call_id"), Name: text(v, "name"),
			Arguments: jsonOr(text(first(v.Get("arguments"), v.Get("input")))),
		}}
	case "reasoning":
		parts := chatParts(v.Get("summary"))
		parts = append(parts, chatParts(v.Get("content"))...)
		for i := range parts {
			parts[i].Type = "reasoning"
		}
		return parts
	case "image_generation_call":
		return []Part{blob(text(v, "result"), "image/"+text(first(v.Get("output_format"), v.Get("type"))))}
	default: // what the provider did by itself: a search, code that it ran
		return []Part{{Type: "server_tool_call", ID: text(v, "id"), Name: typ, Arguments: serverCall(v)}}
	}
}

// serverCall returns what tells most of a call that the provider made by itself.
func serverCall(v *fastjson.Value) any {
	for _, key := range []string{"action", "queries", "code", "arguments"} {
		if a := v.Get(key); a != nil {
			return content(a)
		}
	}
	return nil
}

func responsesAnswer(c *Call, v *fastjson.Value) {
	c.identify(v)
	c.Usage.openai(v.Get("usage"))
	if tier := text(v, "service_tier"); tier != "" {
		c.attr(slog.String("openai.response.service_tier", tier))
	}
	if v.GetArray("output") == nil {
		return
	}
	c.answer.choices = nil // the whole takes the place of its pieces
	ch := c.choice(0)
	for _, item := range v.GetArray("output") {
		for _, p := range outputParts(item) {
			c.add(ch, -1, p)
		}
	}
	ch.finish = text(v, "status")
	if reason := text(v, "incomplete_details", "reason"); reason != "" {
		ch.finish = reason
	}
}

// responsesEvent reads an event of a stream. Its pieces are kept only until the
// end, which says everything again.
func responsesEvent(c *Call, _ string, v *fastjson.Value) {
	switch string(v.GetStringBytes("type")) {
	case "response.created":
		c.identify(v.Get("response"))
	case "response.output_text.delta":
		c.say(c.choice(0), "text", v.GetStringBytes("delta"))
	case "response.refusal.delta":
		c.say(c.choice(0), "refusal", v.GetStringBytes("delta"))
	case "response.reasoning_summary_text.delta", "response.reasoning_text.delta":
		c.say(c.choice(0), "reasoning", v.GetStringBytes("delta"))
	case "response.output_item.added":
		c.itemAdded(v.GetInt("output_index"), v.Get("item"))
	case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta":
		c.grow(c.choice(0).part("tool_call", v.GetInt("output_index")), v.GetStringBytes("delta"))
	case "response.completed", "response.incomplete", "response.failed":
		responsesAnswer(c, v.Get("response"))
		c.fail(v.Get("response", "error"))
		c.answer.done = true
	case "error":
		c.Failure = Failure{text(v, "code"), text(v, "message")}
	}
}

// itemAdded begins a tool call; other items begin with what they say.
func (c *Call) itemAdded(index int, item *fastjson.Value) {
	switch string(item.GetStringBytes("type")) {
	case "function_call", "custom_tool_call":
		c.add(c.choice(0), index, Part{Type: "tool_call", ID: text(item, "call_id"), Name: text(item, "name")})
	}
}
