package genai

import (
	"encoding/json"
	"log/slog"
)

// A Call is one model call, with the parts of its request and response read so far. It
// is not safe for concurrent use.
type Call struct {
	Operation string // OpenTelemetry's gen_ai.operation.name
	Kind      string // kind in package mutagent
	Provider  string // OpenTelemetry's gen_ai.provider.name
	Asked     string // the requested model
	Model     string // the model that answered
	ID        string // of the response
	Stream    bool   // the request asked for a stream
	Input     IO
	Tools     json.RawMessage // tools that the model may call
	Usage     Usage
	Failure   Failure // the error in the response
	Cut       bool    // some text was cut because it was too long
	AddUsage  bool    // the stream reports its usage only on request

	attrs    []slog.Attr
	host     *provider // nil if the host is unknown
	address  string    // called host and port
	path     string    // path of the URL
	named    string    // model named in the path
	protocol *protocol
	reader   reader
	answer   answer
}

// An IO is the input or the output of a call.
type IO struct {
	Text     string
	Messages []Message
	Raw      json.RawMessage
}

// A Message is one turn of a conversation. It has the fields of mutagent.Message.
type Message struct {
	Role         string
	Name         string
	Parts        []Part
	FinishReason string
}

// A Part is a piece of a message. It has the fields of mutagent.Part.
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

// A Failure is an error reported by a provider: a code and a message.
type Failure struct {
	Type    string
	Message string
}

// Name returns the operation and the model, as in OpenTelemetry's span names. For an
// unknown call it returns method and path.
func (c *Call) Name() string {
	switch {
	case c.Operation == "":
		return "POST " + c.path
	case c.Asked == "":
		return c.Operation
	}
	return c.Operation + " " + c.Asked
}

// Request reads the JSON body of the request. It reports whether the body fits the
// path's protocol.
func (c *Call) Request(body *Excerpt) (ok bool) {
	defer func() {
		if recover() != nil { // a panic over unexpected input; the call is then not recorded
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

// RequestAttributes returns the attributes that are known before the answer.
func (c *Call) RequestAttributes() []slog.Attr {
	var attrs []slog.Attr
	if c.Operation != "" {
		attrs = append(attrs, slog.String("gen_ai.operation.name", c.Operation))
	}
	if c.Asked != "" {
		attrs = append(attrs, slog.String("gen_ai.request.model", c.Asked))
	}
	if c.Stream {
		attrs = append(attrs, slog.Bool("gen_ai.request.stream", true))
	}
	return append(attrs, c.Attributes()...)
}

// AnswerAttributes returns the attributes that are known when the answer has ended,
// except those with content, which [Call.Quoted] returns.
func (c *Call) AnswerAttributes() []slog.Attr {
	attrs := c.Attributes()
	if c.ID != "" {
		attrs = append(attrs, slog.String("gen_ai.response.id", c.ID))
	}
	if reasons := c.FinishReasons(); reasons != nil {
		attrs = append(attrs, slog.Any("gen_ai.response.finish_reasons", reasons))
	}
	if c.Cut {
		attrs = append(attrs, slog.Bool("mutllm.truncated", true))
	}
	return attrs
}

// Attributes returns the attributes read since the last call, with names of
// OpenTelemetry's conventions where there are any.
func (c *Call) Attributes() []slog.Attr {
	attrs := c.attrs
	c.attrs = nil
	return attrs
}

// attr adds an attribute.
func (c *Call) attr(a slog.Attr) { c.attrs = append(c.attrs, a) }
