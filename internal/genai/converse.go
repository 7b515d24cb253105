package genai

import (
	"encoding/base64"

	"github.com/valyala/fastjson"
)

// Converse is Bedrock's protocol for conversations with any model. Nova also uses it
// natively.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
var bedrockConverse = &protocol{
	operation: "chat", kind: kindChat,
	request: converseRequest, answer: converseAnswer, event: converseEvent,
}

func converseRequest(c *Call, v *fastjson.Value) bool {
	messages := v.Get("messages")
	if messages == nil || messages.Type() != fastjson.TypeArray || text(messages, "0", "content") != "" || messages.Exists("0", "content", "0", "type") {
		return false
	}
	config := v.Get("inferenceConfig")
	c.params(config, []param{
		{"maxTokens|max_new_tokens", "gen_ai.request.max_tokens"},
		{"temperature", "gen_ai.request.temperature"},
		{"topP|top_p", "gen_ai.request.top_p"},
		{"topK|top_k", "gen_ai.request.top_k"},
	})
	c.list(config.Get("stopSequences"), "gen_ai.request.stop_sequences")
	c.tools(v.Get("toolConfig", "tools"))
	for _, block := range v.GetArray("system") {
		if said := text(block, "text"); said != "" {
			c.Input.Messages = append(c.Input.Messages, Message{Role: "system", Parts: textParts(said)})
		}
	}
	for _, m := range messages.GetArray() {
		c.Input.Messages = append(c.Input.Messages, converseMessage(m))
	}
	return true
}

func converseMessage(v *fastjson.Value) Message {
	return resultsAsTool(Message{Role: text(v, "role"), Parts: converseParts(v.Get("content"))})
}

func converseParts(v *fastjson.Value) []Part {
	var parts []Part
	for _, block := range v.GetArray() {
		parts = append(parts, conversePart(block)...)
	}
	return parts
}

// conversePart reads a block. Its only key is its type.
func conversePart(v *fastjson.Value) []Part {
	key, block := only(v)
	switch key {
	case "text":
		return textParts(text(block))
	case "reasoningContent":
		if said := text(block, "reasoningText", "text"); said != "" {
			return []Part{{Type: "reasoning", Content: said}}
		}
		return nil // encrypted
	case "toolUse":
		return []Part{{Type: "tool_call", ID: text(block, "toolUseId"), Name: text(block, "name"), Arguments: arguments(block.Get("input"))}}
	case "toolResult":
		return []Part{{Type: "tool_call_response", ID: text(block, "toolUseId"), Response: converseResult(block.Get("content"))}}
	case "image", "audio", "video", "document":
		return []Part{converseFile(key, block)}
	case "citationsContent":
		return converseParts(block.Get("content"))
	case "guardContent":
		return textParts(text(block, "text", "text"))
	case "cachePoint", "":
		return nil
	}
	return []Part{{Type: key}}
}

// converseResult returns the single value of a result, or a list if there are several.
func converseResult(v *fastjson.Value) any {
	if blocks := v.GetArray(); len(blocks) == 1 {
		switch key, block := only(blocks[0]); key {
		case "text":
			return ToolData(text(block))
		case "json":
			return content(block)
		}
	}
	return content(v)
}

// only returns the first member of an object.
func only(v *fastjson.Value) (key string, member *fastjson.Value) {
	v.GetObject().Visit(func(k []byte, m *fastjson.Value) {
		if member == nil {
			key, member = string(k), m
		}
	})
	return key, member
}

func converseFile(medium string, v *fastjson.Value) Part {
	mime := ""
	if format := text(v, "format"); format != "" && medium != "document" {
		mime = medium + "/" + format
	} else if format == "pdf" {
		mime = "application/pdf"
	}
	source := v.Get("source")
	var p Part
	switch uri, said := text(source, "s3Location", "uri"), text(source, "text"); {
	case uri != "":
		p = Reference(uri, mime)
	case said != "":
		p = Part{Type: "text", Content: said}
	default:
		p = Blob(text(source, "bytes"), mime)
	}
	p.Name = text(v, "name")
	return p
}

func converseAnswer(c *Call, v *fastjson.Value) {
	c.converseTerms(v)
	c.converseUsage(v.Get("usage"))
	ch := c.choice(0)
	for i, block := range v.GetArray("output", "message", "content") {
		for _, p := range conversePart(block) {
			c.add(ch, i, p)
		}
		c.cite(block.GetArray("citationsContent", "citations"))
	}
	ch.finishAs(v.Get("stopReason"))
}

// converseTerms reads the terms of the answer, such as the service tier.
func (c *Call) converseTerms(v *fastjson.Value) {
	set(&c.Usage.Tier, v.GetStringBytes("serviceTier", "type"))
	if latency := v.GetStringBytes("performanceConfig", "latency"); string(latency) == "optimized" {
		set(&c.Usage.Tier, latency)
	}
}

// converseUsage reads counts whose input excludes the cache.
func (c *Call) converseUsage(v *fastjson.Value) {
	if v == nil {
		return
	}
	u := Usage{}
	count(&u.Input, v, "inputTokens")
	count(&u.Output, v, "outputTokens")
	count(&u.CacheRead, v, "cacheReadInputTokens")
	count(&u.CacheWrite, v, "cacheWriteInputTokens")
	count(&u.Total, v, "totalTokens")
	for _, written := range v.GetArray("cacheDetails") {
		if string(written.GetStringBytes("ttl")) == "1h" {
			u.CacheWrite1h += written.GetInt64("inputTokens")
		}
	}
	u.Tier = c.Usage.Tier
	c.Usage = u.CacheApart()
}

// converseEvent reads an event of a stream. When Nova is called without Converse, the
// event's name is in the data.
func converseEvent(c *Call, name string, v *fastjson.Value) {
	if name == "" {
		name, v = only(v)
	}
	index := v.GetInt("contentBlockIndex")
	switch name {
	case "contentBlockStart":
		if tool := v.Get("start", "toolUse"); tool != nil {
			c.add(c.choice(0), index, Part{Type: "tool_call", ID: text(tool, "toolUseId"), Name: text(tool, "name")})
		}
	case "contentBlockDelta":
		c.converseDelta(index, v.Get("delta"))
	case "contentBlockStop":
		blockStop(c.choice(0).part("", index))
	case "messageStop":
		for _, p := range c.choice(0).parts { // the end of a block may be missing
			blockStop(p)
		}
		c.choice(0).finishAs(v.Get("stopReason"))
	case "metadata": // the last event
		c.converseTerms(v)
		c.converseUsage(v.Get("usage"))
		c.answer.done = true
	}
}

func (c *Call) converseDelta(index int, v *fastjson.Value) {
	ch := c.choice(0)
	c.say(ch, "text", v.GetStringBytes("text")) // Nova begins a block with every word
	c.say(ch, "reasoning", v.GetStringBytes("reasoningContent", "text"))
	c.grow(ch.part("tool_call", index), v.GetStringBytes("toolUse", "input"))
	if cited := v.Get("citation"); cited != nil {
		c.cite([]*fastjson.Value{cited})
	}
}

// frame reads a message of Amazon's event stream: a named event, or a piece of the
// model's own output.
func (c *Call) frame(headers, payload []byte) {
	if c.reader.parser == nil {
		c.reader.parser = parsers.Get()
	}
	p := c.reader.parser
	v, err := p.ParseBytes(payload)
	if typ := header(headers, ":message-type"); typ == "exception" || typ == "error" { // the header may have the whole message
		c.Failure = Failure{header(headers, ":exception-type") + header(headers, ":error-code"), text(v, "message") + header(headers, ":error-message")}
		c.answer.done = true
		return
	}
	if err != nil {
		return
	}
	name := header(headers, ":event-type")
	if name != "chunk" {
		c.object(name, v)
		return
	}
	piece, err := base64.StdEncoding.DecodeString(text(v, "bytes"))
	if err != nil {
		return
	}
	if v, err = p.ParseBytes(piece); err != nil {
		return
	}
	c.object("", v)
	c.invocation(v.Get("amazon-bedrock-invocationMetrics"))
}

// invocation reads Bedrock's counts in the last piece of a stream.
func (c *Call) invocation(v *fastjson.Value) {
	if v == nil {
		return
	}
	u := c.Usage
	u.Input, u.Output, u.CacheRead, u.CacheWrite, u.Total = 0, 0, 0, 0, 0
	count(&u.Input, v, "inputTokenCount")
	count(&u.Output, v, "outputTokenCount")
	count(&u.CacheRead, v, "cacheReadInputTokenCount")
	count(&u.CacheWrite, v, "cacheWriteInputTokenCount")
	c.Usage = u.CacheApart()
	c.answer.done = true
}
