package mutagentapi

import (
	"time"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// appendLegacy writes the payload as mutagent.tracing 0.1.2 does: input and output as
// objects, and attributes and events in keys of their own.
func (e *encoder) appendLegacy(dst []byte, s *record.Span) []byte {
	if !s.Details().Input.Empty() {
		dst = appendObject(append(dst, `,"input":`...), s.Details().Input, true)
	}
	if !s.Details().Output.Empty() {
		dst = appendObject(append(dst, `,"output":`...), s.Details().Output, true)
	}
	if len(s.Attributes) > 0 {
		dst = e.clock.AppendAttrs(append(dst, `,"attributes":`...), s.Attributes)
	}
	if len(s.Events) > 0 {
		dst = append(dst, `,"events":[`...)
		for _, piece := range s.Events {
			for i := range piece {
				event := &piece[i]
				dst = e.appendEventHead(appendComma(dst, '['), event, timeOf(event, s))
				if event.Scope.HasAttributes() || len(event.Attributes) > 0 {
					dst = append(dst, `,"attributes":`...)
					dst = e.appendScoped(dst, event.Scope, event.Attributes)
				}
				dst = append(dst, '}')
			}
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// timeOf returns the time of an event. API 0.1 requires one, so a log record without a
// time gets the start of its span.
func timeOf(event *record.Event, s *record.Span) time.Time {
	if event.Time.IsZero() {
		return within(s.Start)
	}
	return event.Time
}
