package genai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFamiliarEvents checks that events which differ only in their text are split from
// each other and parsed once, however their lines end, and that any other is read.
func TestFamiliarEvents(t *testing.T) {
	const event = `data: {"choices":[{"index":0,"delta":{"content":"TEXT"}}]}` + "\n\n"
	for name, c := range map[string]struct{ contentType, event, other string }{
		"data":       {"text/event-stream", event, `data: {"choices":[{"index":1,"delta":{"content":"other"}}]}` + "\n\n"},
		"named":      {"text/event-stream", "event: said\n" + event, event},
		"commented":  {"text/event-stream", ": alive\n" + event, event},
		"CRLF":       {"text/event-stream", strings.ReplaceAll(event, "\n", "\r\n"), event},
		"CR":         {"text/event-stream", strings.ReplaceAll(event, "\n", "\r"), event},
		"lines":      {"application/x-ndjson", event[len("data: ") : len(event)-1], `{"choices":[{"index":1,"delta":{"content":"other"}}]}` + "\n"},
		"obfuscated": {"text/event-stream", strings.Replace(event, `}]}`, `}],"obfuscation":"x"}`, 1), event},
	} {
		t.Run(name, func(t *testing.T) {
			call := begun(t, 0, c.contentType)
			emit, split := call.reader.events.emit, 0
			call.reader.events.emit = func(name, data []byte) { split++; emit(name, data) }
			var stream, want strings.Builder
			for _, said := range []string{"one ", "two ", "", `\"three\"\n`, "four ", "five"} {
				stream.WriteString(strings.ReplaceAll(c.event, "TEXT", said))
				want.WriteString(strings.NewReplacer(`\"`, `"`, `\n`, "\n").Replace(said))
			}
			call.Write([]byte(stream.String()))
			assert.Equal(t, 2, split, "the first begins the text, the second shows what goes on like it")
			call.Write([]byte(c.other))
			assert.Equal(t, 3, split)
			call.Close()
			assert.True(t, strings.HasPrefix(call.Output().Messages[0].Parts[0].Content, want.String()))

			whole := stream.String() + c.other
			for i := range whole { // the event that is remembered may have come in two pieces
				halves := begun(t, 0, c.contentType)
				halves.Write([]byte(whole[:i]))
				halves.Write([]byte(whole[i:]))
				halves.Close()
				require.Equal(t, said(call), said(halves), "split at %d", i)
			}
		})
	}
}
