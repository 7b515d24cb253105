package mutagent

import (
	"context"
	"log/slog"
	"slices"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/stdlog"
)

// HandlerOptions are options for [NewHandler]. The zero value, or nil, consists
// of defaults.
type HandlerOptions struct {
	// Level is the lowest level of a record that becomes an event. It does not
	// change what is logged. Nil means [slog.LevelInfo].
	Level slog.Leveler

	// AddIDs adds the attributes trace_id and span_id to the records that are
	// forwarded, outside of any group. Behind a group that [slog.Logger.With] was
	// given a map, a pointer or the like in, they are inside: to put them outside,
	// its values would be read again for each record.
	AddIDs bool
}

// NewHandler returns a handler that forwards to next, and turns each record that
// is logged with the context of a span into an event of that span:
//
//	slog.SetDefault(slog.New(mutagent.NewHandler(slog.Default().Handler(), nil)))
//
// Only slog's functions that take a context can be linked to a span. Records
// that next has disabled are not forwarded, even when they become events; of their
// attributes those are told by type that only a handler that is enabled would have
// read: maps, structs, pointers, LogValuers. If next is nil or [slog.DiscardHandler],
// events are all that is made of records, and read like any other. The attributes of a record are taken as
// they are now, by the rules of docs/values.md. A record logged after its span has
// ended is sent all the same.
//
// If next is a handler that NewHandler returned, the new one takes its place, so
// that no record becomes two events.
//
// If next is the handler that slog's default logger has from the start, the new
// handler prints in its place, for the original would deadlock under a handler that is
// made the default (go.dev/issue/62424). What the program prints through slog and
// package log stays the same, byte by byte, also after a later log.SetPrefix, SetFlags or
// SetOutput. There is one exception: [slog.SetDefault] sets package log's flags to 0, and
// so a log.SetOutput after it needs a log.SetFlags beside it.
func NewHandler(next slog.Handler, opts *HandlerOptions) slog.Handler {
	h := &handler{level: slog.LevelInfo}
	if ours, ok := next.(*handler); ok {
		*h = *ours // a record must not become two events
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

// A handler is immutable; With… return changed copies.
type handler struct {
	next   slog.Handler
	level  slog.Leveler
	addIDs bool
	scope  *record.Scope // what With… added, frozen
	size   int           // bytes of scope
	// outer is next as it was before the first group was opened, nil if none was,
	// and inner what came since. Ids go between the two.
	outer slog.Handler
	inner []func(slog.Handler) slog.Handler
	// alone says that no records are forwarded, and events all there is.
	alone bool
	// once says that inner has values which may be read only when they were given.
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

// spanFor is FromContext for a caller that only wants spans which are recorded.
func spanFor(ctx context.Context) *Span {
	if running.Load() == 0 {
		return nil
	}
	return FromContext(ctx)
}

// log makes an event of r. Values are read if the next handler reads them, too.
func (s *Span) log(r *slog.Record, h *handler, read bool) {
	var few [8]slog.Attr // on the stack: the span takes a copy
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

// with returns a copy of h whose next handler is changed.
func (h *handler) with(change func(slog.Handler) slog.Handler) *handler {
	h2 := *h
	h2.next = change(h.next)
	if h.outer != nil {
		h2.inner = append(slices.Clip(h.inner), change)
	}
	return &h2
}

// independent returns next, or what stands in for it if it is slog's default handler.
func independent(next slog.Handler) slog.Handler {
	switch {
	case next == nil:
		return slog.DiscardHandler
	case stdlog.IsDefault(next):
		return stdlog.New(next)
	}
	return next
}
