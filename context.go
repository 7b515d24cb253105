package mutagent

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/redact"
	"github.com/mutagent-io/mutagent-go/internal/sample"
	"github.com/mutagent-io/mutagent-go/internal/w3c"
)

// A spanContext is the context that Start returns, and holds the span. As one object,
// it gives access to the span without an allocation or a search.
type spanContext struct {
	context.Context
	span Span
}

// A detailedContext is a spanContext with room for the span's details, as one object.
type detailedContext struct {
	spanContext
	details record.Details
}

// newSpanContext returns a new context below parent. If the span is sure to have details,
// it gets them at once: two objects would take an eighth more of the time of a model call.
func newSpanContext(parent context.Context, detailed bool) *spanContext {
	if !detailed {
		return &spanContext{Context: parent}
	}
	c := &detailedContext{spanContext: spanContext{Context: parent}}
	c.span.item.Span.More = &c.details
	return &c.spanContext
}

// A scopeContext changes the scope of the spans started with it. It holds the complete
// scope, so that only the nearest scopeContext is read.
type scopeContext struct {
	context.Context
	scope
}

// A scope is what a context determines for the next span. The zero scope belongs to a
// context without any setting.
type scope struct {
	parent     *Span
	client     *Client     // for spans without a parent; nil means the default client
	remote     *w3c.Parent // a parent in another process
	trace      *record.Trace
	ratio      *float64 // sample ratio; nil means the client's
	suppressed bool
}

// scopeKey is the context key of the nearest spanContext or scopeContext.
type scopeKey struct{}

func (c *spanContext) Value(key any) any {
	if _, ok := key.(scopeKey); ok {
		return c
	}
	return c.Context.Value(key)
}

func (c *scopeContext) Value(key any) any {
	if _, ok := key.(scopeKey); ok {
		return c
	}
	return c.Context.Value(key)
}

// String prevents fmt, which the context package uses to print contexts, from reading a
// span while others write it.
func (c *spanContext) String() string { return "mutagent.Start" }

func (c *scopeContext) String() string { return "mutagent.With" }

// nearest returns the nearest spanContext or scopeContext of ctx, or nil. ctx may be nil.
func nearest(ctx context.Context) any {
	switch c := ctx.(type) {
	case nil:
		return nil
	case *spanContext, *scopeContext: // most often; no dynamic call
		return c
	}
	return ctx.Value(scopeKey{})
}

// scopeOf returns the scope of ctx, which may be nil.
func scopeOf(ctx context.Context) scope {
	switch c := nearest(ctx).(type) {
	case *spanContext:
		return scope{parent: &c.span, client: c.span.client, trace: c.span.item.Span.Trace}
	case *scopeContext:
		return c.scope
	}
	return scope{}
}

// with returns a copy of ctx with a changed scope.
func with(ctx context.Context, change func(*scope)) context.Context {
	c := &scopeContext{given(ctx), scopeOf(ctx)}
	change(&c.scope)
	return c
}

// withTrace is like with, for the fields that all spans of a trace share.
func withTrace(ctx context.Context, change func(*record.Trace)) context.Context {
	return with(ctx, func(s *scope) {
		var t record.Trace
		if s.trace != nil {
			t = *s.trace
		}
		change(&t)
		s.trace = &t
	})
}

// FromContext returns the span in ctx, or nil. A nil span is safe to use; its methods
// do nothing.
func FromContext(ctx context.Context) *Span {
	switch c := nearest(ctx).(type) {
	case *spanContext:
		return &c.span
	case *scopeContext:
		return c.parent
	}
	return nil
}

// SetInput calls [Span.SetInput] on the span in ctx, if any.
func SetInput(ctx context.Context, v any) { FromContext(ctx).SetInput(v) }

// SetOutput calls [Span.SetOutput] on the span in ctx, if any.
func SetOutput(ctx context.Context, v any) { FromContext(ctx).SetOutput(v) }

// SetAttributes calls [Span.SetAttributes] on the span in ctx, if any.
func SetAttributes(ctx context.Context, attrs ...slog.Attr) { FromContext(ctx).SetAttributes(attrs...) }

// WithSpan returns a copy of ctx that carries s, so that spans started with it are
// children of s. Use it where a span continues in a context that does not descend from
// its own. If s is nil or ctx is suppressed, WithSpan returns ctx.
func WithSpan(ctx context.Context, s *Span) context.Context {
	if s == nil || scopeOf(ctx).suppressed {
		return ctx
	}
	return with(ctx, func(scope *scope) {
		scope.parent, scope.client, scope.trace = s, s.client, s.item.Span.Trace
	})
}

// Enabled reports whether [Start] would record a span. Use it to skip costly
// preparations.
func Enabled(ctx context.Context) bool {
	if running.Load() == 0 {
		return false
	}
	scope := scopeOf(ctx)
	return scope.recorder(nil).enabled()
}

// Context returns a copy of ctx in which [Start] and [StartSpan] use c rather than the
// default client. Spans that have a parent in ctx stay with the parent's client.
func (c *Client) Context(ctx context.Context) context.Context {
	if c == nil {
		c = off
	}
	return with(ctx, func(s *scope) { s.client = c })
}

// WithSession returns a copy of ctx whose spans belong to a session, such as one
// conversation with a user.
func WithSession(ctx context.Context, id string) context.Context {
	return withTrace(ctx, func(t *record.Trace) { t.SessionID = redact.Hold(id, redact.MaxName) })
}

// SessionFromContext returns the session of spans started with ctx, or "".
func SessionFromContext(ctx context.Context) string {
	if t := scopeOf(ctx).trace; t != nil {
		return cut(t.SessionID, redact.MaxName)
	}
	return ""
}

// WithUser returns a copy of ctx whose spans carry a user ID.
func WithUser(ctx context.Context, id string) context.Context {
	return withTrace(ctx, func(t *record.Trace) { t.UserID = redact.Hold(id, redact.MaxName) })
}

// WithTags returns a copy of ctx whose spans carry tags, in addition to those already
// in ctx. The tags of a span are limited to 8 KiB in total; a tag that would exceed
// that is left out.
func WithTags(ctx context.Context, tags ...string) context.Context {
	return withTrace(ctx, func(t *record.Trace) {
		t.Tags = slices.Clip(t.Tags)
		room := maxTags - len(strings.Join(t.Tags, ""))
		for _, tag := range tags {
			tag = redact.Hold(tag, redact.MaxName)
			if len(tag) <= room && !slices.Contains(t.Tags, tag) {
				t.Tags = append(t.Tags, tag)
				room -= len(tag)
			}
		}
	})
}

// maxTags limits the tags of a span in bytes, because every span carries all of them.
const maxTags = 8 << 10

// WithAttributes returns a copy of ctx whose spans start with attributes, in addition
// to those already in ctx. A span's own attribute replaces one with the same key.
func WithAttributes(ctx context.Context, attrs ...slog.Attr) context.Context {
	frozen, _ := freeze.Attrs(nil, attrs)
	return withTrace(ctx, func(t *record.Trace) {
		t.Attributes = slices.Clone(t.Attributes)
		for _, a := range frozen {
			t.Attributes = freeze.Upsert(t.Attributes, a)
		}
	})
}

// WithMetadataOnly returns a copy of ctx whose spans send no content, see
// [Options].MetadataOnly.
func WithMetadataOnly(ctx context.Context) context.Context {
	return withTrace(ctx, func(t *record.Trace) { t.MetadataOnly = true })
}

// WithSampleRatio returns a copy of ctx in which new traces are sampled with ratio
// instead of [Sampling].Ratio. 0 delivers no traces, 1 delivers all; values outside
// that range are clamped. Traces that have already begun, here or in another process,
// keep their sampling decision.
func WithSampleRatio(ctx context.Context, ratio float64) context.Context {
	return with(ctx, func(s *scope) { s.ratio = &ratio })
}

// WithSuppressed returns a copy of ctx in which nothing is traced: no span starts, and
// log records do not become events. Use it for work that is not the application's own,
// such as an evaluation of its answers.
func WithSuppressed(ctx context.Context) context.Context {
	return with(ctx, func(s *scope) { s.parent, s.suppressed = nil, true })
}

// Inject writes the span in ctx to the headers of an outgoing request, so that the
// receiver can continue the trace. The headers are traceparent and tracestate of W3C
// Trace Context level 2. With no span, Inject forwards an extracted or sampled-out
// trace, if any. h must not be nil.
func Inject(ctx context.Context, h http.Header) {
	s := scopeOf(ctx)
	switch {
	case s.parent != nil:
		r := &s.parent.item.Span
		p := w3c.Parent{TraceID: r.TraceID, SpanID: r.ID, Flags: w3c.Sampled | w3c.Random}
		if s.parent.item.Deferred() {
			p.Flags = w3c.Random
		}
		if r.Trace != nil && r.Trace.Remote {
			p.Flags, p.State = r.Trace.Flags, r.Trace.State
		}
		w3c.Inject(h, p)
	case s.remote != nil:
		p := *s.remote
		if p.Flags&w3c.Sampled == 0 {
			p.SpanID = newSpanID() // an id for the span that is not recorded here
		}
		w3c.Inject(h, p)
	}
}

// Extract returns a copy of ctx whose next span continues the trace in the headers of
// an incoming request. Without a valid traceparent, it returns ctx. If the sender did
// not sample the trace, this process does not record it either.
func Extract(ctx context.Context, h http.Header) context.Context {
	p, _ := w3c.Extract(h)
	return adopt(ctx, p)
}

// adopt returns a copy of ctx whose next span is a child of p, unless p is zero.
func adopt(ctx context.Context, p w3c.Parent) context.Context {
	if p.SpanID == (record.SpanID{}) {
		return ctx
	}
	ctx = withTrace(ctx, func(t *record.Trace) { t.Remote, t.State, t.Flags = true, p.State, p.Flags })
	return with(ctx, func(s *scope) {
		s.parent, s.remote = nil, &p
		s.suppressed = s.suppressed || p.Flags&w3c.Sampled == 0
	})
}

// Start begins a span, as a child of the span in ctx or as the root of a new trace. It
// returns a context that carries the span, and a function that ends it:
//
//	ctx, end := mutagent.Start(ctx, mutagent.KindTool, "lookup")
//	defer end()
//
// With defer end(&err), the span records the error that err holds when the function
// returns. If end runs during a panic, the span records the panic's value and stack,
// and the panic continues. Only the first call of end has an effect.
//
// Attributes are copied before Start returns; values that are not of a basic kind are
// encoded to JSON. Start never blocks and never fails. While tracing is off it returns
// ctx itself.
func Start(ctx context.Context, kind Kind, name string, attrs ...slog.Attr) (context.Context, func(err ...*error)) {
	ctx, s := open(ctx, kind, name, attrs)
	if s == nil {
		return ctx, noEnd
	}
	return ctx, s.end
}

// Start is like the package's [Start], with c as the client. A span with a parent
// always belongs to the parent's client, so that a trace is never split between
// clients.
func (c *Client) Start(ctx context.Context, kind Kind, name string, attrs ...slog.Attr) (context.Context, func(err ...*error)) {
	ctx, s := c.open(ctx, kind, name, attrs)
	if s == nil {
		return ctx, noEnd
	}
	return ctx, s.end
}

func noEnd(...*error) {}

// open is Start without its end function. The two functions named Start are small enough
// for the compiler to inline them. The end function is then made in the caller, on its
// stack if it stays there, as in a defer statement.
func open(ctx context.Context, kind Kind, name string, attrs []slog.Attr) (context.Context, *Span) {
	if running.Load() == 0 {
		return ctx, nil
	}
	ctx, sc := begin(ctx, nil, kind, name, false)
	return sc.opened(ctx, attrs)
}

func (c *Client) open(ctx context.Context, kind Kind, name string, attrs []slog.Attr) (context.Context, *Span) {
	if c == nil {
		return ctx, nil
	}
	ctx, sc := begin(ctx, c, kind, name, false)
	return sc.opened(ctx, attrs)
}

// opened starts the span and returns its context, or ctx if no span is to be recorded.
func (c *spanContext) opened(ctx context.Context, attrs []slog.Attr) (context.Context, *Span) {
	if c == nil {
		return ctx, nil
	}
	s := &c.span
	if len(attrs) > 0 {
		s.addAttributes(attrs)
	}
	s.enter()
	return c, s
}

// SpanOptions are the options of [StartSpan] and [Wrap].
type SpanOptions struct {
	Kind       Kind   // empty means KindCustom
	Name       string // empty means the kind
	Input      any    // as for [Span.SetInput]
	Attributes []slog.Attr
	Start      time.Time // zero means now

	// TraceID and ParentSpanID place the span in a trace of another system, and override
	// ctx. TraceID is 32 hex digits or a UUID, ParentSpanID is 16 hex digits; neither may
	// be all zeros. Invalid values are ignored. A TraceID without a ParentSpanID makes the
	// span the root of that trace.
	TraceID      string
	ParentSpanID string

	// SpanID sets the span's ID to one that another system uses: 16 hex digits, not all
	// zeros. Invalid values are ignored. No other span may have the same ID.
	SpanID string
}

// StartSpan is like [Start], for spans that begin and end in different functions. End
// the returned span with [Span.End]. The span is nil while tracing is off.
func StartSpan(ctx context.Context, opts SpanOptions) (context.Context, *Span) {
	if running.Load() == 0 {
		return ctx, nil
	}
	return startSpan(ctx, nil, &opts, opts.Input != nil)
}

// StartSpan is like the package's [StartSpan], with c as the client. As with
// [Client.Start], a span with a parent belongs to the parent's client.
func (c *Client) StartSpan(ctx context.Context, opts SpanOptions) (context.Context, *Span) {
	if c == nil {
		return ctx, nil
	}
	return startSpan(ctx, c, &opts, opts.Input != nil)
}

// place returns ctx with the remote parent given by the options, if any.
func (o *SpanOptions) place(ctx context.Context) context.Context {
	if o.TraceID == "" && o.ParentSpanID == "" {
		return ctx
	}
	return placed(ctx, o.TraceID, o.ParentSpanID)
}

func placed(ctx context.Context, traceID, parentID string) context.Context {
	p := w3c.Parent{Flags: w3c.Sampled | w3c.Random}
	above := scopeOf(ctx)
	switch {
	case above.parent != nil:
		p.TraceID = above.parent.item.Span.TraceID
	case above.remote != nil:
		p.TraceID = above.remote.TraceID
	}
	if id, err := uuid.Parse(traceID); err == nil && id != uuid.Nil { // with or without hyphens
		p.TraceID = id
	}
	if p.TraceID == (record.TraceID{}) {
		return ctx
	}
	if id, ok := spanID(parentID); ok {
		p.SpanID = id
	}
	return with(ctx, func(s *scope) { s.parent, s.remote = nil, &p })
}

// spanID parses a span ID that is not all zeros.
func spanID(digits string) (id record.SpanID, ok bool) {
	if len(digits) != hex.EncodedLen(len(id)) {
		return id, false
	}
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return record.SpanID{}, false
	}
	return id, id != record.SpanID{}
}

// startSpan is StartSpan for the client c, or the default client if c is nil. detailed is
// that of newSpanContext.
func startSpan(ctx context.Context, c *Client, opts *SpanOptions, detailed bool) (context.Context, *Span) {
	ctx, sc := begin(opts.place(ctx), c, opts.Kind, opts.Name, detailed)
	if sc == nil {
		return ctx, nil
	}
	s := &sc.span
	if len(opts.Attributes) > 0 {
		s.addAttributes(opts.Attributes)
	}
	var in record.IO
	if freezeIO(&in, opts.Input); !in.Empty() {
		s.put(&s.item.Span.EditDetails().Input, &in)
	}
	if !opts.Start.IsZero() {
		s.item.Span.Start = opts.Start
	}
	if opts.SpanID != "" {
		if id, ok := spanID(opts.SpanID); ok {
			s.item.Span.ID = id
		}
	}
	s.enter()
	return sc, s
}

// begin creates a span that is not yet visible to others. If no span is to be recorded,
// it returns nil, and a context that suppresses the spans below if needed. Without a
// parent in ctx, the span belongs to c, to the client in ctx, or to the default client,
// in this order.
func begin(ctx context.Context, c *Client, kind Kind, name string, detailed bool) (context.Context, *spanContext) {
	scope := scopeOf(ctx)
	if c = scope.recorder(c); !c.enabled() {
		return ctx, nil
	}
	ctx = given(ctx)
	var above record.SpanID // the span of another tracer
	if c.parent != nil {
		p := c.foreign(ctx)
		above = p.SpanID
		if scope.parent == nil && scope.remote == nil {
			ctx = adopt(ctx, p)
			if scope = scopeOf(ctx); scope.suppressed {
				return ctx, nil
			}
		}
	}
	now := time.Now()
	var id record.TraceID // of a new trace
	sampled := true
	if scope.parent == nil && scope.remote == nil {
		id = newTraceID(now)
		sampled = sample.Has(c.ratioFor(&scope), id)
	}
	if !sampled && c.keeper == nil {
		return c.leaveOut(ctx, id), nil
	}
	inner := scope.enter(above)
	sc := newSpanContext(ctx, detailed)
	sc.span.client = c
	sc.span.describe(now, kind, name)
	sc.span.join(&scope, id)
	if inner && scope.parent != nil {
		sc.span.item.Span.ParentID = above // that span started below our parent
	}
	if !sampled {
		sc.span.item.Defer()
	}
	return sc, sc
}

// enter records above as the other tracer's span that encloses this span. It reports
// whether above differs from the one that enclosed the parent.
func (s *scope) enter(above record.SpanID) bool {
	if above == (record.SpanID{}) || s.trace != nil && s.trace.Foreign == above {
		return false
	}
	var t record.Trace
	if s.trace != nil {
		t = *s.trace
	}
	t.Foreign = above
	s.trace = &t
	return true
}

// foreign returns the other tracer's span in ctx, or the zero Parent.
func (c *Client) foreign(ctx context.Context) (p w3c.Parent) {
	defer func() {
		if recover() != nil {
			p = w3c.Parent{}
		}
	}()
	p, _ = w3c.Extract(http.Header{"Traceparent": {c.parent(ctx)}})
	return p
}

func (c *Client) ratioFor(s *scope) float64 {
	if s.ratio != nil {
		return *s.ratio
	}
	return c.ratio
}

// leaveOut returns a context that suppresses an unsampled trace, and makes Inject
// propagate that decision.
func (c *Client) leaveOut(ctx context.Context, id record.TraceID) context.Context {
	c.leftOut.Add(1)
	return with(ctx, func(s *scope) {
		s.suppressed = true
		s.remote = &w3c.Parent{TraceID: id, SpanID: newSpanID(), Flags: w3c.Random}
	})
}

// recorder returns the client for the next span, or nil if it is suppressed: the
// parent's client, c, the scope's client, or the default client, in this order.
func (s *scope) recorder(c *Client) *Client {
	switch {
	case s.suppressed:
		return nil
	case s.parent != nil:
		return s.parent.client
	case c != nil:
		return c
	case s.client != nil:
		return s.client
	}
	return defaultClient()
}

// describe sets the span's own fields: start, ID, kind and name.
func (s *Span) describe(now time.Time, kind Kind, name string) {
	r := &s.item.Span
	r.Start = now
	r.ID = newSpanID()
	if kind == "" {
		kind = KindCustom
	}
	if name == "" {
		name = string(kind)
	}
	r.Kind, r.Name = redact.Hold(string(kind), redact.MaxName), redact.Hold(name, redact.MaxName)
}

// join sets the trace of a span: that of the parent, of the remote parent, or a new one
// with the given ID.
func (s *Span) join(scope *scope, id record.TraceID) {
	r := &s.item.Span
	switch parent := scope.parent; {
	case parent != nil:
		s.item.Inherit(&parent.item)
		r.TraceID, r.ParentID = parent.item.Span.TraceID, parent.item.Span.ID
	case scope.remote != nil:
		r.Marks = record.Root
		r.TraceID, r.ParentID = scope.remote.TraceID, scope.remote.SpanID
	default:
		r.Marks = record.Root
		r.TraceID = id
	}
	if r.Trace = scope.trace; r.Trace != nil && len(r.Trace.Attributes) > 0 {
		s.addAttributes(r.Trace.Attributes)
	}
}

// newTraceID returns 48 bits of Unix milliseconds, 16 bits of the fraction of a
// millisecond, and 64 random bits. IDs therefore sort by time. Samplers of W3C Trace
// Context level 2 rely on the last 56 bits being random.
func newTraceID(now time.Time) (id record.TraceID) {
	ms, fraction := uint64(now.UnixMilli()), uint64(now.Nanosecond())%1e6
	binary.BigEndian.PutUint64(id[:8], ms<<16|fraction<<16/1e6)
	binary.BigEndian.PutUint64(id[8:], nonZero())
	return id
}

func newSpanID() (id record.SpanID) {
	binary.BigEndian.PutUint64(id[:], nonZero())
	return id
}

// nonZero returns a random number other than 0, because an ID of 0 is invalid.
func nonZero() uint64 {
	for {
		if n := rand.Uint64(); n != 0 {
			return n
		}
	}
}
