package otlp

import (
	"log/slog"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// Fields of Event.
const (
	eventTime, eventName, eventAttributes = 1, 2, 3
)

func (w *spanWriter) event(e *record.Event) {
	dst, start := begin(w.dst, spanEvents)
	dst = appendFixed64(dst, eventTime, nanos(e.Time))
	dst = appendString(dst, eventName, e.Name)
	a := attributes{dst: dst, field: eventAttributes}
	if e.Leveled {
		a.text(severityKey, e.Level.String())
	}
	a.scoped(e)
	w.dst = end(a.dst, start)
}

// severityKey is the attribute for the level of an event, because span events have no
// field for it.
const severityKey = "log.severity"

// exceptionOf makes an exception event for the error of s, unless s has one. A panic
// adds its own event, with the stack.
func exceptionOf(s *record.Span) (e record.Event, ok bool) {
	if s.Status != record.StatusError || s.Details().Message == "" || s.Marks.Has(record.Late) {
		return e, false
	}
	for _, piece := range s.Events {
		for i := range piece {
			if piece[i].Name == exception {
				return e, false
			}
		}
	}
	typ := slog.StringValue(otherError)
	for _, a := range s.Attributes {
		if a.Key == facts[errorType].key {
			typ = a.Value
		}
	}
	return record.Event{
		Name: exception, Time: endOf(s), Level: slog.LevelError,
		Attributes: []slog.Attr{
			{Key: "exception.type", Value: typ},
			slog.String("exception.message", s.Details().Message),
		},
	}, true
}

const exception = "exception"
