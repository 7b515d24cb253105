package mutagent_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// hefty makes a new text of about n bytes, which nothing else refers to.
func hefty(n, i int) string { return strings.Repeat(fmt.Sprintf("%08d ", i), n/9+1) }

// largest makes a span that is as large as can be in one respect.
var largest = map[string]func(c *mutagent.Client, i int){
	"name": func(c *mutagent.Client, i int) { endOne(c, mutagent.SpanOptions{Name: hefty(100_000, i)}) },
	"kind": func(c *mutagent.Client, i int) {
		endOne(c, mutagent.SpanOptions{Kind: mutagent.Kind(hefty(100_000, i)), Name: "s"})
	},
	"input":  func(c *mutagent.Client, i int) { endOne(c, mutagent.SpanOptions{Input: hefty(100_000, i)}) },
	"pinned": func(c *mutagent.Client, i int) { endOne(c, mutagent.SpanOptions{Input: hefty(200_000, i)[:64]}) },
	"attributes": func(c *mutagent.Client, i int) {
		var attrs []slog.Attr
		for j := range 500 {
			attrs = append(attrs, slog.String(hefty(100, j), hefty(100, i)))
		}
		endOne(c, mutagent.SpanOptions{Attributes: attrs})
	},
	"the same attribute": func(c *mutagent.Client, i int) {
		_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{Name: "s"})
		for j := range 20 {
			s.SetAttributes(slog.String("key", hefty(10_000, i+j)), slog.String("key", "small"))
		}
		s.End(mutagent.EndOptions{})
	},
	"messages": func(c *mutagent.Client, i int) {
		var list []mutagent.Message
		for j := range 100 {
			list = append(list, mutagent.Message{Role: hefty(100, j), Name: hefty(100, j), Parts: []mutagent.Part{{Content: hefty(200, i), ID: hefty(100, j)}}})
		}
		endOne(c, mutagent.SpanOptions{Input: list})
	},
	"tiny parts": func(c *mutagent.Client, i int) {
		endOne(c, mutagent.SpanOptions{Input: mutagent.Message{Parts: make([]mutagent.Part, 1000)}})
	},
	"documents": func(c *mutagent.Client, i int) {
		list := make([]mutagent.Document, 300)
		for j := range list {
			list[j] = mutagent.Document{ID: hefty(50, j), Content: hefty(50, i), Metadata: map[string]string{"k": hefty(50, j)}}
		}
		endOne(c, mutagent.SpanOptions{Input: list})
	},
	"events": func(c *mutagent.Client, i int) {
		_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{Name: "s"})
		for j := range 200 {
			s.AddEvent(hefty(100, j), slog.String("k", hefty(200, i)))
		}
		s.End(mutagent.EndOptions{})
	},
	"empty events": func(c *mutagent.Client, i int) {
		_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{Name: "s"})
		for range 1000 {
			s.AddEvent("")
		}
		s.End(mutagent.EndOptions{})
	},
	"error": func(c *mutagent.Client, i int) {
		_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{Name: "s"})
		s.End(mutagent.EndOptions{Err: errors.New(hefty(100_000, i)), StatusMessage: hefty(100_000, i)})
	},
	"model": func(c *mutagent.Client, i int) {
		_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{Name: "s"})
		s.End(mutagent.EndOptions{Metrics: mutagent.Metrics{Model: hefty(100_000, i), Provider: hefty(100_000, i)}})
	},
	"session": func(c *mutagent.Client, i int) {
		ctx := mutagent.WithUser(mutagent.WithSession(c.Context(context.Background()), hefty(50_000, i)), hefty(50_000, i))
		endIn(ctx)
	},
	"tags": func(c *mutagent.Client, i int) {
		var tags []string
		for j := range 200 {
			tags = append(tags, hefty(300, i+j))
		}
		endIn(mutagent.WithTags(c.Context(context.Background()), tags...))
	},
	"tracestate": func(c *mutagent.Client, i int) {
		header := http.Header{
			"Traceparent": {fmt.Sprintf("00-%032x-%016x-01", i+1, i+1)},
			"Tracestate":  {"vendor=" + strings.ReplaceAll(hefty(100_000, i), " ", "x")},
		}
		endIn(mutagent.Extract(c.Context(context.Background()), header))
	},
}

func endOne(c *mutagent.Client, opts mutagent.SpanOptions) {
	_, s := c.StartSpan(context.Background(), opts)
	s.End(mutagent.EndOptions{})
}

func endIn(ctx context.Context) {
	_, s := mutagent.StartSpan(ctx, mutagent.SpanOptions{Kind: mutagent.KindTool, Name: "s"})
	s.End(mutagent.EndOptions{})
}

// TestMemoryIsBounded: whatever is large of the spans, and though nothing can be
// delivered, they take no more memory than they may, and a fifth.
func TestMemoryIsBounded(t *testing.T) {
	const limit = 16 << 20
	for name, span := range largest {
		t.Run(name, func(t *testing.T) {
			c, err := mutagent.New(&mutagent.Options{
				APIKey: "mt_test", Endpoint: "http://127.0.0.1:1", HTTPClient: &http.Client{Transport: unreachable{}},
				MaxQueueBytes: limit, MaxBatchBytes: 256 << 10, Logger: slog.New(slog.DiscardHandler),
			})
			require.NoError(t, err)
			before, peak := liveHeap(), int64(0)
			const spans = 1000 // of 100,000 bytes: six times the limit
			for i := range spans {
				span(c, i)
				if i%500 == 499 {
					_ = c.Flush(t.Context()) // what has ended is taken in, and nothing is being done
					peak = max(peak, liveHeap()-before)
				}
			}
			t.Logf("%.2f of the limit", float64(peak)/limit)
			assert.LessOrEqual(t, peak, int64(limit+limit/5), "%+v", c.Stats())
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			_ = c.Shutdown(ctx)
		})
	}
}

// liveHeap is what was still referred to at the last collection, which is now.
func liveHeap() int64 {
	runtime.GC()
	runtime.GC() // what sync.Pool kept
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

// unreachable is a network in which nobody can be reached.
type unreachable struct{}

func (unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("network unreachable")
}
