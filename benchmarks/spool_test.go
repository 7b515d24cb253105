package benchmarks

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/mutagent-io/mutagent-go"
)

// A model call with and without a spool, measured as BenchmarkSpanFull does.
func BenchmarkSpanSpool(b *testing.B) { run(b, spools(Full)...) }

// BenchmarkEndSpool measures the end alone. What counts is the median: now and
// then an end pays for a new file.
func BenchmarkEndSpool(b *testing.B) {
	var took []time.Duration
	for _, i := range spools(func(ctx context.Context) { took = append(took, timedEnd(ctx)) }) {
		b.Run("impl="+i.name, func(b *testing.B) {
			r := i.start(b)
			took = nil
			for n := 1; b.Loop(); n++ {
				if r.op(); n%burst == 0 {
					r.flush()
				}
			}
			r.finish(b, b.N)
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "median-ns/end")
			b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds()), "p99-ns/end")
		})
	}
}

func timedEnd(ctx context.Context) time.Duration {
	_, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{
		Kind:  mutagent.KindLLMChat,
		Name:  "chat gpt-4o",
		Input: mutagent.IO{Text: question},
	})
	began := time.Now()
	span.End(mutagent.EndOptions{
		Output:  mutagent.IO{Text: answer},
		Metrics: mutagent.Metrics{Model: model, Provider: provider, InputTokens: inputTokens, OutputTokens: outputTokens},
	})
	return time.Since(began)
}

func spools(span func(context.Context)) []impl {
	return []impl{
		mutagentNull(span),
		spool("handover", false, span),
		spool("atend", true, span),
	}
}

func spool(name string, atEnd bool, span func(context.Context)) impl {
	return impl{name, func(b *testing.B) recorder {
		c, err := mutagent.New(&mutagent.Options{
			APIKey:     "mt_benchmark",
			Endpoint:   "https://null.invalid",
			HTTPClient: &http.Client{Transport: null{}},
			Spool:      &mutagent.Spool{Dir: b.TempDir(), AtEnd: atEnd},
		})
		if err != nil {
			b.Fatal(err)
		}
		return recorderOf(c, span)
	}}
}
