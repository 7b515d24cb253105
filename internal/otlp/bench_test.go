package otlp

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// chat returns a full span: a model call with 1.5 KB of text, five attributes and two
// log records.
func chat() record.Span {
	s := record.Span{
		TraceID: record.TraceID{1}, ID: record.SpanID{2}, ParentID: record.SpanID{3},
		Kind: "llm.chat", Name: "chat gpt-5", Status: record.StatusOK, Ended: true, Start: began, Duration: time.Second,
		Trace: &record.Trace{SessionID: "s-1", UserID: "u-7"},
		More: &record.Details{
			Input:   record.IO{Text: strings.Repeat("Where is my order? ", 40)},
			Output:  record.IO{Text: strings.Repeat("It was shipped. ", 46)},
			Metrics: record.Metrics{Model: "gpt-5", Provider: "openai", InputTokens: 310, OutputTokens: 120, CachedInputTokens: 200, CostUSD: 0.0012},
		},
		Attributes: []slog.Attr{
			slog.String("gen_ai.operation.name", "chat"), slog.String("gen_ai.response.id", "resp_1"), slog.Int("attempt", 1),
			slog.Float64("gen_ai.request.temperature", 0.2), slog.Bool("gen_ai.request.stream", true),
		},
	}
	for range 2 {
		s.Events.Add(record.Event{Name: "picked a tool", Time: began, Leveled: true}, slog.String("tool", "orders"), slog.Int("rows", 3))
	}
	return s
}

func BenchmarkEncode(b *testing.B) {
	events := chat()
	for range 100 {
		events.Events.Add(record.Event{Name: "picked a tool", Time: began, Leveled: true}, slog.String("tool", "orders"), slog.Int("rows", 3))
	}
	for name, s := range map[string]record.Span{"chat": chat(), "tool": lookup(), "102 events": events} {
		b.Run(name, func(b *testing.B) {
			d := Traces(Options{})
			buf := d.Encode(nil, &s)
			b.SetBytes(int64(len(buf)))
			b.ReportAllocs()
			for b.Loop() {
				buf = d.Encode(buf[:0], &s)
			}
		})
	}
}

func BenchmarkEncodeLogs(b *testing.B) {
	s := chat()
	d := Logs(Options{Events: "log"})
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = d.Encode(buf[:0], &s)
	}
}

// BenchmarkFrame makes requests of 500 full spans.
func BenchmarkFrame(b *testing.B) {
	for name, o := range map[string]Options{"protobuf": {}, "gzip": {Gzip: true}, "JSON": {JSON: true}} {
		b.Run(name, func(b *testing.B) {
			d := Traces(o)
			var encoded recs
			for i := range 500 {
				s := chat()
				s.ID[7] = byte(i)
				encoded = append(encoded, d.Encode(nil, &s))
			}
			b.ReportAllocs()
			var size int64
			for b.Loop() {
				size = d.Frame(d.Preamble(), encoded, record.Lost{}).Size()
			}
			b.ReportMetric(float64(size)/500, "bytes/span")
		})
	}
}
