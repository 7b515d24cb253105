package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/benchmarks"
)

// recordsPerSpan is how many records are logged under one span.
const recordsPerSpan = 100

// deliverMutagentLogs has a handler behind which nothing is printed, as otelslog prints
// nothing either.
func deliverMutagentLogs(url string, n int) (int, error) {
	c, err := mutagent.New(&mutagent.Options{Protocol: "otlp", Endpoint: url, Events: "log", ServiceName: "deliver"})
	if err != nil {
		return 0, err
	}
	root := c.Context(context.Background())
	logger := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
	err = share(n, func(n int) error {
		return logUnderSpans(n, logger, c.Flush, func() (context.Context, func()) {
			ctx, end := mutagent.Start(root, mutagent.KindAgent, "agent")
			return ctx, func() { end() }
		}, root)
	})
	err = errors.Join(err, c.Shutdown(root))
	if stats := c.Stats(); stats.Truncated+stats.DroppedEvents > 0 || len(stats.Dropped) > 0 {
		err = errors.Join(err, fmt.Errorf("not everything was kept: %+v", stats))
	}
	return n, err
}

// deliverOTelLogs has queues in which everything between two flushes has room: that of
// log records drops what has none.
func deliverOTelLogs(url string, n int) (int, error) {
	ctx := context.Background()
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { fmt.Fprintln(os.Stderr, err) }))
	spans, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(url+"/v1/traces"), otlptracehttp.WithCompression(otlptracehttp.GzipCompression))
	if err != nil {
		return 0, err
	}
	records, err := otlploghttp.New(ctx, otlploghttp.WithEndpointURL(url+"/v1/logs"), otlploghttp.WithCompression(otlploghttp.GzipCompression))
	if err != nil {
		return 0, err
	}
	exported := &recordCounter{Exporter: records}
	logs := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(exported, sdklog.WithMaxQueueSize(2*goroutines*checkpoint))))
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans, sdktrace.WithBlocking()))
	tracer, logger := traces.Tracer("deliver"), otelslog.NewLogger("deliver", otelslog.WithLoggerProvider(logs))
	err = share(n, func(n int) error {
		return logUnderSpans(n, logger, logs.ForceFlush, func() (context.Context, func()) {
			ctx, span := tracer.Start(ctx, "agent")
			return ctx, func() { span.End() }
		}, ctx)
	})
	err = errors.Join(err, logs.Shutdown(ctx), traces.Shutdown(ctx))
	return int(exported.n.Load()), err
}

// logUnderSpans logs n records, and flushes at checkpoints.
func logUnderSpans(n int, logger *slog.Logger, flush func(context.Context) error, start func() (context.Context, func()), root context.Context) error {
	ctx, end := start()
	defer func() { end() }()
	for i := range n {
		benchmarks.Log(ctx, logger)
		if (i+1)%recordsPerSpan == 0 {
			end()
			ctx, end = start()
		}
		if (i+1)%checkpoint == 0 {
			if err := flush(root); err != nil {
				return err
			}
		}
	}
	return nil
}

// A recordCounter counts the records that were exported.
type recordCounter struct {
	sdklog.Exporter
	n atomic.Int64
}

func (c *recordCounter) Export(ctx context.Context, records []sdklog.Record) error {
	err := c.Exporter.Export(ctx, records)
	if err == nil {
		c.n.Add(int64(len(records)))
	}
	return err
}
