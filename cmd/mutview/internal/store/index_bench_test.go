package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

var words = strings.Fields("the order was shipped on monday and will arrive by thursday in paris unless customs hold it back")

func prose(n int) string {
	var b strings.Builder
	for b.Len() < n {
		if rand.ExpFloat64() < 3 {
			b.WriteString(words[rand.IntN(len(words))])
		} else {
			fmt.Fprintf(&b, "word%d", rand.IntN(20_000))
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// BenchmarkIndex adds spans of 2 KB to the full-text index.
func BenchmarkIndex(b *testing.B) {
	s, err := Open(filepath.Join(b.TempDir(), "x.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const n = 20_000
	for b.Loop() {
		b.StopTimer()
		err := s.act(context.Background(), func(w *writer) error { // stops indexing meanwhile
			if err := w.transaction(func() error { return putMany(w, n) }); err != nil {
				return err
			}
			b.StartTimer()
			w.backlog = n
			for w.backlog > 0 {
				w.indexSome()
			}
			b.StopTimer()
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N)*n/b.Elapsed().Seconds(), "spans/s")
}

func putMany(w *writer, n int) error {
	for i := range n {
		in, _ := json.Marshal(prose(900))
		out, _ := json.Marshal(prose(900))
		r, err := newRow(&trace.Span{TraceID: fmt.Sprint(rand.Uint64()), SpanID: fmt.Sprint(i), Name: "chat", Start: 1, End: 2, Input: in, Output: out})
		if err == nil {
			err = w.putSpan(r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
