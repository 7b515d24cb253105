package mutagent

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/intake"
	"github.com/mutagent-io/mutagent-go/internal/leak"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/redact"
)

// A Span is one timed operation. Its methods never block, and are safe for concurrent
// use. Calls on a nil Span do nothing. After the end, setters do nothing, and [Stats]
// counts them; events are still sent.
//
// Values are copied when they are set; later changes are not seen.
type Span struct {
	client *Client
	item   intake.Item
}

// EndOptions are the options of [Span.End]. Zero fields leave earlier values unchanged.
type EndOptions struct {
	Status        Status // StatusUnset means ok, or error if an error was set
	StatusMessage string // describes the status
	Output        any    // as for [Span.SetOutput]
	Metrics       Metrics
	Attributes    []slog.Attr // added to those already set
	Events        []Event
	Err           error
	Time          time.Time // when the span ended; zero means now
}

// An Event is something that happened at one moment of a span.
type Event struct {
	Name       string
	Time       time.Time // zero means now
	Attributes []slog.Attr
}

// An IO is the input or output of an operation. Usually one field is set.
type IO struct {
	Text      string
	Messages  []Message
	Documents []Document
	Raw       any // encoded to JSON immediately
}

// A Message is one turn of a conversation, modelled on OpenTelemetry's GenAI semantic
// conventions.
type Message struct {
	Role         string // "system", "user", "assistant", "tool"
	Name         string
	Content      string // shorthand for a first Part of type "text"
	Parts        []Part
	FinishReason string // for outputs: "stop", "length", "content_filter", "tool_call", "error"
}

// A Part is one piece of a [Message]: text, a tool call, a tool call's response, or a
// reference to media. Empty fields are not sent.
type Part struct {
	Type      string // inferred from the other fields if empty
	Content   string
	ID        string // tool call ID
	Name      string // tool name
	Arguments any    // of a "tool_call"; encoded to JSON immediately
	Response  any    // of a "tool_call_response"; encoded to JSON immediately
	MIMEType  string
	URI       string
	Size      int64 // in bytes, of media whose data is not in Content
}

// A Document is one result of a retrieval.
type Document struct {
	ID       string
	Content  string
	Score    float64
	Metadata any // encoded to JSON immediately
}

// freezeIO copies v to the empty io, so that later changes through its slices, maps and
// pointers are not seen. Strings, messages, documents and [IO] keep their structure;
// anything else becomes JSON.
func freezeIO(io *record.IO, v any) {
	switch v := v.(type) {
	case nil, struct{}:
	case string:
		io.Text = v
	case IO:
		v.freeze(io)
	case *IO:
		if v != nil {
			v.freeze(io)
		}
	case Message:
		io.More = &record.Structured{Messages: freezeMessages([]Message{v})}
	case []Message:
		io.More = &record.Structured{Messages: freezeMessages(v)}
	case Document:
		io.More = &record.Structured{Documents: freezeDocuments([]Document{v})}
	case []Document:
		io.More = &record.Structured{Documents: freezeDocuments(v)}
	default:
		io.Raw = freeze.Value(v)
	}
}

func (io *IO) freeze(to *record.IO) {
	to.Text = io.Text
	if io.Raw != nil {
		to.Raw = freeze.Value(io.Raw)
	}
	if io.Messages == nil && io.Documents == nil {
		return
	}
	to.More = new(record.Structured)
	if io.Messages != nil {
		to.More.Messages = freezeMessages(io.Messages)
	}
	if io.Documents != nil {
		to.More.Documents = freezeDocuments(io.Documents)
	}
}

func freezeMessages(messages []Message) []record.Message {
	list := make([]record.Message, len(messages))
	for i := range messages {
		m := &messages[i]
		list[i] = record.Message{Role: m.Role, Name: m.Name, FinishReason: m.FinishReason, Parts: freezeParts(m)}
	}
	return list
}

func freezeParts(m *Message) []record.Part {
	parts := make([]record.Part, 0, len(m.Parts)+1)
	if m.Content != "" {
		parts = append(parts, record.Part{Type: "text", Content: m.Content})
	}
	for i := range m.Parts {
		p := &m.Parts[i]
		parts = append(parts, record.Part{
			Type: p.kind(), Content: p.Content, ID: p.ID, Name: p.Name,
			Arguments: freezeAny(p.Arguments), Response: freezeAny(p.Response),
			MIMEType: p.MIMEType, URI: p.URI, Size: p.Size,
		})
	}
	return parts
}

// kind returns the part's type, inferred from its fields if Type is empty.
func (p *Part) kind() string {
	switch {
	case p.Type != "":
		return p.Type
	case p.Response != nil:
		return "tool_call_response"
	case p.Arguments != nil || p.Name != "":
		return "tool_call"
	case p.URI != "":
		return "uri"
	}
	return "text"
}

func freezeDocuments(documents []Document) []record.Document {
	list := make([]record.Document, len(documents))
	for i := range documents {
		d := &documents[i]
		list[i] = record.Document{ID: d.ID, Content: d.Content, Score: d.Score, Metadata: freezeAny(d.Metadata)}
	}
	return list
}

func freezeAny(v any) freeze.JSON {
	if v == nil {
		return ""
	}
	return freeze.Value(v)
}

// Metrics are the usage and cost of a model call. Zero fields mean unknown. Set them on
// the span that made the call, not on its ancestors: the viewer sums them, so nothing
// is counted twice.
type Metrics struct {
	Model             string
	Provider          string // as in OpenTelemetry's gen_ai.provider.name: "openai", "anthropic", …
	InputTokens       int64  // including cached tokens
	OutputTokens      int64  // including reasoning tokens
	TotalTokens       int64
	CachedInputTokens int64
	CacheWriteTokens  int64
	ReasoningTokens   int64
	CostUSD           float64
	TimeToFirstToken  time.Duration
	Latency           time.Duration // of the call, if it differs from the span's duration
	Estimated         bool          // tokens and cost are estimates, not reported by the provider
	Free              bool          // the call cost nothing; a CostUSD of 0 means unknown
}

// TraceID returns the trace ID as 32 hex digits, or "" for a nil Span.
func (s *Span) TraceID() string {
	if s == nil {
		return ""
	}
	return hex.EncodeToString(s.item.Span.TraceID[:])
}

// SpanID returns the span ID as 16 hex digits, or "" for a nil Span.
func (s *Span) SpanID() string {
	if s == nil {
		return ""
	}
	return hex.EncodeToString(s.item.Span.ID[:])
}

// SetName replaces the name.
func (s *Span) SetName(name string) {
	if s.lock() {
		s.item.Span.Name = redact.Hold(name, redact.MaxName)
		s.unlock()
	}
}

// SetKind replaces the kind, for operations whose kind is known only after the start.
// An empty kind is ignored.
func (s *Span) SetKind(kind Kind) {
	if kind != "" && s.lock() {
		s.item.Span.Kind = redact.Hold(string(kind), redact.MaxName)
		s.unlock()
	}
}

// SetInput replaces the input. A string is recorded as text. A [Message], a [Document],
// a slice of either and an [IO] keep their structure. Anything else is encoded to JSON
// before SetInput returns, see docs/values.md. A nil v removes the input.
func (s *Span) SetInput(v any) {
	if s == nil {
		return
	}
	var in record.IO
	freezeIO(&in, v)
	if s.lock() {
		s.put(&s.item.Span.EditDetails().Input, &in)
		s.unlock()
	}
}

// SetOutput replaces the output. It accepts what [Span.SetInput] accepts.
func (s *Span) SetOutput(v any) {
	if s == nil {
		return
	}
	var out record.IO
	freezeIO(&out, v)
	if s.lock() {
		s.put(&s.item.Span.EditDetails().Output, &out)
		s.unlock()
	}
}

// SetMetrics sets the non-zero fields of m. Other metrics keep their values.
func (s *Span) SetMetrics(m Metrics) {
	if s.lock() {
		s.measure(&m)
		s.unlock()
	}
}

// SetAttributes sets attributes. A later value replaces an earlier one with the same
// key.
func (s *Span) SetAttributes(attrs ...slog.Attr) {
	if s == nil {
		return
	}
	frozen, _ := freeze.Attrs(make([]slog.Attr, 0, len(attrs)), attrs)
	if s.lock() {
		s.merge(frozen)
		s.unlock()
	}
}

// AddEvent adds an event with the current time. Log records become events on their own,
// see [NewHandler].
func (s *Span) AddEvent(name string, attrs ...slog.Attr) {
	if s == nil {
		return
	}
	var few [8]slog.Attr // on the stack; addEvent copies it
	frozen, size := freeze.Attrs(few[:0], attrs)
	s.addEvent(record.Event{Name: name, Time: time.Now()}, frozen, size)
}

// SetStatus sets the status and its message, which is meant for [StatusError].
func (s *Span) SetStatus(status Status, message string) {
	if s.lock() {
		s.setStatus(status, message)
		s.unlock()
	}
}

// SetError marks the span as failed. It sets the status to [StatusError] with the text
// of err, and the attribute error.type to its type. If err is or wraps a well-known
// error such as context.Canceled or io.ErrUnexpectedEOF, error.type is that error's
// name. A nil err is ignored.
func (s *Span) SetError(err error) {
	if s == nil || err == nil {
		return
	}
	text, typ := explain(err)
	if s.lock() {
		s.fail(text, typ)
		s.unlock()
	}
}

// End ends the span and hands it over for delivery. Only the first call has an effect.
func (s *Span) End(opts EndOptions) {
	if s == nil {
		return
	}
	elapsed := time.Since(s.item.Span.Start)
	if !opts.Time.IsZero() {
		elapsed = max(0, opts.Time.Sub(s.item.Span.Start))
	}
	var out record.IO
	freezeIO(&out, opts.Output)
	var text, typ string
	if opts.Err != nil {
		text, typ = explain(opts.Err)
	}
	var attrs []slog.Attr
	if len(opts.Attributes) > 0 {
		attrs, _ = freeze.Attrs(make([]slog.Attr, 0, len(opts.Attributes)), opts.Attributes)
	}
	for i := range opts.Events {
		s.addGiven(&opts.Events[i], s.item.Span.Start.Add(elapsed))
	}
	if !s.lockOr(leak.EndedTwice) {
		return
	}
	if !out.Empty() {
		s.put(&s.item.Span.EditDetails().Output, &out)
	}
	s.measure(&opts.Metrics)
	if len(attrs) > 0 {
		s.merge(attrs)
	}
	if opts.Err != nil {
		s.fail(text, typ)
	}
	if opts.Status != StatusUnset {
		s.item.Span.Status = record.Status(opts.Status)
	}
	if opts.StatusMessage != "" {
		s.setMessage(opts.StatusMessage)
	}
	s.finish(elapsed)
}

// addGiven adds an event of EndOptions. Its time defaults to the end of the span.
func (s *Span) addGiven(e *Event, end time.Time) {
	attrs, size := freeze.Attrs(nil, e.Attributes)
	at := e.Time
	if at.IsZero() {
		at = end
	}
	s.addEvent(record.Event{Name: e.Name, Time: at}, attrs, size)
}

// finish ends and unlocks a locked span.
func (s *Span) finish(elapsed time.Duration) {
	r := &s.item.Span
	if r.Status == record.StatusUnset {
		r.Status = record.StatusOK
	}
	r.Duration = elapsed
	r.Ended = true
	s.unlock()
	s.leave()
}

// end is the function that Start returns. It must itself be the deferred function,
// because recover works in no other.
func (s *Span) end(errs ...*error) {
	if p := recover(); p != nil {
		s.panicOn(p)
	}
	elapsed := time.Since(s.item.Span.Start)
	for _, err := range errs {
		if err != nil && *err != nil {
			s.End(EndOptions{Err: *err})
			return
		}
	}
	if s.lockOr(leak.EndedTwice) {
		s.finish(elapsed)
	}
}

// panicOn ends the span with the panic value p, and panics with p again.
func (s *Span) panicOn(p any) {
	s.panicked(p)
	s.End(EndOptions{})
	panic(p)
}

// panicked records p as an exception event, as OpenTelemetry's conventions define it.
func (s *Span) panicked(p any) {
	typ, text := fmt.Sprintf("%T", p), freeze.Text(p)
	stack := string(debug.Stack())
	if !s.lock() {
		return
	}
	s.fail("panic: "+text, typ)
	s.unlock()
	s.addEvent(record.Event{Name: "exception", Time: time.Now()}, []slog.Attr{
		slog.String("exception.type", typ),
		slog.String("exception.message", text),
		slog.String("exception.stacktrace", stack),
	}, len(typ)+len(text)+len(stack))
}

// sentinels are well-known errors whose types carry no information.
var sentinels = []struct {
	err  error
	name string
}{
	{context.Canceled, "context.Canceled"},
	{context.DeadlineExceeded, "context.DeadlineExceeded"},
	{os.ErrDeadlineExceeded, "os.ErrDeadlineExceeded"},
	{net.ErrClosed, "net.ErrClosed"},
	{io.ErrUnexpectedEOF, "io.ErrUnexpectedEOF"},
	{io.EOF, "io.EOF"},
}

// explain returns the text of err and its type for error.type: the name of a sentinel
// in its chain, or else the type of the first error that is not an fmt wrapper.
func explain(err error) (text, typ string) {
	text = freeze.ErrorText(err)
	if name := freeze.AskError(err, sentinelIn); name != "" {
		return text, name
	}
	for e := err; e != nil; e = errors.Unwrap(e) {
		typ = reflect.TypeOf(e).String()
		if !strings.HasPrefix(typ, "*fmt.wrapError") {
			break
		}
	}
	return text, typ
}

// sentinelIn returns the name of the sentinel that err is or wraps, or "". Unlike
// [errors.Is], it ends for an error that wraps itself.
func sentinelIn(err error) string {
	wrapped := chain(nil, err)
	for _, s := range sentinels {
		for _, e := range wrapped {
			is, ok := e.(interface{ Is(error) bool })
			if e == s.err || ok && is.Is(s.err) {
				return s.name
			}
		}
	}
	return ""
}

// maxChain bounds the errors of a chain that are checked.
const maxChain = 100

// chain appends err and what it wraps to list.
func chain(list []error, err error) []error {
	if err == nil || len(list) == maxChain {
		return list
	}
	list = append(list, err)
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return chain(list, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, e := range e.Unwrap() {
			list = chain(list, e)
		}
	}
	return list
}

// enter registers the span with the client. Until then no other goroutine can reach it.
func (s *Span) enter() {
	if s.item.Deferred() {
		s.client.keeper.Begin(&s.item)
	} else {
		s.client.pipeline.Intake.Begin(&s.item)
	}
	if s.client.debug != nil {
		s.client.debug.Started(&s.item.Span)
	}
	if s.client.leaks != nil {
		leak.Started(s.client.leaks, &s.item.Span, s)
	}
}

// leave hands the ended span over for delivery. It must not be written afterwards.
func (s *Span) leave() {
	if s.client.debug != nil {
		s.client.debug.Ended(&s.item.Span)
	}
	if s.client.leaks != nil {
		s.client.leaks.Ended(s.item.Span.ID)
	}
	if s.item.Deferred() {
		s.client.keeper.End(&s.item)
	} else {
		s.client.pipeline.Intake.End(&s.item)
	}
}

// lock locks the span if it has not ended, and reports whether it did.
func (s *Span) lock() bool { return s.lockOr(leak.Late) }

// lockOr is lock with the problem to report if the span has ended.
func (s *Span) lockOr(problem string) bool {
	if s == nil {
		return false
	}
	s.item.Mu.Lock()
	if s.item.Span.Ended {
		s.item.Mu.Unlock()
		s.client.lateWrites.Add(1)
		if s.client.leaks != nil {
			s.client.leaks.Misused(s.item.Span.ID, problem)
		}
		return false
	}
	return true
}

func (s *Span) unlock() { s.item.Mu.Unlock() }

// The caller of the methods below holds the lock, or the only reference to the span.

func (s *Span) fail(text, typ string) {
	s.setStatus(StatusError, text)
	s.merge([]slog.Attr{slog.String("error.type", typ)})
}

func (s *Span) setStatus(status Status, message string) {
	s.item.Span.Status = record.Status(status)
	if message != "" || s.item.Span.More != nil {
		s.setMessage(message)
	}
}

func (s *Span) setMessage(message string) {
	s.item.Span.EditDetails().Message = redact.Hold(message, redact.MaxMessage)
}

// room reserves n bytes of the span's payload limit, and reports whether they fit.
func (s *Span) room(n int) bool {
	if int(s.item.Span.Size)+n > s.client.maxSpan {
		s.item.Span.Truncated = true
		return false
	}
	s.item.Span.Size += int32(n)
	return true
}

// put replaces *place with *io, cut to the span's remaining payload limit.
func (s *Span) put(place, io *record.IO) {
	r := &s.item.Span
	r.Size -= int32(place.Size())
	size := io.Size()
	if n := max(0, s.client.maxSpan-int(r.Size)); size > n {
		held := redact.HoldIO(*io, n)
		io, size = &held, held.Size()
		r.Truncated = true
	}
	r.Size += int32(size)
	*place = *io
}

func (s *Span) measure(m *Metrics) {
	if *m == (Metrics{}) {
		return
	}
	to := &s.item.Span.EditDetails().Metrics
	set(&to.Model, redact.Hold(m.Model, redact.MaxName))
	set(&to.Provider, redact.Hold(m.Provider, redact.MaxName))
	set(&to.InputTokens, m.InputTokens)
	set(&to.OutputTokens, m.OutputTokens)
	set(&to.TotalTokens, m.TotalTokens)
	set(&to.CachedInputTokens, m.CachedInputTokens)
	set(&to.CacheWriteTokens, m.CacheWriteTokens)
	set(&to.ReasoningTokens, m.ReasoningTokens)
	set(&to.TimeToFirstToken, m.TimeToFirstToken)
	set(&to.Latency, m.Latency)
	marks := &s.item.Span.Marks
	switch {
	case m.CostUSD != 0:
		to.CostUSD = m.CostUSD
		*marks &^= record.Free
	case m.Free:
		to.CostUSD = 0
		*marks |= record.Free
	}
	switch {
	case m.Estimated:
		*marks |= record.Estimated
	case marks.Has(record.Estimated) && m.usage().HasUsage():
		*marks &^= record.Estimated
	}
}

// usage returns the token counts and cost of m.
func (m *Metrics) usage() *record.Metrics {
	return &record.Metrics{
		InputTokens: m.InputTokens, OutputTokens: m.OutputTokens, TotalTokens: m.TotalTokens,
		CachedInputTokens: m.CachedInputTokens, CacheWriteTokens: m.CacheWriteTokens,
		ReasoningTokens: m.ReasoningTokens, CostUSD: m.CostUSD,
	}
}

func set[T comparable](to *T, v T) {
	var zero T
	if v != zero {
		*to = v
	}
}

// addAttributes freezes and sets the first attributes of a span.
func (s *Span) addAttributes(attrs []slog.Attr) {
	frozen, _ := freeze.Attrs(make([]slog.Attr, 0, len(attrs)), attrs)
	s.merge(frozen)
}

func (s *Span) merge(frozen []slog.Attr) {
	r := &s.item.Span
	if s.room(freeze.Growth(r.Attributes, frozen)) {
		r.Attributes = freeze.Merge(r.Attributes, frozen)
	}
}

// eventBytes is the memory of an event without its texts.
const eventBytes = 96

// outline returns the identifying fields of an ended span, without payload.
func (s *Span) outline() record.Span {
	r := &s.item.Span
	late := record.Span{
		TraceID: r.TraceID, ID: r.ID, ParentID: r.ParentID, Trace: r.Trace,
		Kind: r.Kind, Name: r.Name, Status: r.Status,
		Start: r.Start, Duration: r.Duration, Ended: true,
	}
	if message := r.Details().Message; message != "" {
		late.More = &record.Details{Message: message}
	}
	return late
}

// addEvent adds an event of size bytes, with a copy of attrs. If the span has ended,
// the event is sent on its own.
func (s *Span) addEvent(e record.Event, attrs []slog.Attr, size int) {
	size += len(e.Name) + eventBytes
	s.item.Mu.Lock()
	r := &s.item.Span
	if r.Ended {
		s.item.Mu.Unlock()
		s.client.addLate(s, e, attrs, size)
		return
	}
	fits := s.room(size)
	if fits {
		r.Events.Add(e, attrs...)
	}
	s.item.Mu.Unlock()
	if !fits {
		s.client.pipeline.Intake.DropEvent()
	}
}

func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return freeze.Cut(s, n)
}
