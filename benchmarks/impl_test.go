package benchmarks

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
)

// An impl is one way to do what a benchmark measures.
type impl struct {
	name  string
	start func(b *testing.B) recorder
}

// A recorder does it, and delivers what it recorded.
type recorder struct {
	op    func()       // what is measured
	flush func()       // delivers what was recorded so far
	stop  func() int64 // delivers the rest, and returns how many operations arrived whole
	plain func()       // op without tracing, if it is the difference that matters
}

// unrecorded does op, of which nothing is to be delivered.
func unrecorded(op func()) recorder { return recorder{op: op, flush: func() {}} }

// burst is how many operations are recorded between two flushes. A tight loop
// records faster than anybody can send; this many fit into every queue, so that
// no operation is measured which merely finds the queue full.
const burst = 2000

// run measures what a caller pays.
func run(b *testing.B, impls ...impl) {
	runBursts(b, func() int { return 1 }, impls)
}

// runParallel measures what a caller pays while others do the same, one for each
// processor.
func runParallel(b *testing.B, impls ...impl) {
	runBursts(b, func() int { return runtime.GOMAXPROCS(0) }, impls)
}

// runBursts flushes after each burst, which does not count. It keeps the time
// itself: to stop the timer of b is to stop the world, and whatever runs next is
// slow.
func runBursts(b *testing.B, callers func() int, impls []impl) {
	for _, i := range impls {
		b.Run("impl="+i.name, func(b *testing.B) {
			r, callers := i.start(b), callers() // -cpu holds in here only
			each := burst / callers
			var took time.Duration
			var added []time.Duration
			for b.Loop() {
				first, plain := len(added)%2 == 1, time.Duration(0)
				if r.plain != nil && first {
					plain = together(callers, each, r.plain)
				}
				t := together(callers, each, r.op)
				took += t
				r.flush()
				if r.plain != nil && !first {
					plain = together(callers, each, r.plain)
				}
				if r.plain != nil {
					added = append(added, t-plain)
				}
			}
			n := b.N * callers * each
			b.ReportMetric(float64(took.Nanoseconds())/float64(n), "ns/op")
			reportAdded(b, added)
			reportAllocs(b, r.op)
			r.finish(b, n+burst)
		})
	}
}

// reportAdded reports what op takes longer than plain. It is little beside both.
// So each burst has a plain one beside it, before and after it in turns, and what
// counts is the median of the differences.
func reportAdded(b *testing.B, added []time.Duration) {
	if len(added) > 0 {
		slices.Sort(added)
		b.ReportMetric(float64(added[len(added)/2].Nanoseconds())/burst, "added-ns/op")
	}
}

// reportAllocs reports what one more burst allocates.
func reportAllocs(b *testing.B, op func()) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	together(1, burst, op)
	runtime.ReadMemStats(&after)
	b.ReportAllocs()
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/burst, "B/op")
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/burst, "allocs/op")
}

// together has several callers call op n times each, all at the same time. It
// returns how long that took, on average.
func together(callers, n int, op func()) time.Duration {
	var ready atomic.Int32
	var took atomic.Int64
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			runtime.Gosched() // for a new time slice, so that the background gets none of the burst
			for ready.Add(1); ready.Load() < int32(callers); {
				// To wake up a processor takes longer than to record a burst.
			}
			began := time.Now()
			for range n {
				op()
			}
			took.Add(int64(time.Since(began)))
		})
	}
	wg.Wait()
	return time.Duration(took.Load()) / time.Duration(callers)
}

// runDelivery measures everything up to the server's answer.
func runDelivery(b *testing.B, impls ...impl) {
	for _, i := range impls {
		b.Run("impl="+i.name, func(b *testing.B) {
			r := i.start(b)
			b.ReportAllocs()
			for n := 1; b.Loop(); n++ {
				r.op()
				if n%burst == 0 {
					r.flush()
				}
			}
			r.finish(b, b.N)
		})
	}
}

// finish stops the recorder and reports the share of n operations that was lost.
func (r recorder) finish(b *testing.B, n int) {
	if r.stop == nil {
		return
	}
	arrived := r.stop()
	if arrived == 0 {
		b.Fatalf("none of %d operations arrived, so nothing was measured", n)
	}
	b.ReportMetric(1-float64(arrived)/float64(n), "drop/op")
}

// accepted is the answer of a MutagenT server that has taken a request.
const accepted = `{"accepted":1,"rejected":0}`

// null is a server that takes everything at once.
type null struct{}

func (null) RoundTrip(r *http.Request) (*http.Response, error) {
	defer r.Body.Close()
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(accepted)), Request: r}, nil
}

// loopback is a server that takes everything over a real connection.
func loopback(b *testing.B) (url string) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // what breaks off is the client's to report
		if r.URL.Path != "/v1/traces" {    // OTLP's answer may be empty, the service's may not
			_, _ = io.WriteString(w, accepted)
		}
	}))
	b.Cleanup(srv.Close)
	return srv.URL
}

// newClient returns a client that sends to null, or to endpoint if there is one. It
// is gone at the end of the benchmark: while any client runs, tracing is not off.
func newClient(b *testing.B, endpoint string) *mutagent.Client {
	// A line that a logger writes would tear one of the results apart.
	opts := mutagent.Options{APIKey: "mt_benchmark", Endpoint: endpoint, Logger: slog.New(slog.DiscardHandler)}
	if endpoint == "" {
		opts.Endpoint, opts.HTTPClient = "https://null.invalid", &http.Client{Transport: null{}}
	}
	c, err := mutagent.New(&opts)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Shutdown(context.Background()) }) // what was lost is counted elsewhere
	return c
}

func mutagentNull(span func(context.Context)) impl {
	return impl{"mutagent", func(b *testing.B) recorder { return recorderOf(newClient(b, ""), span) }}
}

func mutagentHTTP(span func(context.Context)) impl {
	return impl{"mutagent", func(b *testing.B) recorder { return recorderOf(newClient(b, loopback(b)), span) }}
}

func recorderOf(c *mutagent.Client, span func(context.Context)) recorder {
	ctx := c.Context(context.Background())
	return recorder{
		op:    func() { span(ctx) },
		flush: func() { _ = c.Flush(ctx) }, // what it could not deliver is counted in stop
		stop: func() int64 {
			_ = c.Shutdown(ctx)
			stats := c.Stats()
			return stats.Delivered - stats.Truncated
		},
	}
}

func otelNull(span func(context.Context, trace.Tracer)) impl {
	return impl{"otel", func(*testing.B) recorder { return recordOTel(tracetest.NewNoopExporter(), span) }}
}

func otelHTTP(span func(context.Context, trace.Tracer)) impl {
	return impl{"otel", func(b *testing.B) recorder {
		exporter, err := otlptracehttp.New(b.Context(), otlptracehttp.WithEndpointURL(loopback(b)+"/v1/traces"))
		if err != nil {
			b.Fatal(err)
		}
		return recordOTel(exporter, span)
	}}
}

// recordOTel uses the batch processor as it comes.
func recordOTel(exporter sdktrace.SpanExporter, span func(context.Context, trace.Tracer)) recorder {
	exported := &spanCounter{SpanExporter: exporter}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exported))
	ctx, tracer := context.Background(), provider.Tracer("benchmarks")
	return recorder{
		op:    func() { span(ctx, tracer) },
		flush: func() { _ = provider.ForceFlush(ctx) }, // what it could not export is not counted
		stop: func() int64 {
			_ = provider.Shutdown(ctx)
			return exported.n.Load()
		},
	}
}

// A spanCounter counts the spans that were exported.
type spanCounter struct {
	sdktrace.SpanExporter
	n atomic.Int64
}

func (c *spanCounter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := c.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		c.n.Add(int64(len(spans)))
	}
	return err
}
