package benchmarks

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"

	"go.opentelemetry.io/contrib/bridges/otelslog"
	sdklog "go.opentelemetry.io/otel/sdk/log"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/mutagent-io/mutagent-go"
)

func jsonHandler() slog.Handler { return slog.NewJSONHandler(io.Discard, nil) }

// An event costs what impl=mutagent takes beyond impl=json, since both write the
// same lines: see added-ns/op. impl=otelslog writes no lines.
func BenchmarkLogEvent(b *testing.B) {
	run(b,
		impl{"mutagent", logUnderSpans},
		logging("json", context.Background(), jsonHandler(), jsonHandler()),
		impl{"otelslog", logWithBridge})
}

// eventsPerSpan is how many records are logged under one span, so that a long
// run does not measure a span of a million events.
const eventsPerSpan = 100

func logUnderSpans(b *testing.B) recorder {
	c, logger, plain := newClient(b, ""), slog.New(mutagent.NewHandler(jsonHandler(), nil)), slog.New(jsonHandler())
	root := c.Context(context.Background())
	ctx, end := mutagent.Start(root, mutagent.KindAgent, "agent")
	var logged int64
	return recorder{
		op: func() {
			if logged++; logged%eventsPerSpan == 0 {
				end()
				ctx, end = mutagent.Start(root, mutagent.KindAgent, "agent")
			}
			Log(ctx, logger)
		},
		plain: func() { Log(ctx, plain) },
		flush: func() { _ = c.Flush(root) }, // what it could not deliver is counted in stop
		stop: func() int64 {
			end()
			_ = c.Shutdown(root)
			stats := c.Stats()
			return logged - stats.DroppedEvents - (stats.Ended-stats.Delivered+stats.Truncated)*eventsPerSpan
		},
	}
}

// logWithBridge logs under one span, since log records are no part of a span in
// OpenTelemetry.
func logWithBridge(*testing.B) recorder {
	exported := new(logCounter)
	provider := sdklog.NewLoggerProvider(sdklog.WithProcessor(sdklog.NewBatchProcessor(exported)))
	logger := otelslog.NewLogger("benchmarks", otelslog.WithLoggerProvider(provider))
	ctx, _ := sdktrace.NewTracerProvider().Tracer("benchmarks").Start(context.Background(), "agent")
	return recorder{
		op:    func() { Log(ctx, logger) },
		flush: func() { _ = provider.ForceFlush(ctx) }, // what it could not export is not counted
		stop: func() int64 {
			_ = provider.Shutdown(ctx)
			return exported.n.Load()
		},
	}
}

// A logCounter is a null exporter that counts.
type logCounter struct{ n atomic.Int64 }

func (c *logCounter) Export(_ context.Context, records []sdklog.Record) error {
	c.n.Add(int64(len(records)))
	return nil
}
func (*logCounter) Shutdown(context.Context) error   { return nil }
func (*logCounter) ForceFlush(context.Context) error { return nil }

// Tracing is on, but the context carries no span. What is added are a few
// nanoseconds, which the time of a JSON line would hide. So the line is written by
// a handler that does nothing.
func BenchmarkLogNoSpan(b *testing.B) {
	c := newClient(b, "")
	defer func() { _ = c.Shutdown(context.Background()) }()
	logWithoutSpan(b)
}

func BenchmarkLogDisabled(b *testing.B) {
	disable(b)
	logWithoutSpan(b)
}

// logWithoutSpan logs with a context such as a request has.
func logWithoutSpan(b *testing.B) {
	type user struct{}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), user{}, "u-7"))
	defer cancel()
	run(b, logging("mutagent", ctx, mutagent.NewHandler(idle{}, nil), idle{}))
}

// An idle handler wants every record and does nothing with it.
type idle struct{}

func (idle) Enabled(context.Context, slog.Level) bool  { return true }
func (idle) Handle(context.Context, slog.Record) error { return nil }
func (idle) WithAttrs([]slog.Attr) slog.Handler        { return idle{} }
func (idle) WithGroup(string) slog.Handler             { return idle{} }

// logging logs with h, compared with the handler next that it forwards to.
func logging(name string, ctx context.Context, h, next slog.Handler) impl {
	return impl{name, func(*testing.B) recorder {
		logger, plain := slog.New(h), slog.New(next)
		return recorder{
			op:    func() { Log(ctx, logger) },
			plain: func() { Log(ctx, plain) },
			flush: func() {},
		}
	}}
}
