package wire

import (
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func text(t *testing.T, b *Batch, h *Header) string {
	t.Helper()
	raw, err := io.ReadAll(b.Body("id", h, Lost{}).Open())
	require.NoError(t, err)
	return string(raw)
}

// TestRecords: spans that were on disk make the same request, and so do those
// that went from one batch to another.
func TestRecords(t *testing.T) {
	one := &Trace{SessionID: "s\"1", UserID: "u", Tags: []string{"a", "b"}}
	two := &Trace{UserID: "other"}
	start := time.Date(2026, 11, 23, 9, 30, 0, 123456789, time.UTC)
	header := &Header{Resource: []slog.Attr{slog.String("service.name", "shop"), slog.Int("n", 1)}, Environment: "production", Source: "sdk"}
	var b, direct Batch
	var records [][]byte
	for i := range 20 {
		s := &Span{TraceID: TraceID{byte(i%3 + 1)}, ID: SpanID{byte(i + 1)}, Name: "span", Kind: "custom", Start: start, Ended: i%5 != 0}
		s.Trace = []*Trace{one, two, nil}[i%3]
		s.Input.Text = "question"
		if i%7 == 0 {
			*s = Span{TraceID: s.TraceID, ID: s.ID, Trace: s.Trace}
			s.Events.Add(Event{Name: "late"})
		}
		b.Add(s)
		e := b.At(i)
		require.Equal(t, s.Ended, e.Ended())
		require.Equal(t, i%7 == 0, e.Addendum())
		records = append(records, e.AppendRecord(nil))
		direct.Put(e.Clone())
	}
	want := text(t, &b, header)
	require.Equal(t, want, text(t, &direct, header))

	restored, err := ReadHeader(header.AppendRecord(nil))
	require.NoError(t, err)
	var read Batch
	var reader RecordReader
	for _, r := range records {
		e, err := reader.Read(r)
		require.NoError(t, err)
		read.Put(e)
	}
	require.Equal(t, want, text(t, &read, restored))
	require.Equal(t, b.Size(), read.Size())

	// Restored spans can be written once more, and lose their payload.
	again := read.At(1).AppendRecord(nil)
	require.Equal(t, records[1], again)
	b.Strip()
	read.Strip()
	require.Equal(t, text(t, &b, header), text(t, &read, restored))
	twice, err := ReadHeader(restored.AppendRecord(nil))
	require.NoError(t, err)
	require.Equal(t, restored, twice)
}

func FuzzRecord(f *testing.F) {
	var b Batch
	b.Add(&Span{TraceID: TraceID{1}, ID: SpanID{2}, Name: "span", Start: time.Unix(0, 0), Trace: &Trace{UserID: "u"}})
	f.Add(b.At(0).AppendRecord(nil))
	f.Add((&Header{Source: "sdk"}).AppendRecord(nil))
	f.Fuzz(func(t *testing.T, record []byte) {
		given := slices.Clone(record)
		var reader RecordReader
		if e, err := reader.Read(record); err == nil {
			again, err := reader.Read(e.AppendRecord(nil))
			require.NoError(t, err)
			require.Equal(t, e, again)
			var b Batch
			b.Put(e)
			b.Put(e)
			text(t, &b, &Header{})
			b.Strip()
			text(t, &b, &Header{})
		}
		if h, err := ReadHeader(record); err == nil {
			again, err := ReadHeader(h.AppendRecord(nil))
			require.NoError(t, err)
			require.Equal(t, h, again)
		}
		require.Equal(t, given, record)
	})
}
