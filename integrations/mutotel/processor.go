package mutotel

import (
	"context"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// NewSpanProcessor returns a processor that makes a span of c, or of the default client
// if c is nil, of every OpenTelemetry span that is sampled. It has the ids, times,
// attributes, events and status of the OpenTelemetry span, and a kind, model, usage,
// input and output where its attributes tell them.
//
// The client's [mutagent.Options].Parent should be [Parent], so that spans of this SDK go
// under those of OpenTelemetry that they begin in. A call of a model that a layer above
// records, here or there, does not make a second span.
//
// ForceFlush flushes the client. Shutdown flushes it, too, but leaves it running: it
// is not the processor's.
func NewSpanProcessor(c *mutagent.Client) sdktrace.SpanProcessor { return &processor{c} }

type processor struct{ client *mutagent.Client }

func (p *processor) OnStart(ctx context.Context, s sdktrace.ReadWriteSpan) {
	sc, above := s.SpanContext(), s.Parent()
	if !sc.IsSampled() {
		return
	}
	a := read(s.Attributes())
	e := &entry{model: a.model()}
	outer := find(above.SpanID())
	if mutagent.FromContext(ctx) == nil && outer != nil {
		ctx = mutagent.WithSpan(ctx, outer.span)
	}
	if e.model && genai.Marked(ctx) {
		e.span, e.stands = mutagent.FromContext(ctx), true
		if outer != nil && outer.model {
			e.span = outer.span
		}
	} else {
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
		return
	}
	a := read(s.Attributes())
	e.span.SetName(s.Name())
	a.tell(e.span)
	opts := mutagent.EndOptions{Time: s.EndTime(), Status: status(s.Status().Code), StatusMessage: s.Status().Description}
	for _, event := range s.Events() {
		opts.Events = append(opts.Events, mutagent.Event{Name: event.Name, Time: event.Time, Attributes: read(event.Attributes).slog()})
	}
	for _, l := range s.Links() {
		opts.Events = append(opts.Events, linkEvent(l.SpanContext, s.StartTime()))
	}
	e.span.End(opts)
}

func status(code codes.Code) mutagent.Status {
	if code == codes.Error {
		return mutagent.StatusError
	}
	return mutagent.StatusOK
}

func (p *processor) ForceFlush(ctx context.Context) error {
	if p.client != nil {
		return p.client.Flush(ctx)
	}
	return mutagent.Flush(ctx)
}

func (p *processor) Shutdown(ctx context.Context) error { return p.ForceFlush(ctx) }
