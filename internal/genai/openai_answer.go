package genai

import (
	"log/slog"

	"github.com/valyala/fastjson"
)

// chatAnswer reads an answer or a piece of one.
func chatAnswer(c *Call, v *fastjson.Value) {
	c.identify(v)
	for _, ch := range v.GetArray("choices") {
		c.chatChoice(ch)
	}
	c.cite(v.GetArray("citations")) // Perplexity
	c.cite(v.GetArray("search_results"))
	c.openaiUsage(v.Get("usage"))
	c.openaiUsage(v.Get("x_groq", "usage"))
	set(&c.Usage.Tier, v.GetStringBytes("service_tier"))
	if tier := v.GetStringBytes("service_tier"); len(tier) > 0 && !c.answer.tier {
		c.answer.tier = true
		c.attr(slog.String("openai.response.service_tier", string(tier)))
	}
}

// identify records the ID and the model of an answer.
func (c *Call) identify(v *fastjson.Value) {
	set(&c.ID, v.GetStringBytes("id"))
	set(&c.Model, v.GetStringBytes("model"))
}

// set sets *to, unless s is empty. It does not allocate if nothing changes, because
// every piece of a stream repeats the same values.
func set(to *string, s []byte) {
	if len(s) > 0 && *to != string(s) {
		*to = string(s)
	}
}

func (c *Call) chatChoice(v *fastjson.Value) {
	ch := c.choice(v.GetInt("index"))
	if t := v.Get("text"); t != nil { // a completion
		c.say(ch, "text", t.GetStringBytes())
	}
	if said := first(v.Get(c.saidIn()), v.Get("delta"), v.Get("message")); said != nil {
		c.chatSaid(ch, said)
	}
	ch.finishAs(v.Get("finish_reason"))
}

// saidIn returns the key to read first. Perplexity sends both in every answer: in a
// whole one the delta is empty, and in a stream the message has the whole text so far.
func (c *Call) saidIn() string {
	if c.reader.whole != nil {
		return "message"
	}
	return "delta"
}

func (c *Call) chatSaid(ch *choice, v *fastjson.Value) {
	for _, thought := range thoughts(v) {
		c.say(ch, "reasoning", thought)
	}
	c.chatContent(ch, v.Get("content"))
	c.say(ch, "refusal", v.GetStringBytes("refusal"))
	for _, image := range v.GetArray("images") { // at OpenRouter
		c.add(ch, -1, Reference(text(image, "image_url", "url"), ""))
	}
	for i, call := range v.GetArray("tool_calls") {
		c.toolCall(ch, i, call)
	}
	if f := v.Get("function_call"); saysSomething(f) { // the predecessor of tools
		c.function(ch, -2, nil, f)
	}
	if audio := v.Get("audio"); audio != nil {
		c.spoken(ch, audio)
	}
	for _, a := range v.GetArray("annotations") {
		c.cite([]*fastjson.Value{first(a.Get("url_citation"), a.Get("file_citation"), a)})
	}
}

// spoken adds audio: its transcript and its size in bytes. In a stream they come in
// turns.
func (c *Call) spoken(ch *choice, v *fastjson.Value) {
	const index = -3
	if said := v.GetStringBytes("transcript"); len(said) > 0 {
		words := ch.part("text", index)
		if words == nil {
			words = c.add(ch, index, Part{Type: "text"})
		}
		c.grow(words, said)
	}
	data := text(v, "data")
	if data == "" {
		return
	}
	sound := Blob(data, "")
	if before := ch.part("blob", index); before != nil {
		before.Size += sound.Size
		c.reader.grown.more = true
		return
	}
	c.add(ch, index, sound)
}

func (c *Call) chatContent(ch *choice, v *fastjson.Value) {
	if v == nil {
		return
	}
	switch v.Type() {
	case fastjson.TypeString:
		c.say(ch, "text", v.GetStringBytes())
	case fastjson.TypeObject:
		c.say(ch, "text", sorted(v))
	case fastjson.TypeArray: // Mistral
		for _, p := range chatParts(v) {
			if p.Content != "" {
				c.say(ch, p.Type, []byte(p.Content))
			} else if p.Type != "text" && p.Type != "reasoning" {
				c.add(ch, -1, p)
			}
		}
	}
}

// toolCall reads a tool call or a piece of one. i is its position, for pieces without
// an index.
func (c *Call) toolCall(ch *choice, i int, v *fastjson.Value) {
	if n := v.Get("index"); n != nil {
		i = n.GetInt()
	}
	c.function(ch, i, v.GetStringBytes("id"), callOf(v))
}

func (c *Call) function(ch *choice, index int, id []byte, f *fastjson.Value) {
	p := ch.part("tool_call", index)
	if p == nil || len(id) > 0 && p.ID != "" && p.ID != string(id) { // some servers give all calls the same index
		p = c.add(ch, index, Part{Type: "tool_call"})
	}
	if p == nil {
		return
	}
	set(&p.ID, id)
	set(&p.Name, f.GetStringBytes("name"))
	if args := f.Get("arguments"); args != nil && args.Type() == fastjson.TypeObject {
		p.Arguments = arguments(args)
		return
	}
	c.grow(p, f.GetStringBytes("arguments"))
	c.grow(p, f.GetStringBytes("input"))
}
