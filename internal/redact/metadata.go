package redact

import (
	"log/slog"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// metadata returns s without its content: input, output, logged data, and texts that
// the program wrote. Names, numbers, times, the status and the error type stay.
func metadata(s *record.Span) *record.Span {
	c := s.Clone()
	if c.More != nil {
		c.More.Input, c.More.Output, c.More.Message = record.IO{}, record.IO{}, ""
	}
	c.Attributes = numbers(s.Attributes)
	c.Events = nil
	for _, piece := range s.Events {
		for i := range piece {
			c.Events.Add(withoutText(&piece[i]))
		}
	}
	return c
}

// numbers returns the attributes that are not text, and error.type.
func numbers(attrs []slog.Attr) (kept []slog.Attr) {
	for _, a := range attrs {
		switch a.Value.Kind() {
		case slog.KindString:
			if a.Key != "error.type" {
				continue
			}
		case slog.KindAny:
			continue
		case slog.KindGroup:
			group := numbers(a.Value.Group())
			if group == nil {
				continue
			}
			a.Value = slog.GroupValue(group...)
		}
		kept = append(kept, a)
	}
	return kept
}

// withoutText returns an event reduced to its time, place in the program and level.
func withoutText(e *record.Event) record.Event {
	c := record.Event{Name: "event", Time: e.Time, PC: e.PC, Level: e.Level, Leveled: e.Leveled}
	if e.Leveled {
		c.Name = e.Level.String()
	}
	return c
}

// skeleton returns the fields of s that need no text of the program.
func skeleton(s *record.Span) *record.Span {
	lean := &record.Span{
		TraceID:   s.TraceID,
		ID:        s.ID,
		ParentID:  s.ParentID,
		Status:    s.Status,
		Marks:     s.Marks,
		Ended:     s.Ended,
		Truncated: true,
		Kind:      "custom",
		Name:      "withheld",
		Start:     s.Start,
		Duration:  s.Duration,
	}
	if s.More != nil {
		lean.More = &record.Details{Metrics: amounts(s.More.Metrics)}
	}
	return lean
}

func amounts(m record.Metrics) record.Metrics {
	m.Model, m.Provider = "", ""
	return m
}
