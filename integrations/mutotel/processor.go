package mutotel

import (
	"context"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// NewSpanProcessor returns a processor that makes a span of c, or of the default client
// if c is nil, of every OpenTelemetry span that is sampled. It has the ids, times,
// attributes, events and status of the OpenTelemetry span, and a kind, model, usage,
// input and output where its attributes tell them.
//
// The client's [mutagent.Options].Parent should be [Parent], so that spans of this SDK go
// under those of OpenTelemetry that they begin in. A call of a model, or an HTTP request,
// that two layers see makes one span: the outer one's, which is told what both know.
//
// ForceFlush flushes the client. Shutdown flushes it, too, but leaves it running: it
// is not the processor's.
func NewSpanProcessor(c *mutagent.Client) sdktrace.SpanProcessor { return &processor{c} }

type processor struct{ client *mutagent.Client }

func (p *processor) OnStart(ctx context.Context, s sdktrace.ReadWriteSpan) {
	sc := s.SpanContext()
	if !sc.IsSampled() {
		return
	}
	a := read(s.Attributes())
	outer := find(s.Parent().SpanID())
	if mutagent.FromContext(ctx) == nil && outer != nil {
		ctx = mutagent.WithSpan(ctx, outer.span)
	}
	e := enter(ctx, outer, see(s.InstrumentationScope().Name, s.Name(), s.SpanKind(), a), s.Name(), sc.SpanID().String())
	if !e.stands {
		e.span = p.begin(ctx, s, a)
	}
	if e.span != nil {
		live.Store(sc.SpanID(), e)
	}
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
	live.Delete(s.SpanContext().SpanID())
	if e.stands {
		e.rename(s.Name())
		return
	}
	var events []mutagent.Event
	var said []semconv.Event
	for _, event := range s.Events() {
		a := read(event.Attributes)
		events = append(events, mutagent.Event{Name: event.Name, Time: event.Time, Attributes: a.slog()})
		said = append(said, semconv.Event{Name: event.Name, Attributes: a.means()})
	}
	opts := e.end(read(s.Attributes()), s.Name(), s.Status().Code, s.Status().Description, said)
	opts.Time, opts.Events = s.EndTime(), events
	for _, l := range s.Links() {
		opts.Events = append(opts.Events, linkEvent(l.SpanContext, s.StartTime()))
	}
	e.span.End(opts)
}

func (p *processor) ForceFlush(ctx context.Context) error {
	if p.client != nil {
		return p.client.Flush(ctx)
	}
	return mutagent.Flush(ctx)
}

func (p *processor) Shutdown(ctx context.Context) error { return p.ForceFlush(ctx) }
