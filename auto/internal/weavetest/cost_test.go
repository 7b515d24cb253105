//go:build woven

package weavetest

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// A woven call has as many allocations as a call that is traced by hand, and fewer
// while tracing is off.
func TestAllocations(t *testing.T) {
	allocs := func(ctx context.Context, f func(context.Context, string) (string, error)) float64 {
		return testing.AllocsPerRun(100, func() { _, _ = f(ctx, "query") })
	}
	on := mutest.New(t).Context(t.Context())
	assert.Equal(t, allocs(on, traced), allocs(on, woven))
	off := mutagent.WithSuppressed(t.Context())
	assert.LessOrEqual(t, allocs(off, woven), allocs(off, traced))
}

// BenchmarkWoven alternates both, so that other load on the machine affects both, and
// reports the ratio of their times. Delivery is not measured.
func BenchmarkWoven(b *testing.B) {
	b.Run("off", func(b *testing.B) { compare(b, mutagent.WithSuppressed(b.Context())) })
	b.Run("on", func(b *testing.B) {
		client, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", BatchInterval: time.Hour, BatchSize: 1 << 30, HTTPClient: &http.Client{Transport: accepting{}}})
		require.NoError(b, err)
		defer func() { assert.NoError(b, client.Shutdown(context.Background())) }()
		compare(b, client.Context(b.Context()))
		assert.Empty(b, client.Stats().Dropped)
	})
}

func compare(b *testing.B, ctx context.Context) {
	const calls = 100
	var times [2]time.Duration
	for b.Loop() {
		for j, f := range []func(context.Context, string) (string, error){traced, woven} {
			start := time.Now()
			for range calls {
				_, _ = f(ctx, "query")
			}
			times[j] += time.Since(start)
			_ = mutagent.Flush(ctx)
		}
	}
	b.ReportMetric(float64(times[0])/float64(b.N)/calls, "ns/by-hand")
	b.ReportMetric(float64(times[1])/float64(b.N)/calls, "ns/woven")
	b.ReportMetric(float64(times[1])/float64(times[0]), "woven/by-hand")
	b.ReportMetric(0, "ns/op")
}

// accepting is a server that accepts all requests.
type accepting struct{}

func (accepting) RoundTrip(req *http.Request) (*http.Response, error) {
	_, err := io.Copy(io.Discard, req.Body)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"accepted":200}`)), Header: http.Header{}}, err
}
