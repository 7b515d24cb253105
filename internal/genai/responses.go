package genai

import (
	"encoding/json"
	"log/slog"
	"slices"

	"github.com/valyala/fastjson"
)

// Responses is OpenAI's second protocol for conversations.
// https://platform.openai.com/docs/api-reference/responses
var openaiResponses = &protocol{
	operation: "chat", kind: kindChat,
	request: responsesRequest, answer: responsesAnswer, event: responsesEvent,
}

// A conversation can be continued by responses. Its ID is in the path where others have
// a model.
var openaiConversation = &protocol{
	operation: "create_conversation", kind: kindCustom, answer: usageAnswer,
	request: func(c *Call, v *fastjson.Value) bool {
		if c.Asked != "" {
			c.attr(slog.String("gen_ai.conversation.id", c.Asked))
			c.Asked = ""
		}
		for _, item := range v.GetArray("items") {
			c.Input.Messages = append(c.Input.Messages, responsesItem(item))
		}
		return true
	},
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

// responsesItem reads an item of the input. Each item is a message.
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

// outputParts reads an item of the output, or one that was an output before.
func outputParts(v *fastjson.Value) []Part {
	switch typ := text(v, "type"); typ {
	case "message":
		return chatParts(v.Get("content"))
	case "function_call", "custom_tool_call":
		return []Part{{
			Type: "tool_call", ID: text(v, "call_id"), Name: text(v, "name"),
			Arguments: callArguments(v),
		}}
	case "reasoning":
		parts := chatParts(v.Get("summary"))
		parts = append(parts, chatParts(v.Get("content"))...)
		for i := range parts {
			parts[i].Type = "reasoning"
		}
		return parts
	case "image_generation_call":
		return []Part{generatedImage(v)}
	case "item_reference": // has no readable content
		return []Part{{Type: typ, ID: text(v, "id")}}
	default: // an action of the provider: a search, executed code, a compaction
		return []Part{serverCall(v, typ)}
	}
}

// generatedImage returns an image. It is a PNG unless the request asked for another
// type.
func generatedImage(v *fastjson.Value) Part {
	mime := ""
	if format := text(v, "output_format"); format != "" {
		mime = "image/" + format
	}
	p := Blob(text(v, "result"), mime)
	if p.MIMEType == "" {
		p.MIMEType = "image/png"
	}
	return p
}

// serverCall returns a call that the provider made itself, with its result. Both are in
// one item. The names of its members differ from tool to tool.
func serverCall(v *fastjson.Value, typ string) Part {
	var asked, came []member
	v.GetObject().Visit(func(key []byte, m *fastjson.Value) {
		switch string(key) {
		case "id", "type", "status", "encrypted_content":
		case "output", "outputs", "results", "error", "tools":
			came = append(came, member{string(key), m})
		default:
			asked = append(asked, member{string(key), m})
		}
	})
	return Part{Type: "server_tool_call", ID: text(v, "id"), Name: typ, Arguments: oneOrAll(asked), Response: oneOrAll(came)}
}

// A member is a member of an object.
type member struct {
	key   string
	value *fastjson.Value
}

// oneOrAll returns several members as an object, or a single one as its value.
func oneOrAll(members []member) any {
	members = slices.DeleteFunc(members, func(m member) bool { return m.value.Type() == fastjson.TypeNull })
	switch len(members) {
	case 0:
		return nil
	case 1:
		return content(members[0].value)
	}
	return json.RawMessage(appendObject(nil, members))
}

func appendObject(dst []byte, members []member) []byte {
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendKey(dst, m.key)
		dst = appendJSON(dst, m.value)
	}
	return append(dst, '}')
}

func responsesAnswer(c *Call, v *fastjson.Value) {
	c.identify(v)
	c.openaiUsage(v.Get("usage"))
	if tier := text(v, "service_tier"); tier != "" {
		c.Usage.Tier = tier
		c.attr(slog.String("openai.response.service_tier", tier))
	}
	items := v.GetArray("output")
	if len(items) > 0 {
		c.answer.choices = nil // the whole answer replaces its pieces
	}
	if len(items) == 0 && v.Get("status") == nil {
		return
	}
	c.searches(items)
	ch := c.choice(0)
	for i, item := range items {
		c.item(ch, i, item)
	}
	ch.finish = text(v, "status")
	if reason := text(v, "incomplete_details", "reason"); reason != "" {
		ch.finish = reason
	}
}

// searches counts the searches, which are charged in addition to tokens. Opening a page
// that a search found is not charged.
func (c *Call) searches(items []*fastjson.Value) {
	web, files := int64(0), int64(0)
	for _, item := range items {
		switch string(item.GetStringBytes("type")) {
		case "web_search_call":
			if action := string(item.GetStringBytes("action", "type")); action == "" || action == "search" {
				web++
			}
		case "file_search_call":
			files++
		}
	}
	c.Usage.WebSearches, c.Usage.FileSearches = max(c.Usage.WebSearches, web), files
}

// item adds an item of the output.
func (c *Call) item(ch *choice, index int, v *fastjson.Value) {
	for _, p := range outputParts(v) {
		c.add(ch, index, p)
	}
	for _, said := range v.GetArray("content") {
		c.cite(said.GetArray("annotations"))
	}
}

// responsesEvent reads an event of a stream. Pieces are kept only until the end, which
// repeats everything.
func responsesEvent(c *Call, _ string, v *fastjson.Value) {
	switch string(v.GetStringBytes("type")) {
	case "response.created":
		c.identify(v.Get("response"))
	case "response.output_text.delta":
		c.sayIn(c.choice(0), v.GetInt("output_index"), "text", v.GetStringBytes("delta"))
	case "response.refusal.delta":
		c.sayIn(c.choice(0), v.GetInt("output_index"), "refusal", v.GetStringBytes("delta"))
	case "response.reasoning_summary_text.delta", "response.reasoning_text.delta":
		c.sayIn(c.choice(0), v.GetInt("output_index"), "reasoning", v.GetStringBytes("delta"))
	case "response.output_item.added":
		c.itemAdded(v.GetInt("output_index"), v.Get("item"))
	case "response.function_call_arguments.delta", "response.custom_tool_call_input.delta":
		c.grow(c.choice(0).part("tool_call", v.GetInt("output_index")), v.GetStringBytes("delta"))
	case "response.output_item.done":
		c.itemDone(v.GetInt("output_index"), v.Get("item"))
	case "response.completed", "response.incomplete", "response.failed":
		responsesAnswer(c, v.Get("response"))
		c.fail(v.Get("response", "error"))
		c.answer.done = true
	case "error":
		c.Failure = Failure{text(v, "code"), text(v, "message")}
	}
}

// itemAdded begins a tool call. Other items begin with their first content.
func (c *Call) itemAdded(index int, item *fastjson.Value) {
	switch string(item.GetStringBytes("type")) {
	case "function_call", "custom_tool_call":
		c.add(c.choice(0), index, Part{Type: "tool_call", ID: text(item, "call_id"), Name: text(item, "name")})
	}
}

// itemDone replaces the pieces of an item by the whole item.
func (c *Call) itemDone(index int, item *fastjson.Value) {
	ch := c.choice(0)
	if ch == nil || item == nil {
		return
	}
	ch.parts = slices.DeleteFunc(ch.parts, func(p *piece) bool { return p.index == index })
	c.item(ch, index, item)
}
