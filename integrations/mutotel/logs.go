package mutotel

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/log"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// NewLogProcessor returns a processor that makes each log record of OpenTelemetry an
// event of the innermost span in whose context it was emitted, of either tracer. A
// record that is emitted after its span has ended still arrives. Records without a
// span, or in a trace that is not sampled, are left out.
//
// The records in which the GenAI conventions have messages (gen_ai.user.message,
// gen_ai.choice, gen_ai.client.inference.operation.details and others) are not events,
// but become input and output of the span, unless a layer of this SDK records the call.
//
// ForceFlush and Shutdown flush c, or the default client if c is nil.
func NewLogProcessor(c *mutagent.Client) sdklog.Processor {
	past.keep.Store(true)
	return &logs{flusher{c}}
}

type logs struct{ flusher }

func (*logs) Enabled(context.Context, sdklog.EnabledParameters) bool { return true }

func (*logs) OnEmit(ctx context.Context, r *sdklog.Record) error {
	if r.SpanID().IsValid() && !r.TraceFlags().IsSampled() {
		return nil
	}
	e := entryOf(ctx, r.SpanID())
	span := e.innermost(ctx)
	if span == nil {
		return nil
	}
	event := semconv.Event{Name: r.EventName(), Attributes: given(r)}
	if semconv.HoldsMessages(event.Name) && keep(ctx, e, span, event) {
		return nil
	}
	logged(ctx, span, r, event.Attributes)
	return nil
}

// entryOf returns the entry of the span in whose context a record was emitted, also if
// it has ended, or nil.
func entryOf(ctx context.Context, id trace.SpanID) *entry {
	if s, ok := trace.SpanFromContext(ctx).(*span); ok {
		return s.entry
	}
	if e := find(id); e != nil {
		return e
	}
	return past.find(id)
}

// keep reports whether a layer of this SDK records the messages of an event on the
// span, or the entry keeps them for its end.
func keep(ctx context.Context, e *entry, span *mutagent.Span, event semconv.Event) bool {
	if e == nil {
		return genai.Marked(ctx)
	}
	return span == e.span && e.addMessages(event)
}

// given returns the attributes of a record, and its body: a map as attributes, as the
// conventions for events had it, and anything else as body.
func given(r *sdklog.Record) semconv.Attributes {
	a := pairs(r.WalkAttributes)
	switch body := plain(r.Body()).(type) {
	case nil:
	case map[string]any:
		for key, v := range body {
			a[key] = v
		}
	default:
		a["body"] = body
	}
	return a
}

// handler makes records of any level events.
var handler = mutagent.NewHandler(slog.DiscardHandler, &mutagent.HandlerOptions{Level: slog.Level(-1 << 30)})

// logged records r on the span as if slog had logged it. A record without a severity is
// an event without a level.
func logged(ctx context.Context, span *mutagent.Span, r *sdklog.Record, a semconv.Attributes) {
	name := r.EventName()
	if text, ok := a["body"].(string); ok && name == "" {
		name = text
		delete(a, "body")
	}
	if r.Severity() == log.SeverityUndefined {
		span.AddEvent(name, attributes(a).slog()...)
		return
	}
	at := r.Timestamp()
	if at.IsZero() {
		at = time.Now()
	}
	record := slog.NewRecord(at, slog.Level(r.Severity()-log.SeverityInfo), name, 0)
	record.AddAttrs(attributes(a).slog()...)
	_ = handler.Handle(mutagent.WithSpan(ctx, span), record) // there is no next handler that could fail
}
