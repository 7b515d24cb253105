package mutest

import (
	"cmp"
	"slices"
)

// A store puts together what arrives in pieces. A span is sent more than once if
// it was unfinished the first time, or if events came after its end; requests can
// overtake each other, and a request whose answer got lost is repeated.
type store struct {
	batches map[string]bool // ids of those received
	traces  []*traceRecord  // in order of arrival
	byID    map[string]*traceRecord
}

type traceRecord struct {
	Trace               // without Spans
	spans []*spanRecord // in order of arrival
	byID  map[string]*spanRecord
}

type spanRecord struct {
	Span         // only ids as long as nothing but addenda came
	late []Event // from addenda
}

func (s *store) add(b *batch) {
	if s.byID == nil {
		s.batches, s.byID = map[string]bool{}, map[string]*traceRecord{}
	}
	if b.ID != "" && s.batches[b.ID] {
		return
	}
	s.batches[b.ID] = true
	for _, t := range b.Traces {
		rec := s.byID[t.ID]
		if rec == nil {
			rec = &traceRecord{byID: map[string]*spanRecord{}}
			s.traces = append(s.traces, rec)
			s.byID[t.ID] = rec
		}
		rec.Trace = Trace{
			ID: t.ID, Source: t.Source, Environment: t.Environment,
			SessionID: t.SessionID, UserID: t.UserID, Tags: t.Tags,
		}
		for i := range t.Spans {
			rec.add(&t.Spans[i])
		}
	}
}

func (t *traceRecord) add(s *span) {
	rec := t.byID[s.SpanID]
	if rec == nil {
		rec = &spanRecord{Span: Span{TraceID: t.ID, SpanID: s.SpanID}}
		t.spans = append(t.spans, rec)
		t.byID[s.SpanID] = rec
	}
	switch {
	case s.addendum():
		rec.late = append(rec.late, publicEvents(s.Events)...)
	case rec.End.IsZero() || !s.End.IsZero(): // an unfinished one never undoes a whole one
		rec.Span = s.public(t.ID)
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
