// Package record holds the data of spans between the program that created them and the
// destinations that encode them. Its values are frozen: they are never changed.
package record

import (
	"log/slog"
	"time"
)

// TraceID and SpanID are those of OpenTelemetry: opaque bytes, never all zero, written
// as lower-case hex.
type (
	TraceID [16]byte
	SpanID  [8]byte
)

// Status is the status of an ended span. It is unset while the span is open.
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

// Marks are properties of a span with one bit each. Separate fields would move Span to
// the next allocation size class.
type Marks uint8

const (
	Root      Marks = 1 << iota // has no parent in this process
	Estimated                   // its metrics are estimates
	Late                        // it has only events, logged after its end
	Free                        // its cost is known to be 0
)

// Has reports whether all of others are set.
func (m Marks) Has(others Marks) bool { return m&others == others }

// A Span is the data of one operation. Its values are frozen: the program that set them
// cannot change them.
type Span struct {
	TraceID   TraceID
	ID        SpanID
	ParentID  SpanID // zero on a root
	Status    Status
	Marks     Marks
	Ended     bool
	Truncated bool  // some of its payload was cut or dropped
	Size      int32 // bytes of payload

	Trace      *Trace // nil if the trace has no data
	Kind       string
	Name       string
	Start      time.Time
	Duration   time.Duration
	Attributes []slog.Attr
	Events     Events

	// More has what many spans do not have, such as those that only group others. It is
	// nil until it is needed: with it, an empty span would be nearly twice as large.
	More *Details
}

// Details are the parts of a span that are made on demand.
type Details struct {
	Message       string // describes StatusError
	Input, Output IO
	Metrics       Metrics
}

var noDetails Details

// Details returns the details for reading. It never returns nil.
func (s *Span) Details() *Details {
	if s.More == nil {
		return &noDetails
	}
	return s.More
}

// EditDetails returns the details for writing.
func (s *Span) EditDetails() *Details {
	if s.More == nil {
		s.More = new(Details)
	}
	return s.More
}

// Clone returns a copy of s whose details can be edited without changing those of s.
func (s *Span) Clone() *Span {
	c := *s
	if s.More != nil {
		more := *s.More
		c.More = &more
	}
	return &c
}

// Strip drops the payload and keeps the skeleton: ids, times, status, metrics.
func (s *Span) Strip() {
	s.Release()
	s.Size, s.Truncated = 0, true
}

// Release drops the payload of an encoded span.
func (s *Span) Release() {
	s.Attributes, s.Events = nil, nil
	if s.More != nil {
		s.More.Input, s.More.Output = IO{}, IO{}
	}
}

// Bulk returns the bytes of texts that stay when the payload is dropped, if they are
// more than most spans have.
func (s *Span) Bulk() int64 {
	n := len(s.Name) + len(s.Kind)
	if more := s.More; more != nil {
		n += len(more.Message) + len(more.Metrics.Model) + len(more.Metrics.Provider)
	}
	if t := s.Trace; t != nil {
		n += len(t.SessionID) + len(t.UserID) + len(t.State)
		for _, tag := range t.Tags {
			n += len(tag)
		}
	}
	if n <= smallBulk {
		return 0
	}
	return int64(n)
}

const smallBulk = 256

// Metrics are the usage of a model call. Zero fields are not sent.
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
	Latency           time.Duration // of the call itself, if it is shorter than the span
}

// HasUsage reports whether any number is known.
func (m *Metrics) HasUsage() bool {
	return m.InputTokens|m.OutputTokens|m.TotalTokens|m.CachedInputTokens|m.CacheWriteTokens|m.ReasoningTokens != 0 ||
		m.CostUSD != 0 && m.CostUSD-m.CostUSD == 0
}
