// Package redact removes sensitive data from spans. Every span passes through it before
// any encoder sees it. It fails closed: if a function that it calls panics, only
// numbers, ids and fixed words of the span remain.
package redact

import (
	"log/slog"
	"sync"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A Func returns text without what must not leave, and the number of places that
// it masked. key is the name under which the text stands, "" if it has none.
type Func = func(key, text string) (redacted string, masked int)

// A Redactor says what may leave. A nil Redactor lets everything through, but for
// what a span itself withholds. It is safe for concurrent use, if its functions
// are.
type Redactor struct {
	funcs        []Func
	metadataOnly bool

	mu     sync.Mutex                      // held for no Func
	traces map[*record.Trace]*record.Trace // what funcs made of those that they changed
}

// New returns a Redactor that applies funcs in turn and, if metadataOnly is set,
// takes out all content.
func New(metadataOnly bool, funcs []Func) *Redactor {
	return &Redactor{funcs: funcs, metadataOnly: metadataOnly, traces: map[*record.Trace]*record.Trace{}}
}

// A Report says what was done to a span.
type Report struct {
	Masked   int  // places
	Withheld bool // a Func panicked or ended its goroutine, and only the skeleton is left
}

// Span returns what may leave of s, which is s itself if that is everything.
// It does not change s.
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
	c := *s
	p.outline(&c)
	c.Attributes = p.attrs(c.Attributes)
	c.Events = p.events(c.Events)
	c.Trace = r.trace(&p, c.Trace)
	return &c, Report{Masked: p.masked}
}

// Apart is Span for a goroutine that must not end: a Func may end the one that calls it.
func (r *Redactor) Apart(s *record.Span) (clean *record.Span, report Report) {
	if r == nil || len(r.funcs) == 0 {
		return r.Span(s)
	}
	if !apart(func() { clean, report = r.Span(s) }) {
		return skeleton(s), Report{Withheld: true}
	}
	return clean, report
}

// apart runs f on a goroutine of its own, and reports whether it returned.
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

// manyTraces is how many redacted traces are remembered.
const manyTraces = 1024

// trace returns what may leave of t, and the same for all spans of t: that is how
// they are known to belong together.
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

// remember returns clean, or what another goroutine has made of t meanwhile.
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

// Attrs returns what may leave of attrs: nothing, if a Func panics or ends its goroutine,
// which is not the caller's.
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

// Withhold returns what may leave of s if its texts cannot be vetted.
func (r *Redactor) Withhold(s *record.Span) *record.Span { return skeleton(s) }

// Outline is Span for the skeleton alone, which others may read at this moment.
func (r *Redactor) Outline(s *record.Span) *record.Span {
	outline := *skeleton(s)
	outline.Kind, outline.Name, outline.Message, outline.Trace = s.Kind, s.Name, s.Message, s.Trace
	clean, _ := r.Apart(&outline)
	return clean
}
