// Package trace defines the viewer's model of spans and log records, which is the same
// for all protocols.
package trace

import (
	"encoding/json"
	"time"
)

// Status is the status of a span. The numbers are OpenTelemetry's.
type Status int

const (
	Unset Status = iota
	OK
	Error
)

// String returns the name of s in the MutagenT API.
func (s Status) String() string {
	switch s {
	case OK:
		return "ok"
	case Error:
		return "error"
	}
	return "unset"
}

// ParseStatus parses the names that senders use. Unknown names are Unset.
func ParseStatus(word string) Status {
	switch word {
	case "ok", "OK", "Ok", "success", "completed", "STATUS_CODE_OK":
		return OK
	case "error", "ERROR", "Error", "failed", "failure", "STATUS_CODE_ERROR":
		return Error
	}
	return Unset
}

// A Time is in nanoseconds since 1970; zero is an unknown time.
type Time int64

// At converts t to a Time; the zero time.Time is the zero Time.
func At(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.UnixNano())
}

// UTC returns t as a time.Time.
func (t Time) UTC() time.Time { return time.Unix(0, int64(t)).UTC() }

// Attrs are attributes as they were sent. Values are those of encoding/json with
// UseNumber, or plain Go numbers.
type Attrs map[string]any

// A Span is one operation of a traced program.
//
// Attributes contain all data sent that has no field of its own. Facts is derived for
// lists, filters and sums.
type Span struct {
	TraceID  string
	SpanID   string
	ParentID string
	Name     string
	OTelKind int // OpenTelemetry's number; 1 is internal
	Status   Status
	Message  string // message of the status
	Start    Time
	End      Time // 0 while the span has not ended

	Input      json.RawMessage // as sent, any JSON; nil if there was none
	Output     json.RawMessage
	Attributes Attrs
	Events     []Event
	Links      []Link

	Resource     Attrs
	Scope        string
	ScopeVersion string

	Facts Facts
}

// Duration returns the duration of the span, or 0 while it has not ended.
func (s *Span) Duration() time.Duration {
	if s.End == 0 {
		return 0
	}
	return time.Duration(s.End - s.Start)
}

// Facts are the values for lists, filters and sums.
type Facts struct {
	Kind        string // one of the vendor's kinds, or the sender's own kind
	Service     string
	Session     string
	User        string
	Environment string
	Tags        []string
	Model       string
	Provider    string
	Usage
}

// Usage is the usage of a model call. Zero means unknown.
type Usage struct {
	InputTokens     int64
	OutputTokens    int64
	CachedTokens    int64
	ReasoningTokens int64
	CostUSD         float64
}

// Empty reports whether all values are unknown.
func (u Usage) Empty() bool { return u == Usage{} }

// Add returns the sum of u and v.
func (u Usage) Add(v Usage) Usage {
	return Usage{
		InputTokens:     u.InputTokens + v.InputTokens,
		OutputTokens:    u.OutputTokens + v.OutputTokens,
		CachedTokens:    u.CachedTokens + v.CachedTokens,
		ReasoningTokens: u.ReasoningTokens + v.ReasoningTokens,
		CostUSD:         u.CostUSD + v.CostUSD,
	}
}

// An Event is something that happened during a span.
type Event struct {
	Name       string `json:"name"`
	Time       Time   `json:"time,omitempty"`
	Level      string `json:"level,omitempty"`
	Source     string `json:"source,omitempty"` // file:line of the log statement
	Attributes Attrs  `json:"attributes,omitempty"`
}

// A Link points to a span of this or another trace.
type Link struct {
	TraceID    string `json:"traceId"`
	SpanID     string `json:"spanId"`
	Attributes Attrs  `json:"attributes,omitempty"`
}

// A Log is a log record. It belongs to a span if it names one.
type Log struct {
	ID         int64
	TraceID    string
	SpanID     string
	Time       Time
	Observed   Time
	Severity   int // OpenTelemetry's, 1 to 24; 0 is unknown
	Level      string
	Body       any
	Attributes Attrs
	Scope      string
	Resource   Attrs
}
