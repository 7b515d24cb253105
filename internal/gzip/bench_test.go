package gzip_test

import (
	"bytes"
	stdgzip "compress/gzip"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/mutagent-io/mutagent-go/internal/gzip"
)

func bodies() map[string][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	all := map[string][]byte{}
	var same, mixed []byte
	id := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b
	}
	files, _ := filepath.Glob("../../docs/*.md")
	var prose []byte
	for _, f := range files {
		b, _ := os.ReadFile(f)
		prose = append(prose, b...)
	}
	for len(same) < 1<<20 {
		same = append(append(same, id(16)...), id(8)...)
		same = append(same, prose[:2500]...)
	}
	at := 0
	for len(mixed) < 1<<20 {
		mixed = append(append(mixed, id(16)...), id(8)...)
		mixed = append(mixed, prose[:700]...) // keys
		q := prose[at : at+600]
		at = (at + 600) % (len(prose) - 3000)
		mixed = append(append(append(mixed, q...), "input.value"...), q...)
		q = prose[at : at+600]
		at = (at + 600) % (len(prose) - 3000)
		mixed = append(append(append(mixed, q...), "output.value"...), q...)
	}
	all["same"], all["mixed"], all["prose"], all["random"] = same, mixed, prose, id(1<<20)
	return all
}

func BenchmarkGzip(b *testing.B) {
	for name, body := range bodies() {
		b.Run(name+"/own", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			var n int
			var dst []byte
			for b.Loop() {
				dst = gzip.Append(dst[:0], [][]byte{body})
				n = len(dst)
			}
			b.ReportMetric(float64(n)/float64(len(body))*1000, "permille")
		})
		for _, level := range []int{1, 2, 6} {
			b.Run(fmt.Sprint(name, "/std", level), func(b *testing.B) {
				b.SetBytes(int64(len(body)))
				var buf bytes.Buffer
				w, _ := stdgzip.NewWriterLevel(&buf, level)
				for b.Loop() {
					buf.Reset()
					w.Reset(&buf)
					w.Write(body)
					w.Close()
				}
				b.ReportMetric(float64(buf.Len())/float64(len(body))*1000, "permille")
			})
		}
	}
}
