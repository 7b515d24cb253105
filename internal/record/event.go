package record

import (
	"log/slog"
	"time"
)

// Events is a list of events in pieces, so that it grows without moving events.
type Events [][]Event

// Add adds e, with a copy of attrs if there are any. Pieces double in size from 4
// events to 64.
func (list *Events) Add(e Event, attrs ...slog.Attr) {
	if len(attrs) > 0 {
		e.Attributes = list.keep(attrs)
	}
	last := len(*list) - 1
	if last < 0 || len((*list)[last]) == cap((*list)[last]) {
		last++
		*list = append(*list, make([]Event, 0, 4<<min(last, 4)))
	}
	(*list)[last] = append((*list)[last], e)
}

// manyAttrs is the number of attributes for which room is allocated at a time, once a
// span has more than one event.
const manyAttrs = 16

// keep copies attrs behind the attributes of the last event if there is enough room. A
// log record then needs no allocation of its own.
func (list Events) keep(attrs []slog.Attr) []slog.Attr {
	room := make([]slog.Attr, 0)
	if n := len(list); n > 0 {
		piece := list[n-1]
		before := piece[len(piece)-1].Attributes
		if room = before[len(before):]; cap(room) < len(attrs) {
			room = make([]slog.Attr, 0, max(len(attrs), manyAttrs))
		}
	}
	return append(room, attrs...)
}

// Len returns the number of events.
func (list Events) Len() (n int) {
	for _, piece := range list {
		n += len(piece)
	}
	return n
}

// An Event is one thing that happened during a span.
type Event struct {
	Name       string
	Time       time.Time // zero if the log record had none
	PC         uintptr   // of the log statement, 0 if unknown
	Level      slog.Level
	Leveled    bool   // whether the event has a level
	Scope      *Scope // attributes and groups of the logger, nil if none
	Attributes []slog.Attr
}

// A Scope is one step of a logger: attributes of a With, or a group that it opened. Its
// parent is the scope of the logger it was derived from. Scopes are immutable and
// shared by all events of a logger.
type Scope struct {
	Parent     *Scope
	Group      string // opened group; "" if this scope holds attributes
	Attributes []slog.Attr
}

// HasAttributes reports whether the logger has any attributes.
func (s *Scope) HasAttributes() bool {
	for ; s != nil; s = s.Parent {
		if len(s.Attributes) > 0 {
			return true
		}
	}
	return false
}
