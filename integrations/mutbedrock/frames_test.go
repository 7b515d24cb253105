package mutbedrock

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func body(t testing.TB, payloads ...string) []byte {
	var b bytes.Buffer
	for i, p := range payloads {
		m := eventstream.Message{Payload: []byte(p)}
		m.Headers.Set(":event-type", eventstream.StringValue(fmt.Sprint("event", i)))
		require.NoError(t, eventstream.NewEncoder().Encode(&b, m))
	}
	return b.Bytes()
}

func read(f *frames, p []byte) (seen []string, err error) {
	err = f.feed(p, func(m *eventstream.Message) {
		seen = append(seen, fmt.Sprint(m.Headers.Get(":event-type"), " ", string(m.Payload)))
	})
	return seen, err
}

// Messages are the same wherever the stream is cut.
func TestSplit(t *testing.T) {
	data := body(t, `{"role":"assistant"}`, ``, `{"delta":{"text":"Hello ☀"}}`)
	want, err := read(new(frames), data)
	require.NoError(t, err)
	require.Len(t, want, 3)
	for i := range data {
		for j := i; j <= len(data); j++ {
			var f frames
			var got []string
			for _, p := range [][]byte{data[:i], data[i:j], data[j:]} {
				seen, err := read(&f, p)
				require.NoError(t, err)
				got = append(got, seen...)
			}
			require.Equal(t, want, got, "cut at %d and %d", i, j)
			require.False(t, f.partial())
		}
	}
}

func TestPartial(t *testing.T) {
	var f frames
	seen, err := read(&f, body(t, "{}")[:20])
	assert.NoError(t, err)
	assert.Empty(t, seen)
	assert.True(t, f.partial())
}

// Whatever a server sends does no more harm than an error, and the same messages
// come out whole and byte by byte.
func FuzzFrames(f *testing.F) {
	f.Add(body(f, `{"role":"assistant"}`, `{"contentBlockIndex":0,"delta":{"text":"Hi"}}`))
	f.Add([]byte("nonsense, and more of it"))
	f.Add([]byte{0, 0, 0, 16, 0, 0, 0, 0, 5, 194, 72, 235, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, wholeErr := read(new(frames), data)
		var bytewise frames
		var pieces []string
		var err error
		for i := 0; i < len(data) && err == nil; i++ {
			var seen []string
			seen, err = read(&bytewise, data[i:i+1])
			pieces = append(pieces, seen...)
		}
		assert.Equal(t, whole, pieces)
		assert.Equal(t, wholeErr == nil, err == nil)
	})
}

// A reply takes any payload that is framed well.
func FuzzReply(f *testing.F) {
	for _, payload := range []string{
		`{"role":"assistant"}`,
		`{"contentBlockIndex":-1,"delta":{"toolUse":{"input":"{"}}}`,
		`{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"1","name":"orders"}}}`,
		`{"usage":{"inputTokens":-2147483648,"cacheReadInputTokens":2147483647}}`,
		`{"bytes":"e30="}`, `{"stopReason":"end_turn"}`, `[]`, ``,
	} {
		for _, name := range []string{"messageStart", "contentBlockStart", "contentBlockDelta", "messageStop", "metadata", "chunk"} {
			f.Add("event", name, payload)
		}
		f.Add("exception", "", payload)
		f.Add("error", "x", payload)
	}
	f.Fuzz(func(t *testing.T, kind, name, payload string) {
		m := &eventstream.Message{Payload: []byte(payload)}
		m.Headers.Set(":message-type", eventstream.StringValue(kind))
		m.Headers.Set(":event-type", eventstream.StringValue(name))
		m.Headers.Set(":exception-type", eventstream.StringValue(name))
		m.Headers.Set(":error-code", eventstream.StringValue(name))
		r := reply{room: maxReply}
		r.add(m)
		r.add(m)
		_ = r.output()
		assert.GreaterOrEqual(t, r.room, 0)
		assert.Equal(t, r.err != nil, kind == "exception" || kind == "error")
	})
}
