package redact

import (
	"log/slog"
	"slices"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A pass redacts the parts of one span. Its input may be shared: each method returns
// its argument unless it masked something, and then a copy.
type pass struct {
	funcs  []Func
	masked int // increases with every change
}

func (p *pass) text(key, text string) string {
	if text == "" {
		return text
	}
	for _, f := range p.funcs {
		if clean, n := f(key, text); clean != text {
			text = clean
			p.masked += max(n, 1)
		}
	}
	return text
}

// each applies f to the elements of list.
func each[T any](p *pass, list []T, f func(T) T) []T {
	shared := true
	for i, v := range list {
		before := p.masked
		clean := f(v)
		if p.masked == before {
			continue
		}
		if shared {
			list, shared = slices.Clone(list), false
		}
		list[i] = clean
	}
	return list
}

func (p *pass) io(key string, io record.IO) record.IO {
	clean := record.IO{Text: p.text(key, io.Text), Raw: p.json(key, io.Raw)}
	if io.More != nil {
		clean.More = &record.Structured{
			Messages:  each(p, io.More.Messages, p.message),
			Documents: each(p, io.More.Documents, p.document),
		}
	}
	return clean
}

func (p *pass) message(m record.Message) record.Message {
	m.Role = p.text("role", m.Role)
	m.Name = p.text("name", m.Name)
	m.Parts = each(p, m.Parts, p.part)
	m.FinishReason = p.text("finish_reason", m.FinishReason)
	return m
}

func (p *pass) part(c record.Part) record.Part {
	c.Type = p.text("type", c.Type)
	c.Content = p.text("content", c.Content)
	c.ID = p.text("id", c.ID)
	c.Name = p.text("name", c.Name)
	c.Arguments = p.json("arguments", c.Arguments)
	c.Response = p.json("response", c.Response)
	c.MIMEType = p.text("mime_type", c.MIMEType)
	c.URI = p.text("uri", c.URI)
	return c
}

func (p *pass) document(d record.Document) record.Document {
	d.ID = p.text("id", d.ID)
	d.Content = p.text("content", d.Content)
	d.Metadata = p.json("metadata", d.Metadata)
	return d
}

func (p *pass) attrs(list []slog.Attr) []slog.Attr { return each(p, list, p.attr) }

func (p *pass) attr(a slog.Attr) slog.Attr {
	return slog.Attr{Key: p.text("", a.Key), Value: p.value(a.Key, a.Value)}
}

func (p *pass) value(key string, v slog.Value) slog.Value {
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(p.text(key, v.String()))
	case slog.KindInt64, slog.KindUint64, slog.KindFloat64:
		number := v.String()
		if clean := p.number(key, number); clean != number {
			return slog.StringValue(clean)
		}
	case slog.KindGroup:
		return slog.GroupValue(p.attrs(v.Group())...)
	case slog.KindAny:
		if raw, ok := v.Any().(freeze.JSON); ok {
			return slog.AnyValue(p.json(key, raw))
		}
	}
	return v
}

// manyDigits is the length from which on a number may be sensitive, such as a card
// number.
const manyDigits = 12

func (p *pass) number(key, digits string) string {
	if len(digits) < manyDigits {
		return digits
	}
	return p.text(key, digits)
}

func (p *pass) events(list record.Events) record.Events {
	return each(p, list, func(piece []record.Event) []record.Event { return each(p, piece, p.event) })
}

func (p *pass) event(e record.Event) record.Event {
	e.Name = p.text("", e.Name)
	e.Attributes = p.attrs(e.Attributes)
	e.Scope = p.scope(e.Scope)
	return e
}

// scope redacts a logger's attributes and groups, up to its outermost scope.
func (p *pass) scope(s *record.Scope) *record.Scope {
	if s == nil {
		return nil
	}
	before := p.masked
	clean := record.Scope{
		Parent:     p.scope(s.Parent),
		Group:      p.text("", s.Group),
		Attributes: p.attrs(s.Attributes),
	}
	if p.masked == before {
		return s
	}
	return &clean
}
