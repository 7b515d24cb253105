package genai

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestBoundedMemory checks that an answer of 100 MB uses only the memory of its kept
// parts, whatever it contains.
func TestBoundedMemory(t *testing.T) {
	for name, a := range map[string]struct{ contentType, begin, again string }{
		"text":    {"application/json", `{"choices":[{"message":{"content":"`, "Half of it is text. "},
		"file":    {"application/json", `{"data":[{"b64_json":"`, "QUJDREVG"},
		"numbers": {"application/json", `{"data":[`, "0.25,"},
		"event":   {"text/event-stream", `data: {"choices":[{"delta":{"content":"`, "no end of it "},
		"events":  {"text/event-stream", "", `data: {"choices":[{"index":0,"delta":{"content":"more "}}]}` + "\n\n"},
		"calls":   {"text/event-stream", "", `data: {"choices":[{"delta":{"tool_calls":[{"id":"x","function":{"name":"f","arguments":"{}"}}]}}]}` + "\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			all := examples(t)
			e := all["openai_chat_stream"]
			c := e.call(t)
			c.Answer(a.contentType)
			block := []byte(strings.Repeat(a.again, 64<<10/len(a.again)))
			before := heap()
			c.Write([]byte(a.begin))
			for n := 0; n < 100<<20; n += len(block) {
				c.Write(block)
			}
			assert.Less(t, heap()-before, int64(8<<20))
			c.Close()
			c.Output()
			runtime.KeepAlive(c)
		})
	}
	long := append([]byte{0, 0, 0, 0}, bytes.Repeat([]byte{0xFF}, 64<<10)...)
	c := framedCall(t, "converse-stream", framed["converse"].request)
	before := heap()
	for n := 0; n < 100<<20; n += len(long) {
		c.Write(long)
	}
	assert.Less(t, heap()-before, int64(8<<20))
	runtime.KeepAlive(c)
}

// heap returns the bytes of the heap in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
