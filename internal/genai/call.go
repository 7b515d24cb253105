package genai

import (
	"encoding/json"
	"log/slog"
)

// A Call is one call of a model, as far as its request and its answer have been
// read. It must not be used by two goroutines at a time.
type Call struct {
	Operation string // OpenTelemetry's gen_ai.operation.name
	Kind      string // the word of package mutagent
	Provider  string // OpenTelemetry's gen_ai.provider.name
	Asked     string // the model that was asked for
	Model     string // the one that answered
	ID        string // of the answer
	Stream    bool   // the answer was asked for in pieces
	Input     IO
	Tools     json.RawMessage // that the model may call
	Usage     Usage
	Failure   Failure // what the answer says went wrong
	Cut       bool    // some text was too long to be kept
	AddUsage  bool    // the stream will not tell what it used unless it is asked to

	attrs    []slog.Attr
	host     *provider // nil if nobody knows whose it is
	address  string    // the host and port that were called
	path     string    // of the address
	named    string    // the model that the path names
	protocol *protocol
	reader   reader
	answer   answer
}

// An IO is what went into a call or came out of it.
type IO struct {
	Text     string
	Messages []Message
	Raw      json.RawMessage
}

// A Message is one turn of a conversation, with the fields of mutagent.Message.
type Message struct {
	Role         string
	Name         string
	Parts        []Part
	FinishReason string
}

// A Part is a piece of a message, with the fields of mutagent.Part.
type Part struct {
	Type      string
	Content   string
	ID        string
	Name      string
	Arguments any
	Response  any
	MIMEType  string
	URI       string
	Size      int64
}

// A Failure is what a provider says went wrong: a word for programs and a text
// for people.
type Failure struct {
	Type    string
	Message string
}

// Name returns the operation and the model, as OpenTelemetry names spans, or method
// and path of a call that nothing is known of.
func (c *Call) Name() string {
	switch {
	case c.Operation == "":
		return "POST " + c.path
	case c.Asked == "":
		return c.Operation
	}
	return c.Operation + " " + c.Asked
}

// Request reads the body of the request, which is JSON, and reports whether it is
// one that the path promised.
func (c *Call) Request(body *Excerpt) (ok bool) {
	defer func() {
		if recover() != nil { // in what others wrote; better untold than in the way
			ok = false
		}
	}()
	p := parsers.Get()
	defer parsers.Put(p)
	v, err := p.ParseBytes(body.Bytes())
	if err != nil {
		return false
	}
	c.Cut = body.Cut
	named := c.Asked
	if model := text(v, "model"); model != "" {
		c.Asked = model
	}
	if !c.protocol.request(c, v) {
		c.Asked = named
		return false
	}
	return true
}

// Form reports whether the request may be a form, with files, instead of JSON.
func (c *Call) Form() bool { return c.protocol.form }

// Attributes returns what was read since the last time, in the words of
// OpenTelemetry's conventions where they have any.
func (c *Call) Attributes() []slog.Attr {
	attrs := c.attrs
	c.attrs = nil
	return attrs
}

// attr keeps an attribute.
func (c *Call) attr(a slog.Attr) { c.attrs = append(c.attrs, a) }
