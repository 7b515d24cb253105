package mutotel

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/layer"
	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// An entry is the counterpart of an OpenTelemetry span that has not ended.
type entry struct {
	span   *mutagent.Span
	client *mutagent.Client // of the processor
	name   string           // when it started
	role   role
	given  func() attributes // the attributes that it has by now
	shared bool              // span belongs to an outer layer, which records the same operation
	below  bool              // an outer layer records a model call
	model  *entry            // the outer model call that the span repeats, or whose HTTP request it is
	around *entry            // of the OpenTelemetry span around it
	outer  *mutagent.Span    // in whose context it started

	mu       sync.Mutex
	borrower layer.Done // guarded by mu, as is the operation it borrowed the span for
	act      layer.Act
	messages []semconv.Event // log records with messages
	over     bool            // the span has ended, so later messages are events
	inner    bool            // a span directly below was the model call
}

// enter completes the entry of a span that starts in ctx, with the ID id if it has one.
// If a span of an outer layer already records the operation, the entry holds that span.
func (e *entry) enter(ctx context.Context, outer *entry, id string) {
	e.below, e.outer, e.around = genai.Marked(ctx), mutagent.FromContext(ctx), outer
	e.span = e.role.above(ctx, outer, id)
	e.shared = e.span != nil
	if outer != nil && (e.role.model && e.shared || e.role.sent && !e.role.model) {
		e.model = outer.call()
	}
}

// call returns the entry of the model call that e is part of, or nil.
func (e *entry) call() *entry {
	if e.ofModel() {
		return e
	}
	return e.model
}

// ofModel reports whether the span may be a model call. Some instrumentations tell it
// only after the start.
func (e *entry) ofModel() bool { return e.role.model || e.role.action || e.given().means().Model() }

// about reports whether a layer of this SDK that records act may record the same
// operation. A model call that an outer layer records is not recorded again.
func (e *entry) about(act layer.Act) bool {
	switch act {
	case layer.Call:
		return !e.below && (e.role.sent || e.ofModel())
	case layer.Sent:
		return e.role.sent
	default:
		return e.role.served
	}
}

// rename sets the name of a request on the span that stands for it, if the name differs
// from the one at the start: of two layers only the inner one knows the route.
func (e *entry) rename(name string) {
	if e.role.served && name != e.name {
		e.span.SetName(name)
	}
}

// live maps span IDs to entries, because the contexts below a span contain only the
// OpenTelemetry span.
var live sync.Map

func find(id trace.SpanID) *entry {
	e, _ := live.Load(id)
	found, _ := e.(*entry)
	return found
}

// current returns the entry of the OpenTelemetry span in ctx, or nil if it has ended.
func current(ctx context.Context) *entry {
	if e := find(trace.SpanContextFromContext(ctx).SpanID()); e != nil {
		return e
	}
	if s, ok := trace.SpanFromContext(ctx).(*span); ok && s.IsRecording() {
		return s.entry
	}
	return nil
}

// forget removes the entry of a span that ends.
func forget(id trace.SpanID, e *entry) {
	live.Delete(id)
	if past.keep.Load() {
		past.add(id, &entry{span: e.span, shared: e.shared, outer: e.outer, over: true})
	}
}

// innermost returns the span of e, or that of this SDK which has started below it in
// ctx. e may be nil.
func (e *entry) innermost(ctx context.Context) *mutagent.Span {
	if now := mutagent.FromContext(ctx); e == nil || now != nil && now != e.outer {
		return now
	}
	return e.span
}

// addMessages keeps an event with messages for the end of the span, unless an outer layer
// records them. It reports whether it came in time.
func (e *entry) addMessages(event semconv.Event) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.over && !e.shared {
		e.messages = append(e.messages, event)
	}
	return !e.over || e.shared
}

// all returns the events with messages, when the span ends.
func (e *entry) all(events []semconv.Event) []semconv.Event {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	return append(events, e.messages...)
}

// end sets the data of the OpenTelemetry span on the span, and returns how it ended. A
// layer that borrowed the span as a model call knows its kind better, unless the call
// was made by another Genkit action. A span that turns out to be a model call that
// another span records does not count again.
func (e *entry) end(a attributes, name string, code codes.Code, why string, events []semconv.Event) mutagent.EndOptions {
	act, lent, content := e.settle()
	model := a.means().Model()
	if !lent || act != layer.Call || e.role.action && !model {
		e.span.SetName(name)
		e.span.SetKind(a.kind())
	}
	if model && e.twin() {
		e.span.SetKind(mutagent.KindCustom)
		a = a.uncounted()
	}
	a.set(e.span)
	if events = e.all(events); !content {
		a.setContent(e.span, events)
	}
	opts := mutagent.EndOptions{Status: mutagent.StatusOK, StatusMessage: why}
	switch {
	case code == codes.Error:
		opts.Status = mutagent.StatusError
	case lent && !model:
		opts.Status = mutagent.StatusUnset // the borrower sets the status
	case lent:
		e.span.SetStatus(mutagent.StatusOK, "") // a failed attempt was not the last one
	}
	return opts
}

// twin reports whether another span records the model call: one of an outer layer, or
// that of OpenTelemetry's directly above or below. If not, it tells the one above.
func (e *entry) twin() bool {
	e.mu.Lock()
	twin := e.below || e.inner || e.model != nil
	e.mu.Unlock()
	if !twin && e.around != nil {
		e.around.mu.Lock()
		e.around.inner = true
		e.around.mu.Unlock()
	}
	return twin
}
