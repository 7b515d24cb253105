package record

import (
	"slices"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
)

// IO is an input or an output. Most are plain text or one JSON value, so the structured
// forms are behind a pointer.
type IO struct {
	Text string
	Raw  freeze.JSON
	More *Structured
	Over int32 // bytes above the limit, which are never sent; see redact.HoldIO
}

// Structured holds the structured forms of an IO. Forms that were not given are nil.
type Structured struct {
	Messages  []Message
	Documents []Document
}

// A Message is one turn of a conversation.
type Message struct {
	Role         string
	Name         string
	Parts        []Part
	FinishReason string
}

// A Part is a piece of a message. Type is never empty; other fields may be.
type Part struct {
	Type      string // "text", "reasoning", "tool_call", "tool_call_response", "uri", "blob", …
	Content   string
	ID        string // of the tool call
	Name      string // of the tool
	Arguments freeze.JSON
	Response  freeze.JSON
	MIMEType  string
	URI       string
	Size      int64 // size of media that is not in Content
}

// A Document is one result of a retrieval.
type Document struct {
	ID       string
	Content  string
	Score    float64
	Metadata freeze.JSON
}

// Empty reports whether io has nothing.
func (io *IO) Empty() bool { return io.Text == "" && io.Raw == "" && io.More == nil }

// IsText reports whether io has nothing but text.
func (io *IO) IsText() bool { return io.Raw == "" && io.More == nil }

// Size returns the bytes of io.
func (io *IO) Size() int {
	n := len(io.Text) + len(io.Raw)
	if io.More != nil { // so short that the compiler inlines it
		n += io.More.size()
	}
	return n
}

func (m *Structured) size() (n int) {
	for i := range m.Messages {
		n += m.Messages[i].size()
	}
	for i := range m.Documents {
		n += m.Documents[i].size()
	}
	return n
}

// The memory of a message, a part and a document, in addition to their texts.
const (
	messageBytes  = 72
	partBytes     = 136
	documentBytes = 56
)

func (m *Message) size() int {
	n := messageBytes + len(m.Role) + len(m.Name) + len(m.FinishReason)
	for i := range m.Parts {
		n += m.Parts[i].size()
	}
	return n
}

func (p *Part) size() int {
	return partBytes + len(p.Type) + len(p.Content) + len(p.ID) + len(p.Name) +
		len(p.Arguments) + len(p.Response) + len(p.MIMEType) + len(p.URI)
}

func (d *Document) size() int {
	return documentBytes + len(d.ID) + len(d.Content) + len(d.Metadata)
}

// Cut returns the beginning of io, at most n bytes. Messages and documents keep their
// structure, and the last one may lose a part of its text. A beginning of encoded JSON
// is not JSON, so it becomes text.
func (io *IO) Cut(n int) IO {
	switch m := io.More; {
	case io.Text != "":
		return IO{Text: freeze.Cut(io.Text, n)}
	case m != nil && m.Messages != nil:
		return IO{More: &Structured{Messages: cutMessages(m.Messages, n)}}
	case m != nil && m.Documents != nil:
		return IO{More: &Structured{Documents: cutDocuments(m.Documents, n)}}
	}
	return IO{Text: freeze.Cut(string(io.Raw), n)}
}

func cutMessages(list []Message, n int) []Message {
	for i := range list {
		m := &list[i]
		if size := m.size(); size <= n {
			n -= size
			continue
		}
		last := *m
		last.Parts = cutParts(m.Parts, n-(messageBytes+len(m.Role)+len(m.Name)+len(m.FinishReason)))
		list = list[:i:i]
		if len(last.Parts) > 0 {
			list = append(list, last)
		}
		break
	}
	return list
}

func cutParts(list []Part, n int) []Part {
	for i := range list {
		p := &list[i]
		size := p.size()
		if size <= n {
			n -= size
			continue
		}
		room := n - (size - len(p.Content))
		if room <= 0 {
			return list[:i:i]
		}
		last := *p
		last.Content = freeze.Cut(p.Content, room)
		return append(list[:i:i], last)
	}
	return list
}

func cutDocuments(list []Document, n int) []Document {
	for i := range list {
		d := &list[i]
		size := d.size()
		if size <= n {
			n -= size
			continue
		}
		room := n - (size - len(d.Content))
		if room <= 0 {
			return list[:i:i]
		}
		last := *d
		last.Content = freeze.Cut(d.Content, room)
		return append(slices.Clone(list[:i]), last)
	}
	return list
}
