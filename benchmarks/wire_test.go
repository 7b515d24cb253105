package benchmarks

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// spansPerBatch is about what a request carries under load.
const spansPerBatch = 500

// One operation is one span, added to a batch; every spansPerBatch spans the
// batch becomes a request, which is read. MB/s are those of the request.
func BenchmarkEncodeSpan(b *testing.B) {
	b.Run("span=bare", func(b *testing.B) { encode(b, bareSpan()) })
	b.Run("span=full", func(b *testing.B) { encode(b, fullSpan()) })
	b.Run("span=events", func(b *testing.B) { encode(b, eventSpan()) })
}

func encode(b *testing.B, span wire.Span) {
	header := wire.Header{Resource: []slog.Attr{slog.String("service.name", "shop")}, Environment: "production", Source: "sdk"}
	var batch wire.Batch
	var written int64
	b.ReportAllocs()
	for b.Loop() {
		batch.Add(&span)
		if batch.Len() == spansPerBatch {
			body := batch.Body("019ab2c4-6d2e-7a10-8f3b-5c1d2e3f4a5b", &header, wire.Lost{}).Open()
			n, _ := io.Copy(io.Discard, body) // neither side can fail
			written += n
			_ = body.Close()
			batch.Reset()
		}
	}
	b.SetBytes(written / int64(b.N))
}

func bareSpan() wire.Span {
	return wire.Span{
		TraceID:  wire.TraceID{1, 2, 3},
		ID:       wire.SpanID{4, 5, 6},
		ParentID: wire.SpanID{7, 8, 9},
		Kind:     "tool",
		Name:     "lookup",
		Status:   wire.StatusOK,
		Start:    time.Date(2026, 11, 23, 9, 30, 0, 123456789, time.UTC),
		Duration: 812345678,
		Ended:    true,
	}
}

func fullSpan() wire.Span {
	s := bareSpan()
	s.Kind, s.Name = "llm.chat", "chat gpt-4o"
	s.Input, s.Output = wire.IO{Text: question}, wire.IO{Text: answer}
	s.Metrics = wire.Metrics{Model: model, Provider: provider, InputTokens: inputTokens, OutputTokens: outputTokens}
	return s
}

func eventSpan() wire.Span {
	s := bareSpan()
	for range 10 {
		s.Events.Add(wire.Event{
			Name:       "picked a tool",
			Time:       s.Start,
			Level:      slog.LevelInfo,
			Leveled:    true,
			Attributes: []slog.Attr{slog.String("tool", "orders"), slog.Int("attempt", 2), slog.Bool("cached", true), slog.Duration("wait", time.Millisecond)},
		})
	}
	return s
}
