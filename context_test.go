package mutagent_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func TestSession(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, nil)
	ctx := c.Context(context.Background())
	ctx = mutagent.WithTags(ctx, "beta")
	session := mutagent.WithUser(mutagent.WithSession(ctx, "s-1"), "u-7")
	session = mutagent.WithTags(session, "vip", "beta")

	rootCtx, end := mutagent.Start(session, mutagent.KindAgent, "root")
	_, endChild := mutagent.Start(rootCtx, mutagent.KindTool, "child")
	endChild()
	end()
	_, endOther := mutagent.Start(ctx, mutagent.KindAgent, "other")
	endOther()
	require.NoError(t, c.Flush(context.Background()))

	traces := map[string]trace{}
	for _, tr := range r.bodies[0].Traces {
		for _, s := range tr.Spans {
			traces[s.Name] = tr
		}
	}
	for _, name := range []string{"root", "child"} {
		assert.Equal(t, "s-1", traces[name].SessionID, name)
		assert.Equal(t, "u-7", traces[name].Metadata["user.id"], name)
		assert.Equal(t, []string{"beta", "vip"}, traces[name].Tags, name)
	}
	assert.Empty(t, traces["other"].SessionID)
	assert.Equal(t, []string{"beta"}, traces["other"].Tags)
}

func TestWithAttributes(t *testing.T) {
	spans := traced(t, func(ctx context.Context) {
		ctx = mutagent.WithAttributes(ctx, slog.String("tenant", "a"), slog.Int("n", 1))
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "root")
		defer end()
		ctx = mutagent.WithAttributes(ctx, slog.Int("n", 2))
		_, endChild := mutagent.Start(ctx, mutagent.KindTool, "child", slog.String("own", "x"))
		endChild()
		_, endOwn := mutagent.Start(ctx, mutagent.KindTool, "own", slog.Int("n", 3))
		endOwn()
	})
	assert.Equal(t, map[string]any{"tenant": "a", "n": 1.0}, spans["root"].Attributes)
	assert.Equal(t, map[string]any{"tenant": "a", "n": 2.0, "own": "x"}, spans["child"].Attributes)
	assert.Equal(t, 3.0, spans["own"].Attributes["n"], "a span's own attribute wins")
	assert.Equal(t, spans["root"].SpanID, spans["child"].ParentSpanID, "the parent is still the parent")
}

func TestSuppressed(t *testing.T) {
	spans := traced(t, func(ctx context.Context) {
		log := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "agent")
		defer end()
		judge := mutagent.WithUser(mutagent.WithSuppressed(ctx), "judge")
		assert.Nil(t, mutagent.FromContext(judge))
		judge, endJudge := mutagent.Start(judge, mutagent.KindLLMChat, "judge")
		log.InfoContext(judge, "not an event")
		_, endBelow := mutagent.Start(judge, mutagent.KindTool, "below")
		endBelow()
		endJudge()
	})
	require.Len(t, spans, 1)
	assert.Empty(t, spans["agent"].Events)
}

func TestInjectAndExtract(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, nil)

	ctx, end := c.Start(context.Background(), mutagent.KindAgent, "here")
	h := http.Header{}
	mutagent.Inject(ctx, h)
	span := mutagent.FromContext(ctx)
	assert.Equal(t, fmt.Sprintf("00-%s-%s-03", span.TraceID(), span.SpanID()), h.Get("traceparent"), "sampled, and random")
	end()

	there := c.Context(mutagent.Extract(context.Background(), h))
	assert.Nil(t, mutagent.FromContext(there))
	there, end = mutagent.Start(there, mutagent.KindAgent, "there")
	_, endBelow := mutagent.Start(there, mutagent.KindTool, "below")
	endBelow()
	end()
	require.NoError(t, c.Flush(context.Background()))
	spans := r.named()
	assert.Equal(t, spans["here"].TraceID, spans["there"].TraceID)
	assert.Equal(t, spans["here"].SpanID, spans["there"].ParentSpanID)
	assert.Equal(t, spans["there"].SpanID, spans["below"].ParentSpanID)
}

func TestForeignTrace(t *testing.T) {
	const traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	c := newReceiver(t).client(t, nil)
	in := http.Header{}
	in.Set("traceparent", "00-"+traceID+"-00f067aa0ba902b7-01")
	in.Set("tracestate", "vendor=1")
	ctx, end := c.Start(mutagent.Extract(context.Background(), in), mutagent.KindAgent, "span")
	defer end()
	out := http.Header{}
	mutagent.Inject(ctx, out)
	assert.Equal(t, fmt.Sprintf("00-%s-%s-01", traceID, mutagent.FromContext(ctx).SpanID()), out.Get("traceparent"), "the flags are the sender's")
	assert.Equal(t, "vendor=1", out.Get("tracestate"))
}

// TestUnsampledTrace: what its origin does not record is not recorded here, and
// goes on as it came.
func TestUnsampledTrace(t *testing.T) {
	c := newReceiver(t).client(t, nil)
	in := http.Header{}
	in.Set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
	ctx, end := c.Start(mutagent.Extract(context.Background(), in), mutagent.KindAgent, "span")
	defer end()
	assert.Nil(t, mutagent.FromContext(ctx))
	out := http.Header{}
	mutagent.Inject(ctx, out)
	assert.Regexp(t, "^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-00$", out.Get("traceparent"))
	assert.NotEqual(t, in, out, "a hop has an id of its own")
}

// TestExtractUnderASpan: the client of the span above stays in charge.
func TestExtractUnderASpan(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, nil)
	ctx, end := c.Start(context.Background(), mutagent.KindAgent, "outer")
	defer end()
	h := http.Header{}
	h.Set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	_, endInner := mutagent.Start(mutagent.Extract(ctx, h), mutagent.KindAgent, "inner")
	endInner()
	require.NoError(t, c.Flush(context.Background()))
	assert.Equal(t, "00f067aa0ba902b7", r.named()["inner"].ParentSpanID)

	quiet := mutagent.Extract(mutagent.WithSuppressed(ctx), h)
	assert.Nil(t, func() *mutagent.Span {
		s, _ := mutagent.Start(quiet, mutagent.KindTool, "quiet")
		return mutagent.FromContext(s)
	}())
}

func TestNothingToInjectOrExtract(t *testing.T) {
	h := http.Header{}
	mutagent.Inject(context.Background(), h)
	assert.Empty(t, h)
	ctx := context.Background()
	assert.Equal(t, ctx, mutagent.Extract(ctx, h))
	h.Set("traceparent", "rubbish")
	assert.Equal(t, ctx, mutagent.Extract(ctx, h))
}

// A span goes on in a context that is none of its own, with all that it has in
// common with its children.
func TestWithSpan(t *testing.T) {
	rec, other := mutest.New(t), mutest.New(t)
	ctx := mutagent.WithSession(rec.Context(t.Context()), "s-1")
	_, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "parent"})
	elsewhere := mutagent.WithSession(other.Context(t.Context()), "s-2")
	inner := mutagent.WithSpan(elsewhere, span)
	assert.Same(t, span, mutagent.FromContext(inner))
	_, end := mutagent.Start(inner, mutagent.KindTool, "child")
	end()
	span.End(mutagent.EndOptions{})
	assert.Equal(t, span.SpanID(), rec.Span("child").ParentID)
	require.Len(t, rec.Traces(), 1)
	assert.Equal(t, "s-1", rec.Traces()[0].SessionID)
	assert.Empty(t, other.Spans())

	assert.Equal(t, elsewhere, mutagent.WithSpan(elsewhere, nil))
	suppressed := mutagent.WithSuppressed(elsewhere)
	assert.Equal(t, suppressed, mutagent.WithSpan(suppressed, span))
}

func TestEnabled(t *testing.T) {
	rec := mutest.New(t)
	ctx := rec.Context(t.Context())
	assert.True(t, mutagent.Enabled(ctx))
	inner, end := mutagent.Start(ctx, mutagent.KindTool, "tool")
	assert.True(t, mutagent.Enabled(inner))
	end()
	assert.False(t, mutagent.Enabled(mutagent.WithSuppressed(ctx)))
	off, err := mutagent.New(&mutagent.Options{})
	require.NoError(t, err)
	assert.False(t, mutagent.Enabled(off.Context(t.Context())))
	assert.Zero(t, testing.AllocsPerRun(100, func() { mutagent.Enabled(ctx) }))
}

// TestParent hangs spans below those of another tracer, which is here a value of
// the context.
func TestParent(t *testing.T) {
	type other struct{}
	r := newReceiver(t)
	client := r.client(t, &mutagent.Options{Parent: func(ctx context.Context) string {
		traceparent, _ := ctx.Value(other{}).(string)
		if traceparent == "panic" {
			panic("no")
		}
		return traceparent
	}})
	under := func(traceparent, name string) {
		ctx := context.WithValue(context.Background(), other{}, traceparent)
		ctx, span := client.StartSpan(ctx, mutagent.SpanOptions{Name: name})
		_, child := client.StartSpan(ctx, mutagent.SpanOptions{Name: name + ".child"})
		child.End(mutagent.EndOptions{})
		span.End(mutagent.EndOptions{})
	}
	under("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "below")
	under("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "not sampled")
	under("", "alone")
	under("nonsense", "alone too")
	under("panic", "alone as well")
	require.NoError(t, client.Flush(context.Background()))
	got := r.named()
	assert.Len(t, got, 8)
	assert.Equal(t, "b7ad6b7169203331", got["below"].ParentSpanID)
	assert.Equal(t, "0af7651916cd43dd8448eb211c80319c", got["below.child"].TraceID)
	assert.Equal(t, got["below"].SpanID, got["below.child"].ParentSpanID)
	for _, name := range []string{"alone", "alone too", "alone as well"} {
		assert.Empty(t, got[name].ParentSpanID)
	}
	assert.NotContains(t, got, "not sampled")
}
