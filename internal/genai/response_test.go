package genai

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkResponse measures the whole cost of reading a response, from its first byte
// to its attributes: a stream of a thousand pieces, and an answer of 100 KB.
func BenchmarkResponse(b *testing.B) {
	chat, chunks := pieces(b, "openai_chat_stream")
	var thousand bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&thousand, `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"gpt-4o","choices":[{"index":0,"delta":{"content":" word%d"},"finish_reason":null}]}`+"\n\n", i)
	}
	for _, end := range chunks[len(chunks)-4:] {
		thousand.Write(end)
	}
	whole := examples(b)["openai_chat"]
	large := `{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"` +
		strings.Repeat(`Half of it is text.\n`, 5000) + `"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`
	for _, bench := range []struct {
		name   string
		call   example
		answer []byte
	}{{"chunks=1000", chat, thousand.Bytes()}, {"size=100KB", whole, []byte(large)}} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.answer)))
			b.ReportAllocs()
			for b.Loop() {
				c := bench.call.call(b)
				for piece := range bytes.SplitAfterSeq(bench.answer, []byte("\n\n")) {
					c.Write(piece)
				}
				c.Close()
				c.Output()
			}
		})
	}
}
