package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go/benchmarks"
)

type otelTracer struct {
	provider *sdktrace.TracerProvider
	exported *exported
	tracer   trace.Tracer
	root     context.Context
	ctxs     []context.Context // a program holds them as long as the spans are open
	spans    []trace.Span
	dropped  int64 // as last seen, by the processor
}

// newOTel exports by OTLP over HTTP, in batches.
func newOTel(server http.RoundTripper, opts ...sdktrace.TracerProviderOption) (*otelTracer, error) {
	root := context.Background()
	exporter, err := otlptracehttp.New(root, otlptracehttp.WithEndpointURL("http://null.invalid"+otlpPath),
		otlptracehttp.WithHTTPClient(&http.Client{Transport: server}))
	if err != nil {
		return nil, err
	}
	e := &exported{SpanExporter: exporter}
	provider := sdktrace.NewTracerProvider(append(opts, sdktrace.WithBatcher(e))...)
	return &otelTracer{provider: provider, exported: e, tracer: provider.Tracer("growth"), root: root}, nil
}

// An exported counts what is exported.
type exported struct {
	sdktrace.SpanExporter
	spans, failed, lost atomic.Int64
}

func (e *exported) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if err != nil {
		e.failed.Add(int64(len(spans)))
		return err
	}
	e.spans.Add(int64(len(spans)))
	for _, s := range spans {
		e.lost.Add(int64(s.DroppedEvents()))
	}
	return nil
}

func (t *otelTracer) name() string { return theirs }

func (t *otelTracer) room(spans int) {
	t.ctxs, t.spans = make([]context.Context, spans), make([]trace.Span, spans)
}

func (t *otelTracer) start(i int) { t.ctxs[i], t.spans[i] = t.tracer.Start(t.root, "lookup") }

func (t *otelTracer) event(i int) {
	t.spans[i].AddEvent("picked a tool", trace.WithAttributes(attribute.String("tool", "orders"), attribute.Int("attempt", 2)))
}

func (t *otelTracer) input(i int, text string) {
	t.spans[i].SetAttributes(attribute.String("gen_ai.input.messages", text))
}

func (t *otelTracer) end(i int) {
	t.spans[i].End()
	t.ctxs[i], t.spans[i] = nil, nil
}

func (t *otelTracer) flush() { _ = t.provider.ForceFlush(t.root) } // what is not delivered is counted in close

func (t *otelTracer) close() int64 {
	_ = t.provider.Shutdown(t.root)
	return t.exported.spans.Load()
}

func (t *otelTracer) lost() int64 { return t.exported.lost.Load() }

func (t *otelTracer) agent(calls int, each func(began time.Time)) {
	ctx, span := t.tracer.Start(t.root, "agent")
	defer span.End()
	for range calls {
		began := time.Now()
		benchmarks.FullOTel(ctx, t.tracer)
		each(began)
	}
}

// state has no number of OpenTelemetry's own for what its processor drops. What has
// ended and did not leave the exporter waits in the queue or in the batch that is on
// its way, as far as they have room. The rest is gone.
func (t *otelTracer) state(ended int64) state {
	delivered, failed := t.exported.spans.Load(), t.exported.failed.Load()
	inside := ended - delivered - failed
	t.dropped = max(t.dropped, inside-sdktrace.DefaultMaxQueueSize-sdktrace.DefaultMaxExportBatchSize)
	return state{delivered, max(0, inside-t.dropped), failed + t.dropped}
}
