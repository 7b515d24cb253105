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

// A Span is one timed operation. Its methods may be called from any goroutine,
// and never block. A nil Span ignores them, and so does a span that has ended,
// except that [Stats] counts it.
//
// What is given to a span is taken as it is at that moment; the caller may change
// it afterwards.
type Span struct {
	client *Client
	item   intake.Item
}

// EndOptions say what is known of a span when it ends. Zero fields leave what
// was set before.
type EndOptions struct {
	Status        Status // StatusUnset means ok, or error if there was one
	StatusMessage string // says more about the status
	Output        any    // in the forms of [Span.SetOutput]
	Metrics       Metrics
	Attributes    []slog.Attr // in addition to those the span has
	Events        []Event
	Err           error
	Time          time.Time // of the end; zero means now
}

// An Event is something that happened during a span.
type Event struct {
	Name       string
	Time       time.Time // zero means now
	Attributes []slog.Attr
}

// An IO is what goes into an operation or comes out of it. Set the fields that
// fit; most often it is one.
type IO struct {
	Text      string
	Messages  []Message
	Documents []Document
	Raw       any // encoded as encoding/json does, at once
}

// A Message is one turn of a conversation, in the form of OpenTelemetry's GenAI
// conventions.
type Message struct {
	Role         string // "system", "user", "assistant", "tool"
	Name         string
	Content      string // short for a first Part of type "text"
	Parts        []Part
	FinishReason string // of an output: "stop", "length", "content_filter", "tool_call", "error"
}

// A Part is a piece of a [Message]: text, a tool call, its response, or a
// reference to media. Empty fields are not sent.
type Part struct {
	Type      string // guessed from the other fields if empty
	Content   string
	ID        string // of the tool call
	Name      string // of the tool
	Arguments any    // of a "tool_call"; encoded as encoding/json does, at once
	Response  any    // of a "tool_call_response"; encoded likewise
	MIMEType  string
	URI       string
	Size      int64 // bytes of media that is not in Content
}

// A Document is something that a retrieval found.
type Document struct {
	ID       string
	Content  string
	Score    float64
	Metadata any // encoded as encoding/json does, at once
}

// frozen takes v in a form that later changes of its slices, maps and pointers cannot
// reach: a string is text, messages, documents and an [IO] are what they are, and
// anything else is encoded as JSON.
func frozen(v any) record.IO {
	switch v := v.(type) {
	case nil, struct{}:
		return record.IO{}
	case string:
		return record.IO{Text: v}
	case IO:
		return v.freeze()
	case *IO:
		if v == nil {
			return record.IO{}
		}
		return v.freeze()
	case Message:
		return record.IO{More: &record.Structured{Messages: freezeMessages([]Message{v})}}
	case []Message:
		return record.IO{More: &record.Structured{Messages: freezeMessages(v)}}
	case Document:
		return record.IO{More: &record.Structured{Documents: freezeDocuments([]Document{v})}}
	case []Document:
		return record.IO{More: &record.Structured{Documents: freezeDocuments(v)}}
	}
	return record.IO{More: &record.Structured{Raw: freeze.Value(v)}}
}

func (io *IO) freeze() record.IO {
	if io.Messages == nil && io.Documents == nil && io.Raw == nil {
		return record.IO{Text: io.Text}
	}
	more := new(record.Structured)
	if io.Messages != nil {
		more.Messages = freezeMessages(io.Messages)
	}
	if io.Documents != nil {
		more.Documents = freezeDocuments(io.Documents)
	}
	if io.Raw != nil {
		more.Raw = freeze.Value(io.Raw)
	}
	return record.IO{Text: io.Text, More: more}
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

// kind is the part's type, guessed from what it holds if it was not given.
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
		return nil
	}
	return freeze.Value(v)
}

// Metrics says what a model call used. Zero fields count as unknown. Set it on the
// span that incurred it, not on those above: totals are computed by who shows
// them, so that nothing is counted twice.
type Metrics struct {
	Model             string
	Provider          string // as in OpenTelemetry's gen_ai.provider.name: "openai", "anthropic", …
	InputTokens       int64  // cached ones included
	OutputTokens      int64  // reasoning ones included
	TotalTokens       int64
	CachedInputTokens int64
	CacheWriteTokens  int64
	ReasoningTokens   int64
	CostUSD           float64
	TimeToFirstToken  time.Duration
	Latency           time.Duration // of the call, where that is not the span's duration
	Estimated         bool          // tokens and cost are the program's guess, not what the provider reported
	Free              bool          // the call cost nothing, which a CostUSD of 0 does not say
}

// TraceID returns the id of the span's trace, 32 hex digits, or "" for nil.
func (s *Span) TraceID() string {
	if s == nil {
		return ""
	}
	return hex.EncodeToString(s.item.Span.TraceID[:])
}

// SpanID returns the span's own id, 16 hex digits, or "" for nil.
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

// SetKind replaces the kind, for what is known only after the start. An empty kind
// does nothing.
func (s *Span) SetKind(kind Kind) {
	if kind != "" && s.lock() {
		s.item.Span.Kind = redact.Hold(string(kind), redact.MaxName)
		s.unlock()
	}
}

// SetInput replaces the input. A string is text; a [Message], a [Document], a slice of
// either and an [IO] are what they are; anything else is encoded as JSON at once, see
// docs/values.md. A nil v removes the input.
func (s *Span) SetInput(v any) {
	if s == nil {
		return
	}
	in := frozen(v)
	if s.lock() {
		s.put(&s.item.Span.Input, in)
		s.unlock()
	}
}

// SetOutput replaces the output, in the forms of [Span.SetInput].
func (s *Span) SetOutput(v any) {
	if s == nil {
		return
	}
	out := frozen(v)
	if s.lock() {
		s.put(&s.item.Span.Output, out)
		s.unlock()
	}
}

// SetMetrics sets the fields of m that are not zero.
func (s *Span) SetMetrics(m Metrics) {
	if s.lock() {
		s.measure(&m)
		s.unlock()
	}
}

// SetAttributes sets attributes. One with the key of an earlier one replaces it.
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

// AddEvent records that something happened now. Log records become events by
// themselves, see [NewHandler].
func (s *Span) AddEvent(name string, attrs ...slog.Attr) {
	if s == nil {
		return
	}
	var few [8]slog.Attr // on the stack: addEvent takes a copy
	frozen, size := freeze.Attrs(few[:0], attrs)
	s.addEvent(record.Event{Name: name, Time: time.Now()}, frozen, size)
}

// SetStatus sets the status and, for [StatusError], what to say about it.
func (s *Span) SetStatus(status Status, message string) {
	if s.lock() {
		s.setStatus(status, message)
		s.unlock()
	}
}

// SetError makes err the reason of a failure: the status becomes [StatusError],
// and the attribute error.type names its type. If it is, or wraps, a well-known one
// such as context.Canceled or io.ErrUnexpectedEOF, that is named instead. A nil err
// does nothing.
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

// End ends the span and hands it over for delivery. The first call counts.
func (s *Span) End(opts EndOptions) {
	if s == nil {
		return
	}
	elapsed := time.Since(s.item.Span.Start)
	if !opts.Time.IsZero() {
		elapsed = max(0, opts.Time.Sub(s.item.Span.Start))
	}
	out := frozen(opts.Output)
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
		s.put(&s.item.Span.Output, out)
	}
	s.measure(&opts.Metrics)
	s.merge(attrs)
	if opts.Err != nil {
		s.fail(text, typ)
	}
	if opts.Status != StatusUnset {
		s.item.Span.Status = record.Status(opts.Status)
	}
	if opts.StatusMessage != "" {
		s.item.Span.Message = redact.Hold(opts.StatusMessage, redact.MaxMessage)
	}
	s.finish(elapsed)
}

// addGiven adds an event of EndOptions, at the end of the span unless it has a time.
func (s *Span) addGiven(e *Event, end time.Time) {
	attrs, size := freeze.Attrs(nil, e.Attributes)
	at := e.Time
	if at.IsZero() {
		at = end
	}
	s.addEvent(record.Event{Name: e.Name, Time: at}, attrs, size)
}

// finish ends a locked span, and unlocks it.
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

// end is what Start returns. It must be the deferred function itself, or it
// could not see a panic.
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

// panicOn ends a span with a panic, and raises it again.
func (s *Span) panicOn(p any) {
	s.panicked(p)
	s.End(EndOptions{})
	panic(p)
}

// panicked records p as OpenTelemetry records exceptions.
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

// sentinels are errors that everybody knows by name. Their types say nothing.
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

// explain returns the text of err and what to call it: a sentinel in its chain, or
// else the type of the first that is not mere wrapping: the types of package fmt say
// nothing.
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

// sentinelIn returns the name of the sentinel that err is or wraps, or "". It is
// [errors.Is] for all of them, with an end: an error may wrap itself.
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

// maxChain is how many errors in each other are looked at.
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

// enter makes the span known to the client. Before, nobody else can reach it.
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

// leave hands the ended span over. It is no longer written from here on.
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

// lock locks a span that can still be written, and reports whether it is one.
func (s *Span) lock() bool { return s.lockOr(leak.Late) }

// lockOr is lock with what to say of a span that has ended.
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

// The methods below need the lock, or a span that nobody else can reach.

func (s *Span) fail(text, typ string) {
	s.setStatus(StatusError, text)
	s.merge([]slog.Attr{slog.String("error.type", typ)})
}

func (s *Span) setStatus(status Status, message string) {
	s.item.Span.Status, s.item.Span.Message = record.Status(status), redact.Hold(message, redact.MaxMessage)
}

// room takes n bytes from what the span may still hold, if there are as many.
func (s *Span) room(n int) bool {
	if int(s.item.Span.Size)+n > s.client.maxSpan {
		s.item.Span.Truncated = true
		return false
	}
	s.item.Span.Size += int32(n)
	return true
}

// put replaces *place by io, of which it keeps what the span has room for.
func (s *Span) put(place *record.IO, io record.IO) {
	r := &s.item.Span
	r.Size -= int32(place.Size())
	if n := max(0, s.client.maxSpan-int(r.Size)); io.Size() > n {
		io = redact.HoldIO(io, n)
		r.Truncated = true
	}
	r.Size += int32(io.Size())
	*place = io
}

func (s *Span) measure(m *Metrics) {
	to := &s.item.Span.Metrics
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
	case m.usage().HasUsage():
		*marks &^= record.Estimated
	}
}

// usage returns the numbers of m.
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

// addAttributes takes the first attributes of a span.
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

// eventBytes is what an event takes beside its text.
const eventBytes = 96

// outline returns what of an ended span says which one it is.
func (s *Span) outline() record.Span {
	r := &s.item.Span
	return record.Span{
		TraceID: r.TraceID, ID: r.ID, ParentID: r.ParentID, Trace: r.Trace,
		Kind: r.Kind, Name: r.Name, Status: r.Status, Message: r.Message,
		Start: r.Start, Duration: r.Duration, Ended: true,
	}
}

// addEvent adds an event of size bytes, with a copy of attrs. If the span has
// ended, the event goes to the server by itself.
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
