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

// Parent is for [mutagent.Options].Parent: it names the OpenTelemetry span in ctx.
func Parent(ctx context.Context) (traceparent string) {
	sc := trace.SpanContextFromContext(ctx)
	if e := find(sc.SpanID()); e != nil && e.stands { // nobody is sent the span itself
		if id, err := trace.SpanIDFromHex(e.span.SpanID()); err == nil {
			sc = sc.WithSpanID(id)
		}
	}
	headers := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(trace.ContextWithSpanContext(ctx, sc), headers)
	return headers["traceparent"]
}

// An IDGenerator gives an OpenTelemetry span that begins a trace the trace id of the
// mutagent span in its context, so that both tell other processes of the same trace.
// Without one in its context the ids are random.
type IDGenerator struct{}

// NewIDs is for the OpenTelemetry SDK.
func (IDGenerator) NewIDs(ctx context.Context) (id trace.TraceID, span trace.SpanID) {
	if b, err := hex.DecodeString(mutagent.FromContext(ctx).TraceID()); err == nil && len(b) == len(id) {
		id = trace.TraceID(b)
	} else {
		binary.BigEndian.PutUint64(id[:8], random())
		binary.BigEndian.PutUint64(id[8:], random())
	}
	return id, IDGenerator{}.NewSpanID(ctx, id)
}

// NewSpanID is for the OpenTelemetry SDK. A span that begins in the context of a request
// that a layer of ours sends and records is otelhttp's of the same request: it gets the
// id that the receiver shall see. A second one does not: an id is one span's.
func (IDGenerator) NewSpanID(ctx context.Context, _ trace.TraceID) (id trace.SpanID) {
	b, err := hex.DecodeString(sameRequest(ctx, layer.Sent).SpanID())
	if err == nil && len(b) == len(id) && layer.Take(ctx, layer.Sent) {
		return trace.SpanID(b)
	}
	binary.BigEndian.PutUint64(id[:], random())
	return id
}

// random is never 0: ids of zeros only are not valid.
func random() uint64 { return rand.Uint64N(1<<64-1) + 1 }
