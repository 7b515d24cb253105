package mutest

import (
	"cmp"
	"crypto/sha256"
	"slices"
)

// A store assembles what arrives in pieces. A span is sent more than once if it was
// unfinished the first time, or if events came after its end. Requests can overtake
// each other, and a request without a received response is repeated.
type store struct {
	bodies map[[sha256.Size]byte]bool // hashes of those received
	traces []*traceRecord             // in order of arrival
	byID   map[string]*traceRecord
}

type traceRecord struct {
	Trace               // without Spans
	spans []*spanRecord // in order of arrival
	byID  map[string]*spanRecord
}

type spanRecord struct {
	Span         // what a late entry says of it, as long as no other came
	came bool    // whether another came
	late []Event // those that were sent after the end
}

// add adds what a body holds, unless it has done so before.
func (s *store) add(b *batch, body []byte) {
	if s.byID == nil {
		s.bodies, s.byID = map[[sha256.Size]byte]bool{}, map[string]*traceRecord{}
	}
	hash := sha256.Sum256(body)
	if s.bodies[hash] {
		return
	}
	s.bodies[hash] = true
	for i := range b.Traces {
		s.addTrace(&b.Traces[i])
	}
}

func (s *store) addTrace(t *traceEntry) {
	if len(t.Spans) == 0 {
		return
	}
	rec := s.byID[t.ID]
	if rec == nil {
		rec = &traceRecord{byID: map[string]*spanRecord{}}
		s.traces = append(s.traces, rec)
		s.byID[t.ID] = rec
	}
	rec.Trace = t.public()
	for i := range t.Spans {
		rec.add(&t.Spans[i])
	}
}

func (t *traceRecord) add(s *spanEntry) {
	rec := t.byID[s.SpanID]
	if rec == nil {
		rec = new(spanRecord)
		t.spans = append(t.spans, rec)
		t.byID[s.SpanID] = rec
	}
	span := s.said
	switch {
	case s.late():
		rec.late = append(rec.late, span.Events...)
		if span.Events = nil; !rec.came {
			rec.Span = span
		}
	case !rec.came || rec.End.IsZero() || !span.End.IsZero(): // an unfinished one never undoes a whole one
		rec.Span, rec.came = span, true
	}
}

func (s *store) read() []Trace {
	var traces []Trace
	for _, t := range s.traces {
		traces = append(traces, t.read())
	}
	slices.SortStableFunc(traces, func(a, b Trace) int { return byStart(a.Spans[0], b.Spans[0]) })
	return traces
}

func (t *traceRecord) read() Trace {
	trace := t.Trace
	for _, s := range t.spans {
		trace.Spans = append(trace.Spans, s.read())
	}
	slices.SortStableFunc(trace.Spans, byStart)
	return trace
}

func (s *spanRecord) read() Span {
	span := s.Span
	late := slices.Clone(s.late)
	slices.SortStableFunc(late, func(a, b Event) int { return a.Time.Compare(b.Time) })
	span.Events = slices.Concat(span.Events, late)
	return span
}

// byStart puts spans in order, by name where the clock is too coarse to tell: in
// a bubble of testing/synctest it stands still.
func byStart(a, b Span) int {
	return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Name, b.Name))
}
