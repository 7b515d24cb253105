package mutest

import (
	"log/slog"
	"time"

	"github.com/mutagent-io/mutagent-go"
)

// A Trace is all spans with the same trace ID, and the trace's own fields. Spans are
// ordered by start time, then by name.
type Trace struct {
	ID          string // 32 hex digits if created by this module
	Source      string // "sdk" unless Options.Source is set
	Environment string
	SessionID   string
	UserID      string
	Tags        []string
	Metadata    map[string]any // the metadata as sent: user.id, service.name, …
	Spans       []Span
}

// A Span is one span as it was received. An open span is received only when its client
// is shut down.
//
// Values of type any, here and in the types of the fields, are JSON values:
// map[string]any, []any, string, bool and nil. A number is an int64 if it is whole, a
// uint64 if it is too large for that, and otherwise a float64.
type Span struct {
	TraceID  string // 32 hex digits if created by this module
	SpanID   string // 16 hex digits if created by this module
	ParentID string // "" if there is no parent

	Name          string
	Kind          mutagent.Kind
	Status        mutagent.Status // StatusUnset if it has not ended
	StatusMessage string
	Start         time.Time     // in UTC
	End           time.Time     // in UTC, zero if it has not ended
	Duration      time.Duration // 0 if it has not ended

	// A first part of type "text" of a message is in Content. A text that looks like the
	// JSON of a structured form is parsed as that form, because MutagenT cannot
	// distinguish them either.
	Input, Output mutagent.IO
	Metrics       mutagent.Metrics
	Attributes    map[string]any // a group is a map
	Events        []Event        // in order of recording, late events last
	Metadata      map[string]any // the metadata as sent, including attributes and events
	Truncated     bool           // some of the payload was cut or dropped
}

// An Event is something that happened during a span, usually a log record.
type Event struct {
	Name       string // the message of a log record
	Time       time.Time
	Level      string // as slog.Level prints it, such as "INFO"; "" if not a log record
	Attributes map[string]any
	Source     *slog.Source // of the log call, nil if unknown
}
