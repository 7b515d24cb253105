// Package redact removes sensitive data from spans. Every span passes through it before
// any encoder sees it. It fails closed: if a function that it calls panics, only
// numbers, ids and fixed words of the span remain.
package redact

import (
	"log/slog"
	"sync"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A Func returns text without sensitive data, and the number of places that it masked.
// key is the name of the text, "" if it has none.
type Func = func(key, text string) (redacted string, masked int)

// A Redactor removes data that must not be sent. A nil Redactor removes only what a
// span itself withholds. It is safe for concurrent use if its functions are.
type Redactor struct {
	funcs        []Func
	metadataOnly bool

	mu     sync.Mutex                      // not held during a Func
	traces map[*record.Trace]*record.Trace // redacted traces that funcs changed
}

// New returns a Redactor that applies funcs in order. If metadataOnly is set, it
// removes all content.
func New(metadataOnly bool, funcs []Func) *Redactor {
	return &Redactor{funcs: funcs, metadataOnly: metadataOnly, traces: map[*record.Trace]*record.Trace{}}
}

// A Report says what was redacted in a span.
type Report struct {
	Masked   int  // masked places
	Withheld bool // a Func panicked or ended its goroutine; only the skeleton is left
}

// Span returns the redacted form of s. It is s itself if nothing has to be removed.
// Span does not change s.
func (r *Redactor) Span(s *record.Span) (clean *record.Span, report Report) {
	if r != nil && r.metadataOnly || s.Trace != nil && s.Trace.MetadataOnly {
		s = metadata(s)
	}
	if r == nil || len(r.funcs) == 0 {
		return limit(s), Report{}
	}
	defer func() {
		if recover() != nil {
			clean, report = skeleton(s), Report{Withheld: true}
		}
	}()
	p := pass{funcs: r.funcs}
	c := s.Clone()
	p.outline(c)
	c.Attributes = p.attrs(c.Attributes)
	c.Events = p.events(c.Events)
	c.Trace = r.trace(&p, c.Trace)
	return c, Report{Masked: p.masked}
}

// Apart is Span for a goroutine that must not end, because a Func may end its
// goroutine.
func (r *Redactor) Apart(s *record.Span) (clean *record.Span, report Report) {
	if r == nil || len(r.funcs) == 0 {
		return r.Span(s)
	}
	if !apart(func() { clean, report = r.Span(s) }) {
		return skeleton(s), Report{Withheld: true}
	}
	return clean, report
}

// apart runs f on a new goroutine, and reports whether it returned.
func apart(f func()) (returned bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
		returned = true
	}()
	<-done
	return returned
}

// manyTraces is the limit of remembered redacted traces.
const manyTraces = 1024

// trace returns the redacted form of t. It remembers it for the other spans of t, so that
// each masked place counts once.
func (r *Redactor) trace(p *pass, t *record.Trace) *record.Trace {
	if t == nil {
		return nil
	}
	if clean := r.remembered(t); clean != nil {
		return clean
	}
	before := p.masked
	c := p.trace(t)
	if p.masked == before && fits(t) {
		return t
	}
	return r.remember(t, c)
}

func (r *Redactor) remembered(t *record.Trace) *record.Trace {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.traces[t]
}

// remember stores and returns clean, or returns the form that another goroutine stored
// meanwhile.
func (r *Redactor) remember(t, clean *record.Trace) *record.Trace {
	r.mu.Lock()
	defer r.mu.Unlock()
	if first := r.traces[t]; first != nil {
		return first
	}
	if len(r.traces) == manyTraces {
		clear(r.traces)
	}
	r.traces[t] = clean
	return clean
}

// Attrs returns the redacted form of attrs. It returns nil if a Func panics or ends its
// goroutine, which is not the caller's.
func (r *Redactor) Attrs(attrs []slog.Attr) (clean []slog.Attr) {
	apart(func() {
		defer func() {
			if recover() != nil {
				clean = nil
			}
		}()
		p := pass{funcs: r.funcs}
		clean = p.attrs(attrs)
	})
	return clean
}

// Withhold returns the skeleton of s, for a span whose texts cannot be redacted.
func (r *Redactor) Withhold(s *record.Span) *record.Span { return skeleton(s) }

// Outline is Span for a span that others may read concurrently. It includes only the
// skeleton and the fixed texts.
func (r *Redactor) Outline(s *record.Span) *record.Span {
	outline := skeleton(s)
	outline.Kind, outline.Name, outline.Trace = s.Kind, s.Name, s.Trace
	if s.More != nil {
		outline.EditDetails().Message = s.More.Message
	}
	clean, _ := r.Apart(outline)
	return clean
}
