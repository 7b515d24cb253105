package mutagent

import (
	"context"
	"log/slog"
	"slices"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/stdlog"
)

// HandlerOptions are the options of [NewHandler]. Nil and the zero value select the
// defaults.
type HandlerOptions struct {
	// Level is the minimum level of records that become events. It does not change which
	// records are forwarded. Nil means [slog.LevelInfo].
	Level slog.Leveler

	// AddIDs adds the attributes trace_id and span_id to forwarded records, outside of any
	// group. The exception is a logger that has a group with attributes not of slog's own
	// kinds, such as maps or pointers. There the ids are added inside the group, because
	// adding them outside would read those values again for each record.
	AddIDs bool
}

// NewHandler returns a handler that forwards records to next, and adds each record that
// is logged with a span's context to that span as an event:
//
//	slog.SetDefault(slog.New(mutagent.NewHandler(slog.Default().Handler(), nil)))
//
// Only slog's functions that take a context can be linked to a span. Attributes are
// copied when the record is logged, by the rules of docs/values.md. A record logged
// after its span has ended is still sent.
//
// Records below next's level are not forwarded, even if they become events. Of their
// maps, structs, pointers and LogValuers only the type is recorded, because no handler
// would have read them. If next is nil or [slog.DiscardHandler], records only become
// events, and all their values are read.
//
// If next was returned by NewHandler, the new handler replaces it, so that a record
// becomes at most one event.
//
// If next is the initial handler of slog's default logger, the new handler prints in
// its place, because the original deadlocks when wrapped by the default handler
// (go.dev/issue/62424). The output of slog and package log stays the same, byte for
// byte, also after a later log.SetPrefix, SetFlags or SetOutput. There is one
// exception: [slog.SetDefault] sets the flags of package log to 0, so a later
// log.SetOutput must be accompanied by log.SetFlags.
func NewHandler(next slog.Handler, opts *HandlerOptions) slog.Handler {
	h := &handler{level: slog.LevelInfo}
	if ours, ok := next.(*handler); ok {
		*h = *ours // avoid two events per record
	} else {
		h.next = independent(next)
		h.alone = h.next == slog.DiscardHandler
	}
	if opts != nil {
		h.addIDs = opts.AddIDs
		if opts.Level != nil {
			h.level = opts.Level
		}
	}
	return h
}

// A handler is immutable. WithAttrs and WithGroup return changed copies.
type handler struct {
	next   slog.Handler
	level  slog.Leveler
	addIDs bool
	scope  *record.Scope // attributes and groups of WithAttrs and WithGroup, frozen
	size   int           // size of scope in bytes
	// outer is next as it was before the first group was opened, or nil without groups.
	// inner are the changes since then. IDs are inserted between the two.
	outer slog.Handler
	inner []func(slog.Handler) slog.Handler
	// alone reports that records are not forwarded, only turned into events.
	alone bool
	// once reports that inner has values that must not be read again.
	once bool
}

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level) || spanFor(ctx) != nil && level >= h.level.Level()
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	span := spanFor(ctx)
	if span == nil {
		return h.next.Handle(ctx, r)
	}
	enabled := h.next.Enabled(ctx, r.Level)
	if r.Level >= h.level.Level() {
		span.log(&r, h, enabled || h.alone)
	}
	if !enabled {
		return nil
	}
	if h.addIDs {
		return h.forwardIDs(ctx, r, span)
	}
	return h.next.Handle(ctx, r)
}

// spanFor is like FromContext, but skips the lookup while no client is running.
func spanFor(ctx context.Context) *Span {
	if running.Load() == 0 {
		return nil
	}
	return FromContext(ctx)
}

// log adds r to the span as an event. read reports whether the values may be read,
// because the next handler reads them too.
func (s *Span) log(r *slog.Record, h *handler, read bool) {
	var few [8]slog.Attr // on the stack; the span copies it
	attrs, size := few[:0], h.size
	r.Attrs(func(a slog.Attr) bool {
		var n int
		if read {
			attrs, n = freeze.Attr(attrs, a)
		} else {
			attrs, n = freeze.Glance(attrs, a)
		}
		size += n
		return true
	})
	s.addEvent(record.Event{
		Name:    r.Message,
		Time:    r.Time,
		PC:      r.PC,
		Level:   r.Level,
		Leveled: true,
		Scope:   h.scope,
	}, attrs, size)
}

func (h *handler) forwardIDs(ctx context.Context, r slog.Record, span *Span) error {
	ids := []slog.Attr{slog.String("trace_id", span.TraceID()), slog.String("span_id", span.SpanID())}
	if h.outer == nil || h.once {
		r = r.Clone()
		r.AddAttrs(ids...)
		return h.next.Handle(ctx, r)
	}
	next := h.outer.WithAttrs(ids)
	for _, with := range h.inner {
		next = with(next)
	}
	return next.Handle(ctx, r)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	if len(attrs) == 0 {
		return h
	}
	frozen, size := freeze.Attrs(make([]slog.Attr, 0, len(attrs)), attrs)
	// The next handler owns what it is given, so it gets a copy.
	h2 := h.with(func(next slog.Handler) slog.Handler { return next.WithAttrs(slices.Clone(attrs)) })
	h2.scope = &record.Scope{Parent: h.scope, Attributes: frozen}
	h2.size += size
	h2.once = h.once || h.outer != nil && !freeze.Plain(attrs)
	return h2
}

func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	if h.outer == nil {
		first := *h
		first.outer = h.next
		h = &first
	}
	h2 := h.with(func(next slog.Handler) slog.Handler { return next.WithGroup(name) })
	h2.scope = &record.Scope{Parent: h.scope, Group: name}
	h2.size += len(name)
	return h2
}

// with returns a copy of h with change applied to the next handler.
func (h *handler) with(change func(slog.Handler) slog.Handler) *handler {
	h2 := *h
	h2.next = change(h.next)
	if h.outer != nil {
		h2.inner = append(slices.Clip(h.inner), change)
	}
	return &h2
}

// independent returns next, or a replacement if next is slog's default handler.
func independent(next slog.Handler) slog.Handler {
	switch {
	case next == nil:
		return slog.DiscardHandler
	case stdlog.IsDefault(next):
		return stdlog.New(next)
	}
	return next
}
