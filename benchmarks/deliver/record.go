package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/benchmarks"
)

const (
	// goroutines record at a time.
	goroutines = 8
	// checkpoint is how many spans a goroutine records between two flushes.
	checkpoint = 1000
	// treeSize is how many spans a trace of the rows "-tree" has: an agent and the
	// model calls below it.
	treeSize = 10
)

// A recording is what the process that records knows of its run.
type recording struct {
	Took      time.Duration // from the first span to the answer to the last
	Delivered int
	Peak      int64 // bytes of memory, resident
}

// implementations deliver n spans to url, and say how many were accepted. Those with
// "-tree" record agents of ten spans, the others traces of one span.
var implementations = map[string]func(url string, n int) (int, error){
	"mutagent":           mutagentBy("mutagent", 1),
	"mutagent-tree":      mutagentBy("mutagent", treeSize),
	"mutagent-otlp":      mutagentBy("otlp", 1), // with gzip, which is the default
	"mutagent-otlp-tree": mutagentBy("otlp", treeSize),
	"otel":               otelWith(otlptracehttp.NoCompression, 1),
	"otel-tree":          otelWith(otlptracehttp.NoCompression, treeSize),
	"otel-gzip":          otelWith(otlptracehttp.GzipCompression, 1),
	"otel-gzip-tree":     otelWith(otlptracehttp.GzipCompression, treeSize),
	"mutagent-logs":      deliverMutagentLogs,
	"otel-logs":          deliverOTelLogs,
}

func mutagentBy(protocol string, size int) func(string, int) (int, error) {
	return func(url string, n int) (int, error) { return deliverMutagent(protocol, size, url, n) }
}

func otelWith(compression otlptracehttp.Compression, size int) func(string, int) (int, error) {
	return func(url string, n int) (int, error) { return deliverOTel(compression, size, url, n) }
}

// record records n spans with impl, and prints the recording as JSON.
func record(impl, url string, n int) error {
	deliver := implementations[impl]
	if deliver == nil {
		return fmt.Errorf("unknown implementation %q", impl)
	}
	began := time.Now()
	delivered, err := deliver(url, n)
	if err != nil {
		return err
	}
	took := time.Since(began)
	peak, err := peakMemory()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(recording{Took: took, Delivered: delivered, Peak: peak})
}

// deliverMutagent flushes at checkpoints, as a batch job does: Start never waits
// for the network, so that is what keeps the job from outrunning it.
func deliverMutagent(protocol string, size int, url string, n int) (int, error) {
	c, err := mutagent.New(&mutagent.Options{APIKey: "mt_benchmark", Protocol: protocol, Endpoint: url, ServiceName: "deliver"})
	if err != nil {
		return 0, err
	}
	ctx := c.Context(context.Background())
	err = share(n, func(n int) error {
		return inTraces(n, size, func(size int) { tree(ctx, size) }, func() error { return c.Flush(ctx) })
	})
	err = errors.Join(err, c.Shutdown(ctx))
	stats := c.Stats()
	if stats.Truncated > 0 || len(stats.Dropped) > 0 {
		err = errors.Join(err, fmt.Errorf("not everything was kept: %+v", stats))
	}
	return int(stats.Delivered), err
}

// tree records a trace: a model call, or an agent with model calls.
func tree(ctx context.Context, size int) {
	if size > 1 {
		var end func(...*error)
		ctx, end = mutagent.Start(ctx, mutagent.KindAgent, "agent")
		defer end()
		size--
	}
	for range size {
		benchmarks.Full(ctx)
	}
}

// inTraces records n spans in traces of a size, and flushes at checkpoints.
func inTraces(n, size int, record func(size int), flush func() error) error {
	for done := 0; done < n; {
		size := min(size, n-done)
		record(size)
		if done += size; done%checkpoint == 0 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// deliverOTel lets the batch processor block when its queue is full.
func deliverOTel(compression otlptracehttp.Compression, size int, url string, n int) (int, error) {
	ctx := context.Background()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { fmt.Fprintln(os.Stderr, err) }))
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(url+"/v1/traces"),
		otlptracehttp.WithCompression(compression))
	if err != nil {
		return 0, err
	}
	exported := &counter{SpanExporter: exporter}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exported, sdktrace.WithBlocking()))
	tracer := provider.Tracer("deliver")
	err = share(n, func(n int) error {
		return inTraces(n, size, func(size int) { treeOTel(ctx, tracer, size) }, func() error { return nil })
	})
	err = errors.Join(err, provider.Shutdown(ctx))
	return int(exported.n.Load()), err
}

func treeOTel(ctx context.Context, tracer trace.Tracer, size int) {
	if size > 1 {
		var span trace.Span
		ctx, span = tracer.Start(ctx, "agent")
		defer span.End()
		size--
	}
	for range size {
		benchmarks.FullOTel(ctx, tracer)
	}
}

// A counter counts the spans that were exported.
type counter struct {
	sdktrace.SpanExporter
	n atomic.Int64
}

func (c *counter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := c.SpanExporter.ExportSpans(ctx, spans)
	if err == nil {
		c.n.Add(int64(len(spans)))
	}
	return err
}

// share divides n among the goroutines, and returns their errors.
func share(n int, work func(n int) error) error {
	errs := make([]error, goroutines)
	var wg sync.WaitGroup
	for i := range errs {
		part := n / goroutines
		if i < n%goroutines {
			part++
		}
		wg.Go(func() { errs[i] = work(part) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// peakMemory returns the most that was resident since the process began.
func peakMemory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	var kib int64
	_, after, _ := bytes.Cut(status, []byte("VmHWM:"))
	if _, err := fmt.Sscan(string(after), &kib); err != nil {
		return 0, fmt.Errorf("VmHWM in /proc/self/status: %w", err)
	}
	return kib << 10, nil
}
