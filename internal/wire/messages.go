package wire

import "github.com/mutagent-io/mutagent-go/internal/freeze"

// Messages builds the "messages" of an input or output: a JSON array in the
// form of OpenTelemetry's GenAI schema (role, parts, finish_reason). The zero
// value is ready to use; call Begin, then Part for each part, then End, for
// every message, and JSON at last.
type Messages struct {
	buf []byte
}

// Begin opens a message.
func (m *Messages) Begin(role, name string) {
	if m.buf == nil {
		m.buf = append(m.buf, '[')
	} else {
		m.buf = append(m.buf, ',')
	}
	m.buf = append(m.buf, `{"role":`...)
	m.buf = AppendString(m.buf, role)
	if name != "" {
		m.buf = append(m.buf, `,"name":`...)
		m.buf = AppendString(m.buf, name)
	}
	m.buf = append(m.buf, `,"parts":[`...)
}

// A Part is one piece of a message. Empty fields are not sent.
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

// Part adds p to the open message.
func (m *Messages) Part(p Part) {
	if m.buf[len(m.buf)-1] == '}' {
		m.buf = append(m.buf, ',')
	}
	m.buf = append(m.buf, `{"type":`...)
	m.buf = AppendString(m.buf, p.kind())
	m.buf = appendText(m.buf, "id", p.ID)
	m.buf = appendText(m.buf, "name", p.Name)
	m.buf = appendText(m.buf, "content", p.Content)
	m.buf = appendAny(m.buf, "arguments", p.Arguments)
	m.buf = appendAny(m.buf, "response", p.Response)
	m.buf = appendText(m.buf, "mime_type", p.MIMEType)
	m.buf = appendText(m.buf, "uri", p.URI)
	m.buf = appendCount(m.buf, `"size":`, p.Size)
	m.buf = append(m.buf, '}')
}

// kind is the part's type, guessed from what it holds if it was not given.
func (p *Part) kind() string {
	switch {
	case p.Type != "":
		return p.Type
	case p.Response != nil:
		return "tool_call_response"
	case p.Arguments != nil || p.Name != "":
		return "tool_call"
	case p.URI != "":
		return "uri"
	}
	return "text"
}

// End closes the message.
func (m *Messages) End(finishReason string) {
	m.buf = append(m.buf, ']')
	m.buf = appendText(m.buf, "finish_reason", finishReason)
	m.buf = append(m.buf, '}')
}

// JSON returns the array.
func (m *Messages) JSON() freeze.JSON { return closeArray(m.buf) }

// Documents builds the "documents" of an input or output. The zero value is
// ready to use.
type Documents struct {
	buf []byte
}

// A Document is something that a retrieval found. Empty fields are not sent.
type Document struct {
	ID       string
	Content  string
	Score    float64
	Metadata any
}

// Add adds one document.
func (d *Documents) Add(doc Document) {
	if d.buf == nil {
		d.buf = append(d.buf, '[', '{')
	} else {
		d.buf = append(d.buf, ',', '{')
	}
	d.buf = appendText(d.buf, "id", doc.ID)
	d.buf = appendText(d.buf, "content", doc.Content)
	if doc.Score != 0 && isFinite(doc.Score) {
		d.buf = appendFloat(appendKey(d.buf, "score"), doc.Score)
	}
	d.buf = appendAny(d.buf, "metadata", doc.Metadata)
	d.buf = append(d.buf, '}')
}

// JSON returns the array.
func (d *Documents) JSON() freeze.JSON { return closeArray(d.buf) }

func closeArray(buf []byte) freeze.JSON {
	if buf == nil {
		return freeze.JSON("[]")
	}
	return append(buf, ']')
}

func appendText(dst []byte, key, s string) []byte {
	if s == "" {
		return dst
	}
	return AppendString(appendKey(dst, key), s)
}

func appendAny(dst []byte, key string, v any) []byte {
	if v == nil {
		return dst
	}
	return append(appendKey(dst, key), freeze.Value(v)...)
}
