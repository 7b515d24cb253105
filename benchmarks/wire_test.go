package benchmarks

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/mutagentapi"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// spansPerBatch is about what a request carries under load.
const spansPerBatch = 500

// One operation is one span, added to a batch; every spansPerBatch spans the
// batch becomes a request, which is read. MB/s are those of the request, bytes/span
// what it has for each span; all are of one trace.
func BenchmarkEncodeSpan(b *testing.B) {
	b.Run("span=bare", func(b *testing.B) { encode(b, bareSpan()) })
	b.Run("span=full", func(b *testing.B) { encode(b, fullSpan()) })
	b.Run("span=events", func(b *testing.B) { encode(b, eventSpan()) })
}

// parcel is a number of records, as a destination frames them.
type parcel [][]byte

func (p parcel) Len() int        { return len(p) }
func (p parcel) At(i int) []byte { return p[i] }

func encode(b *testing.B, span record.Span) {
	api := mutagentapi.New(mutagentapi.Options{
		Resource: []slog.Attr{slog.String("service.name", "shop")}, Environment: "production", Source: "sdk",
	})
	var written, sent int64
	var records parcel
	buf := make([]byte, 0, 1<<20)
	b.ReportAllocs()
	for b.Loop() {
		from := len(buf)
		buf = api.Encode(buf, &span)
		records = append(records, buf[from:])
		if len(records) == spansPerBatch {
			body := api.Frame(api.Preamble(), records, record.Lost{}).Open()
			n, _ := io.Copy(io.Discard, body) // neither side can fail
			written, sent = written+n, sent+spansPerBatch
			_ = body.Close()
			buf, records = buf[:0], records[:0]
		}
	}
	b.SetBytes(written / int64(b.N))
	b.ReportMetric(float64(written)/float64(max(sent, 1)), "bytes/span")
}

func bareSpan() record.Span {
	return record.Span{
		TraceID:  record.TraceID{1, 2, 3},
		ID:       record.SpanID{4, 5, 6},
		ParentID: record.SpanID{7, 8, 9},
		Kind:     "tool",
		Name:     "lookup",
		Status:   record.StatusOK,
		Start:    time.Date(2026, 11, 23, 9, 30, 0, 123456789, time.UTC),
		Duration: 812345678,
		Ended:    true,
	}
}

func fullSpan() record.Span {
	s := bareSpan()
	s.Kind, s.Name = "llm.chat", "chat gpt-4o"
	s.More = &record.Details{
		Input:   record.IO{Text: question},
		Output:  record.IO{Text: answer},
		Metrics: record.Metrics{Model: model, Provider: provider, InputTokens: inputTokens, OutputTokens: outputTokens},
	}
	return s
}

func eventSpan() record.Span {
	s := bareSpan()
	for range 10 {
		s.Events.Add(record.Event{
			Name:       "picked a tool",
			Time:       s.Start,
			Level:      slog.LevelInfo,
			Leveled:    true,
			Attributes: []slog.Attr{slog.String("tool", "orders"), slog.Int("attempt", 2), slog.Bool("cached", true), slog.Duration("wait", time.Millisecond)},
		})
	}
	return s
}
