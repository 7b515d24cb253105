package mutotel

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/embedded"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// A span implements OpenTelemetry's Span interface with a span of this SDK. Its methods
// may be called from any goroutine.
type span struct {
	embedded.Span
	provider *provider
	ours     *mutagent.Span
	entry    *entry

	mu     sync.Mutex
	name   string // guarded by mu, as are the following fields
	given  attributes
	events []semconv.Event // events that may contain messages
	status codes.Code
	why    string
	ended  bool
}

func (s *span) End(options ...trace.SpanEndOption) {
	config := trace.NewSpanEndConfig(options...)
	if !s.over() {
		return
	}
	live.Delete(s.SpanContext().SpanID())
	opts := s.entry.end(s.given, s.name, s.status, s.why, s.events) // not under mu: a borrower is called
	opts.Time = config.Timestamp()
	s.ours.End(opts)
}

// over makes the data of the span final. It reports whether it was not before.
func (s *span) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	s.ended = true
	return true
}

// attributes returns a copy of the attributes that the span has by now.
func (s *span) attributes() attributes {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.given)
}

func (s *span) AddEvent(name string, options ...trace.EventOption) {
	config := trace.NewEventConfig(options...)
	a := read(config.Attributes())
	s.ours.AddEvent(name, a.slog()...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if strings.HasPrefix(name, "gen_ai.") && !s.ended {
		s.events = append(s.events, semconv.Event{Name: name, Attributes: a.means()})
	}
}

func (s *span) AddLink(l trace.Link) {
	s.ours.AddEvent("link", linkEvent(l.SpanContext, time.Time{}).Attributes...)
}

func (s *span) IsRecording() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.ended
}

func (s *span) RecordError(err error, options ...trace.EventOption) {
	if err == nil {
		return
	}
	config := trace.NewEventConfig(options...)
	about := append(config.Attributes(),
		attribute.String("exception.type", fmt.Sprintf("%T", err)), attribute.String("exception.message", err.Error()))
	s.ours.AddEvent("exception", read(about).slog()...)
}

func (s *span) SpanContext() trace.SpanContext { return contextOf(s.ours) }

// SetStatus follows OpenTelemetry's rule that no status replaces OK.
func (s *span) SetStatus(code codes.Code, description string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.status == codes.Ok || code == codes.Unset {
		return
	}
	s.status, s.why = code, ""
	if code == codes.Error {
		s.why = description
	}
}

func (s *span) SetName(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	if s.name = name; !s.entry.lent() {
		s.ours.SetName(name)
	}
}

func (s *span) SetAttributes(list ...attribute.KeyValue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		maps.Copy(s.given, read(list))
	}
}

func (s *span) TracerProvider() trace.TracerProvider { return s.provider }
