// Package wire turns spans into the JSON that POST /api/traces is sent. It
// alone knows the keys; docs/wire.md describes them. It does no I/O and reads
// no clock.
package wire

import (
	"log/slog"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
)

// TraceID and SpanID are OpenTelemetry's: opaque bytes, never all zero, written
// as lower-case hex.
type (
	TraceID [16]byte
	SpanID  [8]byte
)

// Status is how a span ended; unset while it has not.
type Status uint8

const (
	StatusUnset Status = iota
	StatusOK
	StatusError
)

func (s Status) String() string {
	switch s {
	case StatusOK:
		return "ok"
	case StatusError:
		return "error"
	}
	return "unset"
}

// Marks are facts about a span that take one bit each: a larger Span would cost
// the next size of object.
type Marks uint8

const (
	Root      Marks = 1 << iota // has no parent in this process
	Estimated                   // its metrics are estimates
)

// Has reports whether all of others are set.
func (m Marks) Has(others Marks) bool { return m&others == others }

// A Span is what is known of one operation. Its values are frozen: nothing in
// it can be changed by the program that gave it.
type Span struct {
	TraceID   TraceID
	ID        SpanID
	ParentID  SpanID // zero on a root
	Status    Status
	Marks     Marks
	Ended     bool
	Truncated bool  // some of its payload was cut or dropped
	Size      int32 // bytes of payload

	Trace    *Trace // nil if there is nothing to say of the trace
	Kind     string
	Name     string
	Message  string    // says more about StatusError
	Start    time.Time // zero in an addendum: ids and late events only
	Duration time.Duration

	Input, Output IO
	Metrics       Metrics
	Attributes    []slog.Attr
	Events        Events
}

// A Trace is what its spans have in common. It is immutable.
type Trace struct {
	SessionID string
	UserID    string
	Tags      []string
	// Attributes are given to each span when it starts.
	Attributes []slog.Attr
	// MetadataOnly says that no content may leave, see internal/redact.
	MetadataOnly bool
	// Remote traces began in another process. Their State and Flags go on to
	// others in headers, see internal/w3c; they are not sent.
	Remote bool
	State  string
	Flags  byte

	encoded string // the members that are sent, of a trace that was restored
}

// Strip drops the payload and keeps the skeleton: ids, times, status, metrics.
func (s *Span) Strip() {
	s.Release()
	s.Size, s.Truncated = 0, true
}

// Release lets go of the payload of a span that has been encoded.
func (s *Span) Release() {
	s.Input, s.Output, s.Attributes, s.Events = IO{}, IO{}, nil, nil
}

// IO is an input or an output. Most are plain text, so the structured forms are
// one pointer away.
type IO struct {
	Text string
	More *Structured
}

// Structured holds the forms of an IO that are not plain text, each nil or
// encoded.
type Structured struct {
	Messages, Documents, Raw freeze.JSON
}

// Size returns the bytes that io holds.
func (io IO) Size() int {
	n := len(io.Text)
	if m := io.More; m != nil {
		n += len(m.Messages) + len(m.Documents) + len(m.Raw)
	}
	return n
}

// Cut returns an io of at most n bytes. Encoded JSON cannot be cut and stay
// JSON, so its beginning becomes text.
func (io IO) Cut(n int) IO {
	text := io.Text
	if m := io.More; m != nil && text == "" {
		for _, raw := range []freeze.JSON{m.Messages, m.Documents, m.Raw} {
			if raw != nil {
				text = string(raw[:min(n+1, len(raw))]) // Cut looks one byte ahead
				break
			}
		}
	}
	return IO{Text: freeze.Cut(text, n)}
}

// Metrics is what a model call used. Zero fields are not sent.
type Metrics struct {
	Model             string
	Provider          string
	InputTokens       int64
	OutputTokens      int64
	TotalTokens       int64
	CachedInputTokens int64
	CacheWriteTokens  int64
	ReasoningTokens   int64
	CostUSD           float64
	TimeToFirstToken  time.Duration
}

// Events is a list of events in pieces, so that it can grow without moving what
// it has.
type Events [][]Event

// Add adds e, with a copy of attrs if there are any. Pieces double from 4 events
// to 64.
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

// manyAttrs is how many attributes are made room for at a time, once a span has
// more than one event.
const manyAttrs = 16

// keep copies attrs to the room behind the attributes of the last event, if it is
// large enough: a log line costs no allocation of its own.
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
	Leveled    bool   // whether Level was given
	Scope      *Scope // attributes and groups of the logger, nil if none
	Attributes []slog.Attr
}

// A Scope is what a logger carries: attributes, or a group that it opened, on
// top of what the logger it was derived from carries. Scopes are immutable and
// shared by all events of a logger.
type Scope struct {
	Parent     *Scope
	Group      string // opened group; "" if this scope holds attributes
	Attributes []slog.Attr
}
