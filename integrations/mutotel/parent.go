package mutotel

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/layer"
)

// Parent returns the traceparent of the OpenTelemetry span in ctx. Use it as
// [mutagent.Options].Parent. A trace that OpenTelemetry does not sample is not recorded.
// A span that it does not sample inside a trace of this SDK is left out alone.
func Parent(ctx context.Context) (traceparent string) {
	sc := trace.SpanContextFromContext(ctx)
	if !sc.IsSampled() && mutagent.FromContext(ctx) != nil {
		return ""
	}
	if e := find(sc.SpanID()); e != nil && e.shared { // the span itself is never sent
		if id, err := trace.SpanIDFromHex(e.span.SpanID()); err == nil {
			sc = sc.WithSpanID(id)
		}
	}
	headers := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(trace.ContextWithSpanContext(ctx, sc), headers)
	return headers["traceparent"]
}

// An IDGenerator gives an OpenTelemetry root span the trace ID of the mutagent span in
// its context, so that both propagate the same trace to other processes. Without a
// mutagent span in the context the IDs are random.
type IDGenerator struct{}

// NewIDs is called by the OpenTelemetry SDK.
func (IDGenerator) NewIDs(ctx context.Context) (id trace.TraceID, span trace.SpanID) {
	if b, err := hex.DecodeString(mutagent.FromContext(ctx).TraceID()); err == nil && len(b) == len(id) {
		id = trace.TraceID(b)
	} else {
		binary.BigEndian.PutUint64(id[:8], random())
		binary.BigEndian.PutUint64(id[8:], random())
	}
	return id, IDGenerator{}.NewSpanID(ctx, id)
}

// NewSpanID is called by the OpenTelemetry SDK. If a span starts in the context of a
// request that a layer of this SDK sends and records, it is otelhttp's span of the same
// request. It then gets the ID that the receiver should see. A second span gets
// its own ID.
func (IDGenerator) NewSpanID(ctx context.Context, _ trace.TraceID) (id trace.SpanID) {
	b, err := hex.DecodeString(sameRequest(ctx, layer.Sent).SpanID())
	if err == nil && len(b) == len(id) && layer.Take(ctx, layer.Sent) {
		return trace.SpanID(b)
	}
	binary.BigEndian.PutUint64(id[:], random())
	return id
}

// random never returns 0, because IDs of only zeros are invalid.
func random() uint64 { return rand.Uint64N(1<<64-1) + 1 }
