package gzip_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/gzip"
)

// requests are bodies like those of spans: random IDs, and texts that are the same in
// all spans, or keys that are the same and texts that occur twice in their span.
func requests(t testing.TB) map[string][]byte {
	var prose []byte
	pages, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		prose = append(prose, text...)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	id := func(dst []byte) []byte {
		for range 24 {
			dst = append(dst, byte(rng.Uint32()))
		}
		return dst
	}
	var same, various []byte
	for len(same) < 1<<20 {
		same = append(id(same), prose[:2500]...)
	}
	for len(various) < 1<<20 {
		various = append(id(various), prose[:700]...)
		text := prose[rng.IntN(len(prose)-600):][:600]
		various = append(append(append(various, text...), "input.value"...), text...)
	}
	return map[string][]byte{"same": same, "various": various}
}

func BenchmarkAppend(b *testing.B) {
	for name, body := range requests(b) {
		b.Run("texts="+name+"/impl=own", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			var dst []byte
			for b.Loop() {
				dst = gzip.Append(dst[:0], [][]byte{body})
			}
			b.ReportMetric(float64(len(dst))/float64(len(body)), "ratio")
		})
		b.Run("texts="+name+"/impl=std", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			var dst bytes.Buffer
			w, err := stdgzip.NewWriterLevel(&dst, 2)
			require.NoError(b, err)
			for b.Loop() {
				dst.Reset()
				w.Reset(&dst)
				_, _ = w.Write(body)
				_ = w.Close()
			}
			b.ReportMetric(float64(dst.Len())/float64(len(body)), "ratio")
		})
	}
}
