package genai

import (
	"bytes"
	"mime"
	"strings"

	"github.com/valyala/fastjson"
)

// A reader reads the body of a response as it passes through. The type of the body
// determines which fields are set.
type reader struct {
	events *splitter        // of a stream
	parser *fastjson.Parser // for the events, until Close
	twin   twin             // of the last event
	grown  grown            // by the current event
	frames *frames          // of Amazon's event stream
	whole  *Excerpt         // of a single JSON text
	media  string           // media type of any other body
	size   int64
	broken bool // the body is invalid, or this package reads it wrongly
}

// Answer sets the type of the body that is passed to Write from now on. It discards a
// previous answer.
func (c *Call) Answer(contentType string) {
	c.answer, c.reader = answer{}, reader{}
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		media, _, _ = strings.Cut(contentType, ";")
	}
	r := &c.reader
	switch {
	case media == "text/event-stream":
		r.parser, r.events = parsers.Get(), &splitter{emit: c.event, take: c.familiar}
	case media == "application/x-ndjson" || media == "application/jsonl" || media == "application/stream+json":
		r.parser, r.events = parsers.Get(), &splitter{emit: c.event, take: c.familiar, lines: true}
	case media == "application/json" || media == "" || media == "text/plain" || strings.HasSuffix(media, "+json"):
		r.whole = &Excerpt{noNumbers: c.protocol.noNumbers}
	case media == "application/vnd.amazon.eventstream":
		r.frames = &frames{emit: c.frame}
	default:
		r.media = media
	}
}

// Write reads the next bytes of the body.
func (c *Call) Write(p []byte) {
	r := &c.reader
	r.size += int64(len(p))
	if r.broken {
		return
	}
	defer c.guard()
	if r.whole != nil && r.size == int64(len(p)) && len(p) > 0 && p[0] == 0 { // JSON does not begin with 0
		r.whole, r.frames = nil, &frames{emit: c.frame}
	}
	switch {
	case r.frames != nil:
		r.frames.Write(p)
	case r.events != nil:
		r.events.Write(p)
	case r.whole != nil:
		_, _ = r.whole.Write(p)
	}
}

// guard recovers from a panic while reading, because it must not affect the program.
// What was read before stays.
func (c *Call) guard() {
	if recover() != nil {
		c.reader.broken = true
	}
}

// Close reads the end of the body. It reports whether the body is known to be complete.
// Write must not be called after it.
func (c *Call) Close() bool {
	r := &c.reader
	if r.broken {
		return false
	}
	defer c.guard()
	switch {
	case r.events != nil:
		r.events.Close()
	case r.whole != nil:
		c.answer.done = c.body()
	case r.media != "" && r.size > 0:
		c.add(c.choice(0), 0, Part{Type: "blob", MIMEType: r.media, Size: r.size})
	}
	if r.parser != nil { // nothing that was read is memory of it
		parsers.Put(r.parser)
		r.parser, r.grown = nil, grown{}
	}
	return c.answer.done
}

// body reads an answer in one piece, and reports whether it is complete.
func (c *Call) body() bool {
	defer func() { c.Cut = c.Cut || c.reader.whole.Cut }()
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := p.ParseBytes(c.reader.whole.Bytes())
	if err != nil {
		if c.protocol.text {
			c.answer.raw.Text = string(c.reader.whole.Bytes())
		}
		return false
	}
	if v.Type() == fastjson.TypeArray { // Gemini's stream without server-sent events
		for _, item := range v.GetArray() {
			c.object("", item)
		}
		return true
	}
	c.protocol.answer(c, v)
	c.fail(v.Get("error"))
	return true
}

// event reads an event of a stream.
func (c *Call) event(name, data []byte) {
	if string(data) == "[DONE]" {
		c.answer.done = true
		return
	}
	r := &c.reader
	if quoted := r.twin.match(data); c.repeats(quoted) {
		if r.events.raw != nil && len(quoted) > 2 { // in another frame; an empty text has no place
			r.twin.learn(r.events.raw, data, quoted[1:len(quoted)-1], r.twin.target)
		}
		return
	}
	r.grown = grown{}
	v, err := r.parser.ParseBytes(data)
	if err != nil {
		return
	}
	c.object(string(name), v)
	if g := r.grown; g.times == 1 && !g.more {
		r.twin.learn(r.events.raw, data, g.said, g.piece)
	} else {
		r.twin.forget()
	}
}

// familiar reads an event at the beginning of p, with all its lines, if it differs from
// the previous one only in its text. It returns its length or 0.
func (c *Call) familiar(p []byte) int {
	quoted, n := c.reader.twin.matchFramed(p)
	if n > maxEvent || !c.repeats(quoted) {
		return 0
	}
	return n
}

// repeats adds the text of an event that is like the previous one. It reports whether
// there is such a text.
func (c *Call) repeats(quoted []byte) bool {
	if quoted == nil {
		return false
	}
	said, ok := unquote(c.reader.parser, quoted)
	if ok {
		c.extend(c.reader.twin.target, said)
	}
	return ok
}

// unquote returns the content of a JSON string. It may be memory of the parser.
func unquote(p *fastjson.Parser, quoted []byte) ([]byte, bool) {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return quoted[1 : len(quoted)-1], true
	}
	v, err := p.ParseBytes(quoted)
	if err != nil || v.Type() != fastjson.TypeString {
		return nil, false
	}
	return v.GetStringBytes(), true
}

// A grown records what an event has added to a part.
type grown struct {
	times int
	piece *piece
	said  []byte // memory of the parser
	more  bool   // the event did more than that
}

func (c *Call) object(name string, v *fastjson.Value) {
	if c.protocol.event != nil {
		c.protocol.event(c, name, v)
	} else {
		c.protocol.answer(c, v)
	}
	c.fail(v.Get("error"))
}

// Done reports whether the answer has ended. More bytes may follow.
func (c *Call) Done() bool { return c.answer.done }

// Spoke reports whether any output has arrived.
func (c *Call) Spoke() bool { return c.answer.spoke }

// Torn reports whether Amazon's stream ended within a message, and whether it became
// unreadable.
func (c *Call) Torn() (within, lost bool) {
	f := c.reader.frames
	if f == nil {
		return false, false
	}
	return len(f.buf) > 0 || f.skip > 0, f.lost
}

// Refused reads the body of an error response.
func (c *Call) Refused(body []byte) {
	defer c.guard()
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := p.ParseBytes(body)
	if err != nil {
		return
	}
	if v.Type() == fastjson.TypeArray {
		v = v.Get("0") // Gemini's stream without server-sent events
	}
	c.fail(v.Get("error"))
	if c.Failure.Message == "" {
		c.Failure = Failure{text(first(v.Get("type"), v.Get("__type"))), wording(v, "message", "Message", "detail")}
	}
}

// fail records an error: an object with a message, or the message itself.
func (c *Call) fail(v *fastjson.Value) {
	if v == nil {
		return
	}
	switch v.Type() {
	case fastjson.TypeString:
		c.Failure.Message = text(v)
	case fastjson.TypeObject:
		c.Failure = Failure{text(v, "type"), text(v, "message")}
		for _, key := range []string{"status", "code"} { // Gemini's, and OpenAI's without a type
			if c.Failure.Type == "" {
				c.Failure.Type = text(v, key)
			}
		}
	}
}

// wording returns the first member that exists, as text.
func wording(v *fastjson.Value, keys ...string) string {
	for _, key := range keys {
		if m := v.Get(key); m != nil && m.Type() == fastjson.TypeString {
			return text(m)
		} else if m != nil {
			return string(raw(m))
		}
	}
	return ""
}

// Missing returns the name of something that a complete answer would have contained on
// request, or "".
func (c *Call) Missing() string {
	if c.reader.events != nil && c.answer.done && c.protocol.asks && c.Usage.None() && c.Usage.Total == 0 {
		return "usage"
	}
	return ""
}
