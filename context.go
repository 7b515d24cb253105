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

// A spanContext is the context that Start returns and the span in it, one
// object: asking it for the span costs no allocation and no search.
type spanContext struct {
	context.Context
	span Span
}

// A scopeContext says more to the spans below it. It has a copy of what the
// contexts above it say, so that a look at the nearest one is enough.
type scopeContext struct {
	context.Context
	scope
}

// A scope is what a context tells the next span. The zero scope is that of a
// context that says nothing.
type scope struct {
	parent     *Span
	client     *Client     // of spans without a parent; nil means the default
	remote     *w3c.Parent // the parent is in another process
	trace      *record.Trace
	ratio      *float64 // of the traces that are delivered; nil means the client's
	suppressed bool
}

// scopeKey is the key to the nearest spanContext or scopeContext.
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

// String keeps fmt, which the context package uses to name contexts, from
// reading a span that others write.
func (c *spanContext) String() string { return "mutagent.Start" }

func (c *scopeContext) String() string { return "mutagent.With" }

// scopeOf returns what ctx, which may be nil, tells the next span.
func scopeOf(ctx context.Context) scope {
	if ctx == nil {
		return scope{}
	}
	switch c := ctx.Value(scopeKey{}).(type) {
	case *spanContext:
		return scope{parent: &c.span, client: c.span.client, trace: c.span.item.Span.Trace}
	case *scopeContext:
		return c.scope
	}
	return scope{}
}

// with returns a context that tells what the scope of ctx does, changed.
func with(ctx context.Context, change func(*scope)) context.Context {
	c := &scopeContext{given(ctx), scopeOf(ctx)}
	change(&c.scope)
	return c
}

// withTrace is with for what spans of a trace have in common.
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

// FromContext returns the span that ctx carries, or nil. A nil span may be used
// like any other; it ignores everything.
func FromContext(ctx context.Context) *Span {
	if c, ok := ctx.(*spanContext); ok {
		return &c.span
	}
	return scopeOf(ctx).parent
}

// SetInput is [Span.SetInput] for the span in ctx. Without one it does nothing.
func SetInput(ctx context.Context, v any) { FromContext(ctx).SetInput(v) }

// SetOutput is [Span.SetOutput] for the span in ctx. Without one it does nothing.
func SetOutput(ctx context.Context, v any) { FromContext(ctx).SetOutput(v) }

// SetAttributes is [Span.SetAttributes] for the span in ctx. Without one it does
// nothing.
func SetAttributes(ctx context.Context, attrs ...slog.Attr) { FromContext(ctx).SetAttributes(attrs...) }

// WithSpan returns a copy of ctx that carries s, so that spans below it become
// children of s: for a span that goes on in a context that does not descend from
// its own. A nil s, and a context that has been suppressed, stay as they are.
func WithSpan(ctx context.Context, s *Span) context.Context {
	if s == nil || scopeOf(ctx).suppressed {
		return ctx
	}
	return with(ctx, func(scope *scope) {
		scope.parent, scope.client, scope.trace = s, s.client, s.item.Span.Trace
	})
}

// Enabled reports whether [Start] would record a span. A program can skip costly
// preparations where it would not.
func Enabled(ctx context.Context) bool {
	if running.Load() == 0 {
		return false
	}
	scope := scopeOf(ctx)
	return scope.recorder(nil).enabled()
}

// Context returns a copy of ctx that makes [Start] and [StartSpan] use c, rather
// than the default client, for spans that have no parent in ctx.
func (c *Client) Context(ctx context.Context) context.Context {
	if c == nil {
		c = off
	}
	return with(ctx, func(s *scope) { s.client = c })
}

// WithSession returns a copy of ctx whose spans belong to a session, such as one
// conversation with a user.
func WithSession(ctx context.Context, id string) context.Context {
	return withTrace(ctx, func(t *record.Trace) { t.SessionID = cut(id, maxName) })
}

// SessionFromContext returns the session that spans below ctx belong to, or "".
func SessionFromContext(ctx context.Context) string {
	if t := scopeOf(ctx).trace; t != nil {
		return t.SessionID
	}
	return ""
}

// WithUser returns a copy of ctx whose spans are on behalf of a user.
func WithUser(ctx context.Context, id string) context.Context {
	return withTrace(ctx, func(t *record.Trace) { t.UserID = cut(id, maxName) })
}

// WithTags returns a copy of ctx whose spans have tags, in addition to those that
// ctx gives them already. A tag that would make them more than 8 KiB in all is left out.
func WithTags(ctx context.Context, tags ...string) context.Context {
	return withTrace(ctx, func(t *record.Trace) {
		t.Tags = slices.Clip(t.Tags)
		room := maxTags - len(strings.Join(t.Tags, ""))
		for _, tag := range tags {
			tag = cut(tag, maxName)
			if len(tag) <= room && !slices.Contains(t.Tags, tag) {
				t.Tags = append(t.Tags, tag)
				room -= len(tag)
			}
		}
	})
}

// maxTags bounds the tags of a span, in bytes: every span has them in full.
const maxTags = 8 << 10

// WithAttributes returns a copy of ctx whose spans start with attributes, in
// addition to those that ctx gives them already. A span's own attribute of the
// same key wins.
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

// WithSampleRatio returns a copy of ctx in which the traces that begin there are
// delivered at a ratio of their own: 1 for all of them, 0 for none. It has the
// range of [Sampling].Ratio, and what is beyond counts as its end. It does not
// change the decision about a trace that has begun, here or elsewhere.
func WithSampleRatio(ctx context.Context, ratio float64) context.Context {
	return with(ctx, func(s *scope) { s.ratio = &ratio })
}

// WithSuppressed returns a copy of ctx below which nothing is traced: no span starts,
// and what is logged is no event. Use it for work that is not the application's own,
// such as an evaluation of its answers.
func WithSuppressed(ctx context.Context) context.Context {
	return with(ctx, func(s *scope) { s.parent, s.suppressed = nil, true })
}

// Inject writes the span in ctx to the headers of an outgoing request, so that the
// receiver can continue the trace: traceparent and tracestate, as of W3C Trace
// Context level 2. Without a span it passes on the trace that [Extract] found, which
// is not recorded here. If there is none, it does nothing. h must not be nil.
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
			p.SpanID = newSpanID() // the span that would have been recorded here
		}
		w3c.Inject(h, p)
	}
}

// Extract returns a copy of ctx whose next span continues the trace that the headers
// of an incoming request name. If they name none, it returns ctx. If the sender does
// not record the trace (its sampled flag is not set), neither does this process.
func Extract(ctx context.Context, h http.Header) context.Context {
	p, _ := w3c.Extract(h)
	return adopt(ctx, p)
}

// adopt returns a copy of ctx whose next span is a child of p, if that is a span.
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

// Start begins a span under the one in ctx, or a new trace if there is none, and
// returns a context that carries the span and a function that ends it:
//
//	ctx, end := mutagent.Start(ctx, mutagent.KindTool, "lookup")
//	defer end()
//
// With defer end(&err), the span gets the error that err holds when the function
// returns. If end runs because of a panic, the span gets the panic's value and
// stack, and the same panic goes on. The first call of end counts.
//
// The attributes are taken as they are now: what is not of a basic kind is
// encoded at once. Start never blocks and never fails. While tracing is off it
// returns ctx itself.
func Start(ctx context.Context, kind Kind, name string, attrs ...slog.Attr) (context.Context, func(err ...*error)) {
	if running.Load() == 0 {
		return ctx, noEnd
	}
	ctx, sc := begin(ctx, nil, kind, name)
	if sc == nil {
		return ctx, noEnd
	}
	return sc.open(attrs)
}

// Start is the package's [Start] with c in place of the default client. A span
// with a parent belongs to the client of the parent, whatever c is: a trace is
// never split between clients.
func (c *Client) Start(ctx context.Context, kind Kind, name string, attrs ...slog.Attr) (context.Context, func(err ...*error)) {
	if c == nil {
		return ctx, noEnd
	}
	ctx, sc := begin(ctx, c, kind, name)
	if sc == nil {
		return ctx, noEnd
	}
	return sc.open(attrs)
}

func noEnd(...*error) {}

// open lets a span begin whose caller wants an end function.
func (c *spanContext) open(attrs []slog.Attr) (context.Context, func(err ...*error)) {
	s := &c.span
	if len(attrs) > 0 {
		s.addAttributes(attrs)
	}
	s.enter()
	return c, s.end
}

// SpanOptions say what is known of a span when it starts.
type SpanOptions struct {
	Kind       Kind   // empty means KindCustom
	Name       string // empty means the kind
	Input      any    // in the forms of [Span.SetInput]
	Attributes []slog.Attr
	Start      time.Time // zero means now

	// TraceID and ParentSpanID place a span of another system: 32 hex digits, or a
	// UUID, and 16 hex digits, not all zeros; anything else is ignored. They replace what ctx says. A
	// TraceID without a ParentSpanID makes the span the root of that trace.
	TraceID      string
	ParentSpanID string

	// SpanID is the id that another system knows this span by, 16 hex digits, not all
	// zeros; anything else is ignored. It must be the id of no other span.
	SpanID string
}

// StartSpan is [Start] for spans that begin and end in different places. It returns
// the span, which [Span.End] ends. The span is nil while tracing is off.
func StartSpan(ctx context.Context, opts SpanOptions) (context.Context, *Span) {
	if running.Load() == 0 {
		return ctx, nil
	}
	ctx, sc := begin(opts.place(ctx), nil, opts.Kind, opts.Name)
	return sc.openSpan(ctx, &opts)
}

// StartSpan is the package's [StartSpan] with c in place of the default client,
// under the same rule as [Client.Start].
func (c *Client) StartSpan(ctx context.Context, opts SpanOptions) (context.Context, *Span) {
	if c == nil {
		return ctx, nil
	}
	ctx, sc := begin(opts.place(ctx), c, opts.Kind, opts.Name)
	return sc.openSpan(ctx, &opts)
}

// place returns ctx below the place that the options give, if they give one.
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
	if id, err := uuid.Parse(traceID); err == nil && id != uuid.Nil { // hyphens or not
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

// spanID reads the hex digits of an id that is not all zeros.
func spanID(digits string) (id record.SpanID, ok bool) {
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != len(id) {
		return id, false
	}
	id = record.SpanID(b)
	return id, id != record.SpanID{}
}

func (c *spanContext) openSpan(ctx context.Context, opts *SpanOptions) (context.Context, *Span) {
	if c == nil {
		return ctx, nil
	}
	s := &c.span
	if len(opts.Attributes) > 0 {
		s.addAttributes(opts.Attributes)
	}
	if in := frozen(opts.Input); !in.Empty() {
		s.put(&s.item.Span.Input, in)
	}
	if !opts.Start.IsZero() {
		s.item.Span.Start = opts.Start
	}
	if id, ok := spanID(opts.SpanID); ok {
		s.item.Span.ID = id
	}
	s.enter()
	return c, s
}

// begin makes a span that nobody else knows of yet, or if none is to be recorded
// returns nil and the context that says so to what is below. Without a parent in
// ctx it belongs to c, or if that is nil to the client that ctx names, or to the
// default client.
func begin(ctx context.Context, c *Client, kind Kind, name string) (context.Context, *spanContext) {
	scope := scopeOf(ctx)
	if c = scope.recorder(c); !c.enabled() {
		return ctx, nil
	}
	ctx = given(ctx)
	var above w3c.Parent // the span of another tracer
	if c.parent != nil {
		above = c.foreign(ctx)
		if scope.parent == nil && scope.remote == nil {
			ctx = adopt(ctx, above)
			if scope = scopeOf(ctx); scope.suppressed {
				return ctx, nil
			}
		}
	}
	now := time.Now()
	var id record.TraceID // of a trace that begins here
	sampled := true
	if scope.parent == nil && scope.remote == nil {
		id = newTraceID(now)
		sampled = sample.Has(c.ratioFor(&scope), id)
	}
	if !sampled && c.keeper == nil {
		return c.leaveOut(ctx, id), nil
	}
	inner := scope.enter(above.SpanID)
	sc := &spanContext{Context: ctx}
	sc.span.client = c
	sc.span.describe(now, kind, name)
	sc.span.join(&scope, id)
	if inner && scope.parent != nil {
		sc.span.item.Span.ParentID = above.SpanID // it began below our parent
	}
	if !sampled {
		sc.span.item.Defer()
	}
	return sc, sc
}

// enter notes that a span begins below another tracer's span, if there is one. It reports
// whether that is another than the one below which its parent began.
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

// foreign returns the span of another tracer in ctx, or the zero Parent.
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

// leaveOut returns a context below which a trace is not recorded, and in which
// Inject tells others so.
func (c *Client) leaveOut(ctx context.Context, id record.TraceID) context.Context {
	c.leftOut.Add(1)
	return with(ctx, func(s *scope) {
		s.suppressed = true
		s.remote = &w3c.Parent{TraceID: id, SpanID: newSpanID(), Flags: w3c.Random}
	})
}

// recorder returns the client that the next span belongs to, or nil. Without a
// parent it is c, or if that is nil the one that the scope names, or the default.
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

// describe sets what a span knows of itself.
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

// join makes a span part of a trace: its parent's, the remote one, or the one that
// begins with it.
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

// maxName bounds names, kinds and ids, which stay when everything else must go.
const maxName = 1 << 10

// newTraceID returns 48 bits of Unix milliseconds, 16 bits of the fraction, so
// that ids sort by time, and 64 random bits. Samplers of W3C Trace Context level
// 2 rely on the last 56 being random.
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

// nonZero is random and never 0, which stands for no id at all.
func nonZero() uint64 {
	for {
		if n := rand.Uint64(); n != 0 {
			return n
		}
	}
}
