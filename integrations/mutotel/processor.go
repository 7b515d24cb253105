package mutotel

import (
	"context"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/semconv"
	"github.com/mutagent-io/mutagent-go/internal/trouble"
)

// NewSpanProcessor returns a processor that creates a span of c, or of the default
// client if c is nil, for every sampled OpenTelemetry span. The span has the IDs,
// times, attributes, events and status of the OpenTelemetry span, and the kind, model,
// usage, input and output that its attributes contain.
//
// The client's [mutagent.Options].Parent should be [Parent], so that spans of this SDK
// become children of the OpenTelemetry spans in whose context they start. If two layers
// see the same model call or HTTP request, there is one span: that of the outer layer,
// with the data of both.
//
// Registering a processor twice has the same effect as registering it once. Of the
// processors of several clients, only the first records: a trace belongs to one client.
//
// ForceFlush flushes the client. Shutdown also flushes the client, but does not shut it
// down, because the processor does not own it.
func NewSpanProcessor(c *mutagent.Client) sdktrace.SpanProcessor { return &processor{flusher{c}} }

type processor struct{ flusher }

func (p *processor) OnStart(ctx context.Context, s sdktrace.ReadWriteSpan) {
	sc := s.SpanContext()
	if !sc.IsSampled() {
		return
	}
	if other := find(sc.SpanID()); other != nil {
		p.idle(other)
		return
	}
	a := read(s.Attributes())
	outer := find(s.Parent().SpanID())
	if mutagent.FromContext(ctx) == nil && outer != nil {
		ctx = mutagent.WithSpan(ctx, outer.span)
	}
	e := &entry{
		client: p.client, name: s.Name(), role: roleOf(s.InstrumentationScope().Name, s.Name(), s.SpanKind(), a),
		given: func() attributes { return read(s.Attributes()) },
	}
	e.enter(ctx, outer, sc.SpanID().String())
	if !e.shared {
		e.span = p.begin(ctx, s, a)
	}
	if e.span != nil {
		live.Store(sc.SpanID(), e)
	}
}

// idle reports, once, that the processor records nothing because the processor of
// another client is first: a span has one client, as all spans of its trace do.
func (p *processor) idle(first *entry) {
	if first.client == p.client {
		return
	}
	ctx := context.Background()
	if p.client != nil {
		ctx = p.client.Context(ctx)
	}
	trouble.Of(ctx).Once("processor", func() string {
		return "the spans of OpenTelemetry are not recorded here, because the SpanProcessor of another client was registered first; Options.OTLP gives one client two destinations"
	})
}

func (p *processor) begin(ctx context.Context, s sdktrace.ReadOnlySpan, a attributes) *mutagent.Span {
	opts := mutagent.SpanOptions{Kind: a.kind(), Name: s.Name(), Start: s.StartTime(), SpanID: s.SpanContext().SpanID().String()}
	if mutagent.FromContext(ctx) == nil {
		opts.TraceID = s.SpanContext().TraceID().String()
		if s.Parent().IsValid() {
			opts.ParentSpanID = s.Parent().SpanID().String()
		}
	}
	if p.client != nil {
		_, span := p.client.StartSpan(ctx, opts)
		return span
	}
	_, span := mutagent.StartSpan(ctx, opts)
	return span
}

func (p *processor) OnEnd(s sdktrace.ReadOnlySpan) {
	e := find(s.SpanContext().SpanID())
	if e == nil {
		return
	}
	forget(s.SpanContext().SpanID(), e)
	if e.shared {
		e.rename(s.Name())
		return
	}
	var events []mutagent.Event
	var messages []semconv.Event
	for _, event := range s.Events() {
		a := read(event.Attributes)
		events = append(events, mutagent.Event{Name: event.Name, Time: event.Time, Attributes: a.slog()})
		messages = append(messages, semconv.Event{Name: event.Name, Attributes: a.means()})
	}
	opts := e.end(read(s.Attributes()), s.Name(), s.Status().Code, s.Status().Description, messages)
	opts.Time, opts.Events = s.EndTime(), events
	for _, l := range s.Links() {
		opts.Events = append(opts.Events, linkEvent(l.SpanContext, s.StartTime()))
	}
	e.span.End(opts)
}
