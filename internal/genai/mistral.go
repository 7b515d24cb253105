package genai

import "github.com/valyala/fastjson"

// Mistral. It is compatible with OpenAI, except for document reading and its agents.
// https://docs.mistral.ai/api
var _ = provide(provider{
	name:  "mistral_ai",
	hosts: []string{"api.mistral.ai", "codestral.mistral.ai"},
	paths: []path{
		{"/ocr", shape{
			needs: "document",
			files: "document.document_url|document.image_url.url|document.image_url",
			model: "model",
			pages: "pages[].markdown",
		}.protocol("ocr", kindCustom)},
		{"/fim/completions", openaiCompletion},
		{"/agents/completions", openaiChat},
		{"/conversations", mistralConversation},
		{"/conversations/{model}", mistralConversation},
		{"/conversations/{model}/restart", mistralConversation},
	},
})

// Mistral keeps conversations, with the actions of its agents.
// https://docs.mistral.ai/api/endpoint/beta/conversations
var mistralConversation = &protocol{
	operation: "chat", kind: kindChat,
	request: mistralRequest, answer: mistralAnswer, event: mistralEvent,
}

func mistralRequest(c *Call, v *fastjson.Value) bool {
	inputs := v.Get("inputs")
	if inputs == nil {
		return false
	}
	c.Asked = text(v, "model") // the path names the conversation, not the model
	c.Stream = v.GetBool("stream")
	config := v.Get("completion_args")
	c.params(config, openaiParams)
	c.params(config, []param{{"random_seed", "gen_ai.request.seed"}})
	c.list(config.Get("stop"), "gen_ai.request.stop_sequences")
	c.tools(v.Get("tools"))
	if said := text(v, "instructions"); said != "" {
		c.Input.Messages = append(c.Input.Messages, Message{Role: "system", Parts: textParts(said)})
	}
	if inputs.Type() == fastjson.TypeString {
		c.Input.Messages = append(c.Input.Messages, Message{Role: "user", Parts: textParts(text(inputs))})
	}
	for _, entry := range inputs.GetArray() {
		c.Input.Messages = append(c.Input.Messages, mistralEntry(entry))
	}
	return true
}

func mistralEntry(v *fastjson.Value) Message {
	switch typ := text(v, "type"); typ {
	case "function.result":
		return Message{Role: "tool", Parts: []Part{{Type: "tool_call_response", ID: text(v, "tool_call_id"), Response: content(v.Get("result"))}}}
	case "function.call", "tool.execution":
		return Message{Role: "assistant", Parts: []Part{mistralCall(v)}}
	case "message.output":
		return Message{Role: "assistant", Parts: chatParts(v.Get("content"))}
	}
	role := text(v, "role")
	if role == "" {
		role = "user"
	}
	return Message{Role: role, Parts: chatParts(v.Get("content"))}
}

// mistralCall reads a tool call. The tool runs in the program or at Mistral.
func mistralCall(v *fastjson.Value) Part {
	p := Part{Type: "tool_call", ID: text(v, "tool_call_id"), Name: text(v, "name"), Arguments: callArguments(v)}
	if text(v, "type") == "tool.execution" {
		p.Type, p.ID, p.Response = "server_tool_call", text(v, "id"), content(v.Get("info"))
	}
	return p
}

func mistralAnswer(c *Call, v *fastjson.Value) {
	set(&c.ID, v.GetStringBytes("conversation_id"))
	c.mistralUsage(v.Get("usage"))
	for i, entry := range v.GetArray("outputs") {
		set(&c.Model, entry.GetStringBytes("model"))
		if text(entry, "type") == "message.output" {
			c.mistralSaid(c.choice(0), entry.Get("content"))
		} else {
			c.add(c.choice(0), i, mistralCall(entry))
		}
	}
}

// mistralSaid reads a text, a list of parts, or a single part. Sources may be between
// them.
func (c *Call) mistralSaid(ch *choice, v *fastjson.Value) {
	if v == nil || v.Type() == fastjson.TypeString {
		c.chatContent(ch, v)
		return
	}
	parts := v.GetArray()
	if v.Type() == fastjson.TypeObject {
		parts = []*fastjson.Value{v}
	}
	for _, part := range parts {
		if string(part.GetStringBytes("type")) == "tool_reference" {
			c.cite([]*fastjson.Value{part})
			continue
		}
		for _, p := range appendOpenai(nil, part) {
			if p.Content != "" {
				c.say(ch, p.Type, []byte(p.Content))
			} else if p.Type != "text" {
				c.add(ch, -1, p)
			}
		}
	}
}

// mistralUsage reads counts whose total includes Mistral's own tools.
func (c *Call) mistralUsage(v *fastjson.Value) {
	c.openaiUsage(v)
	if v.GetInt64("connector_tokens") > 0 {
		c.Usage.Uncounted = "the answer does not say what the tokens of Mistral's tools cost"
	}
}

func mistralEvent(c *Call, _ string, v *fastjson.Value) {
	switch ch := c.choice(0); string(v.GetStringBytes("type")) {
	case "conversation.response.started":
		set(&c.ID, v.GetStringBytes("conversation_id"))
	case "message.output.delta":
		set(&c.Model, v.GetStringBytes("model"))
		c.mistralSaid(ch, v.Get("content"))
	case "function.call.delta":
		set(&c.Model, v.GetStringBytes("model"))
		c.function(ch, v.GetInt("output_index"), v.GetStringBytes("tool_call_id"), v)
	case "tool.execution.started":
		c.add(ch, v.GetInt("output_index"), Part{Type: "server_tool_call", ID: text(v, "id"), Name: text(v, "name")})
		c.grow(ch.part("server_tool_call", v.GetInt("output_index")), v.GetStringBytes("arguments"))
	case "tool.execution.delta":
		c.grow(ch.part("server_tool_call", v.GetInt("output_index")), v.GetStringBytes("arguments"))
	case "tool.execution.done":
		if p := ch.part("server_tool_call", v.GetInt("output_index")); p != nil {
			p.Response = content(v.Get("info"))
		}
	case "conversation.response.done":
		c.mistralUsage(v.Get("usage"))
		c.answer.done = true
	case "conversation.response.error":
		c.Failure = Failure{text(v, "code"), text(v, "message")}
	}
}
