package genai

import (
	"encoding/json"
	"strings"

	"github.com/valyala/fastjson"
)

var _ = provide(provider{
	name:     "anthropic",
	hosts:    []string{"api.anthropic.com"},
	anywhere: []path{{"/messages", anthropicMessages}},
	paths:    []path{{"/v1/complete", anthropicComplete}},
})

// The API from before Messages.
// https://docs.anthropic.com/en/api/complete
var anthropicComplete = shape{
	needs:  "max_tokens_to_sample",
	input:  "prompt",
	stream: "stream",
	params: append([]param{{"max_tokens_to_sample", "gen_ai.request.max_tokens"}}, samplingParams...),
	stop:   "stop_sequences",
	id:     "id", model: "model", output: "completion", finish: "stop_reason",
}.protocol("text_completion", kindCompletion)

// Anthropic's Messages, also through Bedrock and Vertex AI.
// https://docs.anthropic.com/en/api/messages
var anthropicMessages = &protocol{
	operation: "chat", kind: kindChat,
	request: anthropicRequest, answer: anthropicAnswer, event: anthropicEvent,
}

func anthropicRequest(c *Call, v *fastjson.Value) bool {
	messages := v.Get("messages")
	if messages == nil || messages.Type() != fastjson.TypeArray || v.Get("max_tokens") == nil {
		return false
	}
	c.Stream = c.Stream || v.GetBool("stream")
	c.params(v, []param{{"max_tokens", "gen_ai.request.max_tokens"}})
	c.params(v, samplingParams)
	c.list(v.Get("stop_sequences"), "gen_ai.request.stop_sequences")
	c.tools(v.Get("tools"))
	if system := anthropicParts(v.Get("system")); system != nil {
		c.Input.Messages = append(c.Input.Messages, Message{Role: "system", Parts: system})
	}
	for _, m := range messages.GetArray() {
		c.Input.Messages = append(c.Input.Messages, anthropicMessage(m))
	}
	return true
}

func anthropicMessage(v *fastjson.Value) Message {
	return resultsAsTool(Message{Role: text(v, "role"), Parts: anthropicParts(v.Get("content"))})
}

// resultsAsTool changes the role to "tool" if a message has only tool results.
func resultsAsTool(m Message) Message {
	for _, p := range m.Parts {
		if p.Type != "tool_call_response" {
			return m
		}
	}
	if len(m.Parts) > 0 {
		m.Role = "tool"
	}
	return m
}

func anthropicParts(v *fastjson.Value) []Part {
	if v == nil {
		return nil
	}
	if v.Type() == fastjson.TypeString {
		return textParts(text(v))
	}
	var parts []Part
	for _, block := range v.GetArray() {
		parts = append(parts, anthropicPart(block))
	}
	return parts
}

func anthropicPart(v *fastjson.Value) Part {
	switch typ := text(v, "type"); typ {
	case "text":
		return Part{Type: "text", Content: text(v, "text")}
	case "thinking":
		return Part{Type: "reasoning", Content: text(v, "thinking")}
	case "tool_use":
		return Part{Type: "tool_call", ID: text(v, "id"), Name: text(v, "name"), Arguments: arguments(v.Get("input"))}
	case "server_tool_use", "mcp_tool_use":
		return Part{Type: "server_tool_call", ID: text(v, "id"), Name: text(v, "name"), Arguments: arguments(v.Get("input"))}
	case "tool_result":
		return Part{Type: "tool_call_response", ID: text(v, "tool_use_id"), Response: content(v.Get("content"))}
	case "image", "document":
		return anthropicSource(v.Get("source"), text(v, "title"))
	case "container_upload":
		return file(text(v, "file_id"))
	case "compaction":
		return Part{Type: typ, Content: text(v, "content")}
	case "tool_addition", "tool_removal": // about tools that the request defines
		return Part{Type: typ, Name: text(first(v.Get("tool", "name"), v.Get("tool", "definition", "name")))}
	default:
		if id := text(v, "tool_use_id"); id != "" {
			return Part{Type: "server_tool_call_response", ID: id, Name: typ, Response: content(v.Get("content"))}
		}
		return Part{Type: typ}
	}
}

// arguments returns the input of a tool if it is an object, or nil.
func arguments(v *fastjson.Value) any {
	if r := raw(v); r != nil {
		return r
	}
	return nil
}

func anthropicSource(v *fastjson.Value, title string) Part {
	var p Part
	switch text(v, "type") {
	case "base64":
		p = Blob(text(v, "data"), text(v, "media_type"))
	case "url":
		p = Reference(text(v, "url"), "")
	case "file":
		p = file(text(v, "file_id"))
	default:
		p = Part{Type: "text", Content: sourceText(v)}
	}
	p.Name = title
	return p
}

// sourceText returns the text of a document that is a text or a list of blocks.
func sourceText(v *fastjson.Value) string {
	said := first(v.Get("data"), v.Get("content"))
	if said == nil || said.Type() != fastjson.TypeArray {
		return text(said)
	}
	var all strings.Builder
	for _, block := range said.GetArray() {
		all.Write(block.GetStringBytes("text"))
	}
	return all.String()
}

func anthropicAnswer(c *Call, v *fastjson.Value) {
	c.anthropicBegin(v)
	ch := c.choice(0)
	for i, block := range v.GetArray("content") {
		c.add(ch, i, anthropicPart(block))
		c.cite(block.GetArray("citations"))
	}
	ch.finishAs(v.Get("stop_reason"))
}

func (c *Call) anthropicBegin(v *fastjson.Value) {
	c.identify(v)
	c.anthropicUsage(v.Get("usage"))
}

// anthropicUsage reads counts for the whole answer so far. The input excludes tokens
// read from and written to the cache.
func (c *Call) anthropicUsage(v *fastjson.Value) {
	u := &c.Usage
	fresh := u.Input - u.CacheRead - u.CacheWrite
	count(&fresh, v, "input_tokens")
	count(&u.CacheRead, v, "cache_read_input_tokens")
	count(&u.CacheWrite, v, "cache_creation_input_tokens")
	count(&u.Output, v, "output_tokens")
	count(&u.Reasoning, v, "output_tokens_details", "thinking_tokens")
	count(&u.CacheWrite1h, v, "cache_creation", "ephemeral_1h_input_tokens")
	count(&u.WebSearches, v, "server_tool_use", "web_search_requests")
	c.anthropicTerms(v)
	u.Input = fresh + u.CacheRead + u.CacheWrite
	if all := v.GetArray("iterations"); len(all) > 1 {
		u.iterations(all)
	}
	u.Total = u.Input + u.Output
}

// anthropicTerms reads the terms of the answer, such as the service tier.
func (c *Call) anthropicTerms(v *fastjson.Value) {
	u := &c.Usage
	set(&u.Tier, v.GetStringBytes("service_tier"))
	set(&u.Speed, v.GetStringBytes("speed"))
	set(&u.Geo, v.GetStringBytes("inference_geo"))
	if u.Tier == "batch" {
		u.Batch = true
	}
}

// iterations adds the usage of earlier parts of a call that first compacted a
// conversation that was too long. The usage itself covers only the last part.
// https://docs.anthropic.com/en/docs/build-with-claude/compaction
func (u *Usage) iterations(all []*fastjson.Value) {
	u.Input, u.Output, u.CacheRead, u.CacheWrite, u.CacheWrite1h = 0, 0, 0, 0, 0
	for _, it := range all {
		if t := string(it.GetStringBytes("type")); t != "message" && t != "compaction" {
			u.Uncounted = "another model took part, in " + t
			continue
		}
		u.CacheWrite1h += it.GetInt64("cache_creation", "ephemeral_1h_input_tokens")
		u.CacheRead += it.GetInt64("cache_read_input_tokens")
		u.CacheWrite += it.GetInt64("cache_creation_input_tokens")
		u.Input += it.GetInt64("input_tokens")
		u.Output += it.GetInt64("output_tokens")
	}
	u.Input += u.CacheRead + u.CacheWrite
}

func anthropicEvent(c *Call, _ string, v *fastjson.Value) {
	switch string(v.GetStringBytes("type")) {
	case "message_start":
		c.anthropicBegin(v.Get("message"))
	case "content_block_start":
		c.blockStart(v.GetInt("index"), v.Get("content_block"))
	case "content_block_delta":
		c.blockDelta(c.choice(0).part("", v.GetInt("index")), v.Get("delta"))
	case "content_block_stop":
		blockStop(c.choice(0).part("", v.GetInt("index")))
	case "message_delta":
		c.choice(0).finishAs(v.Get("delta", "stop_reason"))
		c.anthropicUsage(v.Get("usage"))
	case "message_stop":
		c.answer.done = true
	}
}

// blockStart begins a block. The input in it is always empty at this point.
func (c *Call) blockStart(index int, block *fastjson.Value) {
	p := anthropicPart(block)
	if p.Type == "tool_call" || p.Type == "server_tool_call" {
		p.Arguments = nil
	}
	spoke := c.answer.spoke
	c.add(c.choice(0), index, p)
	c.answer.spoke = spoke || p.Content != "" || p.Name != ""
}

// blockStop ends a block. A tool without input gets an empty object.
func blockStop(p *piece) {
	if p != nil && len(p.grown) == 0 && p.Arguments == nil && (p.Type == "tool_call" || p.Type == "server_tool_call") {
		p.Arguments = json.RawMessage("{}")
	}
}

func (c *Call) blockDelta(p *piece, delta *fastjson.Value) {
	switch string(delta.GetStringBytes("type")) {
	case "text_delta":
		c.grow(p, delta.GetStringBytes("text"))
	case "thinking_delta":
		c.grow(p, delta.GetStringBytes("thinking"))
	case "input_json_delta":
		c.grow(p, delta.GetStringBytes("partial_json"))
	case "compaction_delta":
		c.grow(p, delta.GetStringBytes("content"))
	case "citations_delta":
		c.cite([]*fastjson.Value{delta.Get("citation")})
	}
}
