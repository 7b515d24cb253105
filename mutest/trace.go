package mutest

import (
	"log/slog"
	"time"

	"github.com/mutagent-io/mutagent-go"
)

// A Trace is the spans that have a trace id in common, and what was said of them
// all. Its spans are in order of their start, those that started at the same
// instant in order of their names.
type Trace struct {
	ID          string // 32 hex digits, if it is this module's
	Source      string // "sdk" unless the client says otherwise
	Environment string
	SessionID   string
	UserID      string
	Tags        []string
	Metadata    map[string]any // all that was sent as such: user.id, service.name, …
	Spans       []Span
}

// A Span is one operation, as it was received. An operation that has not ended
// is received only when its client is shut down.
//
// Values that were given as any, here and in what the fields refer to, have the
// types of JSON: map[string]any, []any, string, bool and nil. A number is an
// int64 if it is whole, a uint64 if it is too large for that, or else a float64.
type Span struct {
	TraceID  string // 32 hex digits, if it is this module's
	SpanID   string // 16 hex digits, likewise
	ParentID string // the SpanID of the parent, "" if there is none

	Name          string
	Kind          mutagent.Kind
	Status        mutagent.Status // StatusUnset if it has not ended
	StatusMessage string
	Start         time.Time     // in UTC
	End           time.Time     // in UTC, zero if it has not ended
	Duration      time.Duration // 0 if it has not ended

	// In a message, a first part of type "text" stands in Content. A text that reads
	// like the JSON of another form is taken for that; MutagenT cannot tell either.
	Input, Output mutagent.IO
	Metrics       mutagent.Metrics
	Attributes    map[string]any // a group is a map
	Events        []Event        // as they were recorded, late ones at the end
	Metadata      map[string]any // all that was sent as such, attributes and events too
	Truncated     bool           // some of the payload was cut or dropped
}

// An Event is something that happened during a span, most often a log record.
type Event struct {
	Name       string // the message of a log record
	Time       time.Time
	Level      string // as slog.Level has it, such as "INFO"; "" if it was not logged
	Attributes map[string]any
	Source     *slog.Source // where it was logged, nil if unknown
}
