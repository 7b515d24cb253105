package mutagentapi

import (
	"log/slog"
	"strconv"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/jsontext"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

func (e *encoder) appendEvents(dst []byte, events record.Events) []byte {
	dst = append(dst, '[')
	for _, piece := range events {
		for i := range piece {
			dst = e.appendEvent(appendComma(dst, '['), &piece[i])
		}
	}
	return append(dst, ']')
}

func (e *encoder) appendEvent(dst []byte, event *record.Event) []byte {
	dst = e.appendEventHead(dst, event, event.Time)
	if event.Leveled {
		dst = append(dst, `,"level":`...)
		dst = jsontext.AppendString(dst, event.Level.String())
		dst = append(dst, `,"severity":`...)
		dst = strconv.AppendInt(dst, int64(severity(event.Level)), 10)
	}
	if event.Scope.HasAttributes() || len(event.Attributes) > 0 {
		dst = append(dst, `,"attributes":`...)
		dst = e.appendScoped(dst, event.Scope, event.Attributes)
	}
	if src := record.SourceOf(event.PC); src != nil {
		dst = append(dst, `,"source":`...)
		dst = append(dst, src.JSON...)
	}
	return append(dst, '}')
}

// appendEventHead opens an event with what both forms of the body have: its name, which
// must not be empty, and its time, if it has one.
func (e *encoder) appendEventHead(dst []byte, event *record.Event, at time.Time) []byte {
	dst = append(dst, `{"name":`...)
	name := event.Name
	if name == "" {
		name = "event"
	}
	dst = jsontext.AppendString(dst, name)
	if at.IsZero() {
		return dst
	}
	dst = append(dst, `,"timestamp":`...)
	return e.clock.AppendTime(dst, within(at))
}

// severity converts a slog level to a severity number of OpenTelemetry's log data
// model. Info is 9, each level is one step, and the result is between 1 and 24.
func severity(l slog.Level) int {
	return int(min(max(l, 1-9), 24-9)) + 9
}

// appendScoped writes the logger's attributes and groups from the outside in, and attrs
// in the innermost group. Empty groups are left out.
func (e *encoder) appendScoped(dst []byte, s *record.Scope, attrs []slog.Attr) []byte {
	var few [8]*record.Scope
	scopes := few[:0]
	for s != nil && len(s.Attributes) == 0 && len(attrs) == 0 {
		s = s.Parent // an empty innermost group, or a With without attributes
	}
	for ; s != nil; s = s.Parent {
		scopes = append(scopes, s)
	}
	dst = append(dst, '{')
	open := 1
	for i := len(scopes) - 1; i >= 0; i-- {
		if group := scopes[i].Group; group != "" {
			dst = append(jsontext.AppendKey(dst, group), '{')
			open++
			continue
		}
		dst = e.clock.AppendMembers(dst, scopes[i].Attributes)
	}
	dst = e.clock.AppendMembers(dst, attrs)
	for ; open > 0; open-- {
		dst = append(dst, '}')
	}
	return dst
}
