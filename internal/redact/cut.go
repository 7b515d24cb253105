package redact

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// Texts with a length limit are cut after redaction, because no redactor recognizes
// half a secret. So a text is recorded with Overhang bytes more than its limit. A
// secret that crosses the limit is then complete. A secret that the first cut has split
// is in the overhang, which is never sent.
const (
	// Overhang is the length of the longest secret that a cut cannot split.
	Overhang = 4 << 10
	// MaxName bounds names, kinds and ids, which are kept even when the payload is
	// dropped.
	MaxName = 1 << 10
	// MaxMessage bounds status messages, which are kept when the payload is dropped.
	MaxMessage = 4 << 10
)

// Hold returns the part of a text to record if n bytes of it may be sent. The rest does
// not stay in memory.
func Hold(text string, n int) string {
	if len(text) <= n+Overhang { // so short that the compiler inlines it
		return text
	}
	return hold(text, n)
}

func hold(text string, n int) string { return strings.Clone(freeze.Cut(text, n+Overhang)) }

// limited redacts a text from Hold, and returns at most n bytes of it.
func (p *pass) limited(key, held string, n int) string {
	return release(held, p.text(key, held), n)
}

// release returns the part of clean that may be sent. clean is the redacted form of
// held. If held was cut, the last Overhang bytes are removed, and with them any secret
// that the cut has split: redactors may have shortened the text before it.
func release(held, clean string, n int) string {
	if len(held) > n+Overhang-utf8.UTFMax {
		n = min(n, len(clean)-Overhang)
	}
	return freeze.Cut(clean, max(0, n))
}

// limit cuts the texts of a span that is not redacted. It returns s itself if none is
// too long.
func limit(s *record.Span) *record.Span {
	if len(s.Name) <= MaxName && len(s.Kind) <= MaxName && within(s.More) && fits(s.Trace) {
		return s
	}
	c := s.Clone()
	new(pass).outline(c)
	if !fits(c.Trace) {
		c.Trace = new(pass).trace(c.Trace)
	}
	return c
}

// within reports whether no text of d, which may be nil, has to be cut.
func within(d *record.Details) bool {
	return d == nil || len(d.Message) <= MaxMessage && len(d.Metrics.Model) <= MaxName &&
		len(d.Metrics.Provider) <= MaxName && d.Input.Over+d.Output.Over == 0
}

// fits reports whether no text of t, which may be nil, has to be cut.
func fits(t *record.Trace) bool {
	return t == nil || len(t.SessionID) <= MaxName && len(t.UserID) <= MaxName &&
		!slices.ContainsFunc(t.Tags, func(tag string) bool { return len(tag) > MaxName })
}

// trace masks and cuts the texts of a copy of t.
func (p *pass) trace(t *record.Trace) *record.Trace {
	c := *t
	c.SessionID = p.limited("sessionId", t.SessionID, MaxName)
	c.UserID = p.limited("userId", t.UserID, MaxName)
	c.Tags = make([]string, len(t.Tags))
	for i, tag := range t.Tags {
		c.Tags[i] = p.limited("tags", tag, MaxName)
	}
	return &c
}

// outline redacts and cuts the texts of a clone that are not attributes or events.
func (p *pass) outline(c *record.Span) {
	c.Name = p.limited("name", c.Name, MaxName)
	c.Kind = p.limited("kind", c.Kind, MaxName)
	if d := c.More; d != nil {
		d.Message = p.limited("statusMessage", d.Message, MaxMessage)
		d.Metrics.Model = p.limited("model", d.Metrics.Model, MaxName)
		d.Metrics.Provider = p.limited("provider", d.Metrics.Provider, MaxName)
		d.Input, d.Output = releaseIO(d.Input, p.io("input", d.Input)), releaseIO(d.Output, p.io("output", d.Output))
	}
}

// HoldIO is Hold for an input or output of more than n bytes. A beginning of encoded
// JSON stays in Raw, so that its strings are redacted under their keys.
func HoldIO(io record.IO, n int) record.IO {
	held := io
	if size := n + Overhang; io.Size() > size {
		if held = io.Cut(size); held.More == nil && io.Text == "" {
			held = record.IO{Raw: freeze.JSON(strings.Clone(string(io.Raw[:size])))}
		}
		held.Text = strings.Clone(held.Text)
	}
	held.Over = int32(max(0, held.Size()-n))
	return held
}

// releaseIO is release for an IO from HoldIO.
func releaseIO(held, clean record.IO) record.IO {
	if held.Over == 0 {
		return clean
	}
	n := held.Size() - int(held.Over)
	if held.Over > Overhang-utf8.UTFMax {
		n = min(n, clean.Size()-Overhang)
	}
	return clean.Cut(max(0, n))
}
