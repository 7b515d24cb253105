package genai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// pieces returns the events of an example's stream.
func pieces(t testing.TB, name string) (example, [][]byte) {
	t.Helper()
	e := examples(t)[name]
	var list [][]byte
	for _, p := range strings.SplitAfter(e.answer, "\n\n") {
		list = append(list, []byte(p))
	}
	return e, list
}

// TestChunkAllocs checks that a piece of a stream does not allocate, except now and
// then to grow the buffer of the text.
func TestChunkAllocs(t *testing.T) {
	for name, piece := range map[string]int{"openai_chat_stream": 3, "anthropic_stream": 7, "openai_responses_stream": 2, "openai_chat_tools_stream": 1, "gemini_stream": 0} {
		e, list := pieces(t, name)
		c := e.call(t)
		for _, p := range list[:piece+1] {
			c.Write(p)
		}
		allocs := testing.AllocsPerRun(1000, func() { c.Write(list[piece]) })
		assert.LessOrEqual(t, allocs, 1.0, name)
		assert.False(t, c.Done())
	}
}

func BenchmarkChunk(b *testing.B) {
	for _, bench := range []struct {
		example string
		piece   int
	}{{"openai_chat_stream", 3}, {"openai_deepseek", 1}, {"anthropic_stream", 7}, {"openai_responses_stream", 2}} {
		b.Run(bench.example, func(b *testing.B) {
			e, list := pieces(b, bench.example)
			c := e.call(b)
			for _, p := range list[:bench.piece+1] {
				c.Write(p)
			}
			b.SetBytes(int64(len(list[bench.piece])))
			b.ReportAllocs()
			for b.Loop() {
				c.Write(list[bench.piece])
			}
		})
	}
}
