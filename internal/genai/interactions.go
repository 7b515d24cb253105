package genai

import "github.com/valyala/fastjson"

// Interactions is Google's second protocol for conversations: a list of steps. A step
// is a thought, a text of the model, or a call.
// https://ai.google.dev/api/interactions-api
var geminiInteractions = &protocol{
	operation: "generate_content", kind: kindChat,
	request: interactionRequest, answer: interactionAnswer, event: interactionEvent,
}

func interactionRequest(c *Call, v *fastjson.Value) bool {
	input := v.Get("input")
	if input == nil {
		return false
	}
	if agent := text(v, "agent"); agent != "" {
		c.Asked = agent
	}
	c.Asked = geminiName(c.Asked)
	c.Stream = v.GetBool("stream")
	c.params(v.Get("generation_config"), geminiParams)
	c.tools(v.Get("tools"))
	if system := text(v, "system_instruction"); system != "" {
		c.Input.Messages = append(c.Input.Messages, Message{Role: "system", Parts: textParts(system)})
	}
	c.interactionInput(input)
	return true
}

// interactionInput reads an input: a text, contents, or turns and steps.
func (c *Call) interactionInput(v *fastjson.Value) {
	var contents []Part
	for _, item := range v.GetArray() {
		switch role := text(item, "role"); {
		case role == "model":
			c.Input.Messages = append(c.Input.Messages, Message{Role: "assistant", Parts: interactionContent(item.Get("content"))})
		case role != "":
			c.Input.Messages = append(c.Input.Messages, Message{Role: role, Parts: interactionContent(item.Get("content"))})
		case item.Get("content") != nil:
			c.Input.Messages = append(c.Input.Messages, stepMessage(item))
		default:
			contents = append(contents, interactionPart(item))
		}
	}
	if v.Type() != fastjson.TypeArray {
		contents = interactionContent(v)
	}
	if contents != nil {
		c.Input.Messages = append(c.Input.Messages, Message{Role: "user", Parts: contents})
	}
}

func stepMessage(v *fastjson.Value) Message {
	m := Message{Role: "user", Parts: stepParts(v)}
	if t := text(v, "type"); t == "model_output" || t == "thought" || t == "function_call" {
		m.Role = "assistant"
	}
	return m
}

func interactionContent(v *fastjson.Value) []Part {
	switch {
	case v == nil:
		return nil
	case v.Type() == fastjson.TypeString:
		return textParts(text(v))
	case v.Type() == fastjson.TypeObject:
		return []Part{interactionPart(v)}
	}
	var parts []Part
	for _, item := range v.GetArray() {
		parts = append(parts, interactionPart(item))
	}
	return parts
}

func interactionPart(v *fastjson.Value) Part {
	switch typ := text(v, "type"); typ {
	case "text":
		return Part{Type: "text", Content: text(v, "text")}
	case "thought":
		return Part{Type: "reasoning", Content: text(v, "summary")}
	case "image", "audio", "video", "document":
		if uri := text(v, "uri"); uri != "" {
			return Reference(uri, text(v, "mime_type"))
		}
		return Blob(text(v, "data"), text(v, "mime_type"))
	case "function_call":
		return Part{Type: "tool_call", ID: text(v, "id"), Name: text(v, "name"), Arguments: callArguments(v)}
	case "function_result":
		return Part{Type: "tool_call_response", ID: text(first(v.Get("call_id"), v.Get("id"))), Name: text(v, "name"), Response: content(v.Get("result"))}
	default:
		return serverCall(v, typ)
	}
}

// stepParts reads a step. A step has contents unless it is a call.
func stepParts(v *fastjson.Value) []Part {
	switch text(v, "type") {
	case "thought":
		parts := interactionContent(v.Get("summary"))
		for i := range parts {
			parts[i].Type = "reasoning"
		}
		return parts
	case "model_output", "user_input":
		return interactionContent(v.Get("content"))
	}
	return []Part{interactionPart(v)}
}

func interactionAnswer(c *Call, v *fastjson.Value) {
	c.identify(v)
	u, usage := &c.Usage, v.Get("usage")
	count(&u.Reasoning, usage, "total_thought_tokens")
	count(&u.CacheRead, usage, "total_cached_tokens")
	if usage != nil {
		u.Input = usage.GetInt64("total_input_tokens") + usage.GetInt64("total_tool_use_tokens")
		u.Output = usage.GetInt64("total_output_tokens") + u.Reasoning
	}
	count(&u.Total, usage, "total_tokens")
	u.sum()
	ch := c.choice(0)
	for i, step := range append(v.GetArray("steps"), v.GetArray("outputs")...) {
		for _, p := range stepParts(step) {
			c.add(ch, i, p)
		}
		c.interactionSources(step)
	}
	ch.finishAs(v.Get("status"))
}

// interactionSources adds the sources of a step.
func (c *Call) interactionSources(v *fastjson.Value) {
	for _, said := range v.GetArray("content") {
		c.cite(said.GetArray("annotations"))
	}
}

func interactionEvent(c *Call, _ string, v *fastjson.Value) {
	switch string(v.GetStringBytes("event_type")) {
	case "interaction.created", "interaction.start":
		c.identify(v.Get("interaction"))
	case "step.start", "content.start":
		c.stepStart(v.GetInt("index"), first(v.Get("step"), v.Get("content")))
	case "step.delta", "content.delta":
		c.stepDelta(v.GetInt("index"), v.Get("delta"))
	case "interaction.completed", "interaction.complete":
		interactionAnswer(c, v.Get("interaction"))
	case "error":
		c.fail(v.Get("error"))
	}
}

// stepStart begins a call. Other steps begin with their first content.
func (c *Call) stepStart(index int, step *fastjson.Value) {
	switch string(step.GetStringBytes("type")) {
	case "thought", "model_output", "text", "user_input":
	default:
		p := interactionPart(step)
		if p.Type == "tool_call" {
			p.Arguments = nil
		}
		c.add(c.choice(0), index, p)
	}
}

func (c *Call) stepDelta(index int, delta *fastjson.Value) {
	ch := c.choice(0)
	switch string(delta.GetStringBytes("type")) {
	case "text":
		c.sayIn(ch, index, "text", delta.GetStringBytes("text"))
	case "thought_summary":
		c.sayIn(ch, index, "reasoning", delta.GetStringBytes("content", "text"))
	case "arguments_delta", "function_call", "arguments":
		p := ch.part("tool_call", index)
		c.grow(p, delta.GetStringBytes("arguments"))
		c.grow(p, delta.GetStringBytes("partial_arguments"))
	case "image", "audio", "video", "document":
		c.add(ch, index, interactionPart(delta))
	}
}
