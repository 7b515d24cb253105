package mutagent_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// request makes a trace of three spans, nested, of which the innermost and perhaps
// the outermost fail.
func request(client *mutagent.Client, ctx context.Context, name string, err error) {
	ctx, root := client.StartSpan(ctx, mutagent.SpanOptions{Name: name})
	ctx, middle := client.StartSpan(ctx, mutagent.SpanOptions{Name: name + ".middle"})
	_, leaf := client.StartSpan(ctx, mutagent.SpanOptions{Name: name + ".leaf"})
	leaf.End(mutagent.EndOptions{Err: errors.New("dealt with")})
	middle.End(mutagent.EndOptions{})
	root.End(mutagent.EndOptions{Err: err})
}

func TestSampling(t *testing.T) {
	r := newReceiver(t)
	client := r.client(t, &mutagent.Options{Sampling: &mutagent.Sampling{Ratio: 0.25}})
	const n = 1000
	for i := range n {
		request(client, context.Background(), fmt.Sprint(i), nil)
	}
	require.NoError(t, client.Flush(context.Background()))
	spans := r.spans()
	roots := map[string]int{}
	for _, s := range spans {
		name, _, _ := strings.Cut(s.Name, ".")
		roots[name]++
	}
	for name, spans := range roots {
		assert.Equal(t, 3, spans, "a part of trace %s", name)
	}
	assert.InDelta(t, n/4, len(roots), n/10)
	stats := client.Stats()
	assert.Equal(t, int64(n-len(roots)), stats.SampledOut)
	assert.Equal(t, int64(len(spans)), stats.Ended)
	balanced(t, stats)
}

// TestSamplingAgrees: services with the same ratio make the same decision, and one
// that gets the headers of another follows it.
func TestSamplingAgrees(t *testing.T) {
	r := newReceiver(t)
	one := r.client(t, &mutagent.Options{Sampling: &mutagent.Sampling{Ratio: 0.5}})
	all := r.client(t, nil)
	kept := map[bool]int{}
	for range 100 {
		ctx, span := one.StartSpan(context.Background(), mutagent.SpanOptions{Name: "one"})
		h := http.Header{}
		mutagent.Inject(ctx, h)
		require.Len(t, h.Get("Traceparent"), 55, "a trace that is left out is passed on, too")
		sampled := strings.HasSuffix(h.Get("Traceparent"), "3")
		assert.Equal(t, span != nil, sampled)
		_, there := all.StartSpan(mutagent.Extract(context.Background(), h), mutagent.SpanOptions{Name: "two"})
		assert.Equal(t, sampled, there != nil)
		kept[sampled]++
	}
	assert.Len(t, kept, 2, "all decisions are the same")
}

func TestSamplingOfContext(t *testing.T) {
	r := newReceiver(t)
	none := r.client(t, &mutagent.Options{Sampling: &mutagent.Sampling{}})
	all := r.client(t, nil)
	ctx := context.Background()
	request(none, mutagent.WithSampleRatio(ctx, 1), "always", nil)
	request(none, ctx, "left out", nil)
	request(all, mutagent.WithSampleRatio(ctx, 0), "never", nil)
	begun, root := all.StartSpan(ctx, mutagent.SpanOptions{Name: "begun"})
	request(all, mutagent.WithSampleRatio(begun, 0), "below", nil)
	root.End(mutagent.EndOptions{})
	require.NoError(t, none.Flush(ctx))
	require.NoError(t, all.Flush(ctx))
	got := r.named()
	assert.Len(t, got, 7)
	assert.Contains(t, got, "always.leaf")
	assert.Contains(t, got, "below.leaf", "the decision was made when the trace began")
}

func TestKeepErrors(t *testing.T) {
	r := newReceiver(t)
	client := r.client(t, &mutagent.Options{Sampling: &mutagent.Sampling{KeepErrors: true}})
	request(client, context.Background(), "bad", errors.New("no answer"))
	request(client, context.Background(), "good", nil)

	// Spans that outlive their root go its way.
	ctx, root := client.StartSpan(context.Background(), mutagent.SpanOptions{Name: "root"})
	h := http.Header{}
	mutagent.Inject(ctx, h)
	assert.True(t, strings.HasSuffix(h.Get("Traceparent"), "-02"), "others are not told to record: %s", h.Get("Traceparent"))
	_, late := client.StartSpan(ctx, mutagent.SpanOptions{Name: "root.late"})
	root.End(mutagent.EndOptions{Status: mutagent.StatusError})
	late.End(mutagent.EndOptions{})
	late.AddEvent("later still")

	require.NoError(t, client.Flush(context.Background()))
	got := r.named()
	assert.Len(t, got, 5)
	assert.Equal(t, "later still", got["root.late"].Events[0].Name, "what came after the end of a span that was delivered")
	assert.Equal(t, "error", got["bad"].Status)
	assert.Equal(t, got["bad"].SpanID, got["bad.middle"].ParentSpanID)
	assert.Equal(t, got["root"].SpanID, got["root.late"].ParentSpanID)
	assert.Contains(t, got, "bad.leaf")
	stats := client.Stats()
	assert.Equal(t, int64(1), stats.SampledOut)
	assert.Equal(t, int64(5), stats.Ended)
	balanced(t, stats)
}

// TestKeepErrorsIsBounded has many traces open at once, more than there is room
// for. The oldest are given up, and those whose root never ends.
func TestKeepErrorsIsBounded(t *testing.T) {
	r := newReceiver(t)
	client := r.client(t, &mutagent.Options{MaxQueueBytes: 4 << 20, Sampling: &mutagent.Sampling{KeepErrors: true}})
	text := strings.Repeat("x", 10<<10)
	var roots []*mutagent.Span
	const n = 1000
	for i := range n {
		ctx, root := client.StartSpan(context.Background(), mutagent.SpanOptions{Name: fmt.Sprint(i)})
		_, leaf := client.StartSpan(ctx, mutagent.SpanOptions{Name: "leaf", Input: mutagent.IO{Text: text}})
		leaf.End(mutagent.EndOptions{})
		roots = append(roots, root)
	}
	for _, root := range roots {
		root.End(mutagent.EndOptions{Status: mutagent.StatusError})
	}
	require.NoError(t, client.Flush(context.Background()))
	got := r.named()
	assert.Contains(t, got, fmt.Sprint(n-1))
	assert.NotContains(t, got, "0")
	stats := client.Stats()
	assert.Greater(t, stats.Delivered, int64(100))
	assert.Equal(t, int64(n), stats.SampledOut+stats.Delivered/2, "each trace is whole, or not there at all")
	balanced(t, stats)
}

func TestKeepErrorsAtOnce(t *testing.T) {
	r := newReceiver(t)
	client := r.client(t, &mutagent.Options{Sampling: &mutagent.Sampling{Ratio: 0.5, KeepErrors: true}})
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			ctx, root := client.StartSpan(context.Background(), mutagent.SpanOptions{Name: fmt.Sprint(i)})
			var children sync.WaitGroup
			for range 3 {
				children.Go(func() {
					_, child := client.StartSpan(ctx, mutagent.SpanOptions{Name: "child"})
					child.End(mutagent.EndOptions{})
				})
			}
			if i%2 == 0 {
				children.Wait()
			}
			root.End(mutagent.EndOptions{Err: errors.New("no")})
			children.Wait()
		})
	}
	wg.Wait()
	require.NoError(t, client.Flush(context.Background()))
	assert.Len(t, r.spans(), 800)
	assert.Zero(t, client.Stats().SampledOut)
}

func TestBadSampling(t *testing.T) {
	_, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Sampling: &mutagent.Sampling{Ratio: 1.5}})
	require.ErrorContains(t, err, "Sampling.Ratio is 1.5")
	for _, bad := range []string{"often", "-1", "NaN"} {
		t.Setenv("MUTAGENT_SAMPLE_RATIO", bad)
		_, err = mutagent.New(&mutagent.Options{APIKey: "mt_test"})
		require.ErrorContains(t, err, "MUTAGENT_SAMPLE_RATIO", bad)
	}
	t.Setenv("MUTAGENT_SAMPLE_RATIO", "0")
	client, err := mutagent.New(&mutagent.Options{APIKey: "mt_test"})
	require.NoError(t, err)
	defer client.Shutdown(context.Background())
	_, span := client.StartSpan(context.Background(), mutagent.SpanOptions{})
	assert.Nil(t, span)
}
