package benchmarks

import (
	"context"
	"reflect"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/mutagent-io/mutagent-go"
)

func BenchmarkSpanBare(b *testing.B) { run(b, mutagentNull(Bare), otelNull(BareOTel), floor) }
func BenchmarkSpanFull(b *testing.B) { run(b, mutagentNull(Full), otelNull(FullOTel), floor) }

func BenchmarkSpanBareParallel(b *testing.B) {
	runParallel(b, mutagentNull(Bare), otelNull(BareOTel), floor)
}

func BenchmarkSpanFullParallel(b *testing.B) {
	runParallel(b, mutagentNull(Full), otelNull(FullOTel), floor)
}

// BenchmarkSpanBareCrowd has more goroutines than processors.
func BenchmarkSpanBareCrowd(b *testing.B) { runCrowd(b, mutagentNull(Bare), floor) }

// The server is part of the process and takes its share. For figures without it,
// see the command deliver.
func BenchmarkDelivery(b *testing.B) { runDelivery(b, mutagentHTTP(Full), otelHTTP(FullOTel)) }

// floor is the least that any tracer must do: look at the clock twice, and make
// the object that remembers. It makes one of the very type that Start returns.
var floor = impl{"floor", func(b *testing.B) recorder {
	c := newClient(b, "")
	ctx, end := c.Start(context.Background(), mutagent.KindTool, "lookup")
	end()
	_ = c.Shutdown(ctx)
	object := reflect.TypeOf(ctx).Elem()
	return unrecorded(func() {
		began := time.Now()
		reflect.New(object)
		_ = time.Since(began)
	})
}}

func BenchmarkDisabled(b *testing.B) {
	disable(b)
	ctx, tracer := context.Background(), noop.NewTracerProvider().Tracer("benchmarks")
	b.Run("impl=mutagent", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Bare(ctx)
		}
	})
	b.Run("impl=otel", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			BareOTel(ctx, tracer)
		}
	})
}

// disable makes sure that tracing is off: no client is running, and none will be
// made from the environment.
func disable(b *testing.B) {
	ctx := context.Background()
	_ = mutagent.Shutdown(ctx)
	if spanCtx, end := mutagent.Start(ctx, mutagent.KindTool, "lookup"); spanCtx != ctx {
		end()
		b.Fatal("a client is running, so tracing is not disabled")
	}
}
