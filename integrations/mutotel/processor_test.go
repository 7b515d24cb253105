package mutotel_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutotel"
)

// A processor that is registered twice records each span once, and ends it.
func TestProcessorTwice(t *testing.T) {
	w := newWorld(t)
	p := w.sdk(sdktrace.WithSpanProcessor(mutotel.NewSpanProcessor(w.client)))
	ctx, outer := p.Tracer("test").Start(t.Context(), "outer")
	_, inner := p.Tracer("test").Start(ctx, "inner")
	inner.End()
	outer.End()
	got := w.spans(2)
	assert.Equal(t, got["outer"].SpanID, got["inner"].ParentID)
	require.Len(t, w.rec.Spans(), 2)
	assert.Zero(t, w.client.Stats().Open)
}

// Of the processors of two clients, the first records whole traces. The other says that
// it has nothing, once.
func TestProcessorsOfTwoClients(t *testing.T) {
	w := newWorld(t)
	var log bytes.Buffer
	second, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: "http://127.0.0.1:1", Parent: mutotel.Parent, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	p := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(mutotel.NewSpanProcessor(w.client)), sdktrace.WithSpanProcessor(mutotel.NewSpanProcessor(second)))
	for range 2 {
		ctx, outer := p.Tracer("test").Start(t.Context(), "outer")
		ctx, end := w.client.Start(ctx, mutagent.KindTool, "ours")
		_, inner := p.Tracer("test").Start(ctx, "inner")
		inner.End()
		end()
		outer.End()
	}
	require.NoError(t, second.Shutdown(context.Background()))
	got := w.spans(3)
	assert.Equal(t, got["outer"].SpanID, got["ours"].ParentID)
	assert.Equal(t, got["ours"].SpanID, got["inner"].ParentID)
	assert.Len(t, w.rec.Spans(), 6)
	assert.Zero(t, w.client.Stats().Open)
	assert.Zero(t, second.Stats().Ended)
	assert.Equal(t, 1, strings.Count(log.String(), "SpanProcessor of another client"), log.String())
}
