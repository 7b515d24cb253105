package genai

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// frame returns a message of Amazon's event stream.
func frame(payload string, headers ...string) []byte {
	var head []byte
	for i := 0; i < len(headers); i += 2 {
		head = append(head, byte(len(headers[i])))
		head = append(append(head, headers[i]...), 7)
		head = binary.BigEndian.AppendUint16(head, uint16(len(headers[i+1])))
		head = append(head, headers[i+1]...)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(prelude+len(head)+len(payload)+trailer))
	b = binary.BigEndian.AppendUint32(b, uint32(len(head)))
	b = append(b, 0, 0, 0, 0)
	b = append(append(b, head...), payload...)
	return append(b, 0, 0, 0, 0)
}

func converseEvents(events ...string) []byte {
	var b []byte
	for i := 0; i < len(events); i += 2 {
		b = append(b, frame(events[i+1], ":message-type", "event", ":event-type", events[i], ":content-type", "application/json")...)
	}
	return b
}

// invoked returns a response of InvokeModelWithResponseStream.
func invoked(pieces ...string) []byte {
	var b []byte
	for _, p := range pieces {
		payload, _ := json.Marshal(map[string]string{"bytes": base64.StdEncoding.EncodeToString([]byte(p)), "p": "abc"})
		b = append(b, frame(string(payload), ":event-type", "chunk", ":message-type", "event")...)
	}
	return b
}

var framed = map[string]struct {
	path, request string
	answer        []byte
	usage, want   string
}{
	"converse": {
		"converse-stream", `{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}`,
		converseEvents(
			"messageStart", `{"role":"assistant"}`,
			"contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"Hel"}}`,
			"contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"lo"}}`,
			"contentBlockStop", `{"contentBlockIndex":0}`,
			"contentBlockStart", `{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t1","name":"now"}}}`,
			"contentBlockStop", `{"contentBlockIndex":1}`,
			"messageStop", `{"stopReason":"tool_use"}`,
			"metadata", `{"usage":{"inputTokens":8,"outputTokens":3,"totalTokens":11,"cacheReadInputTokens":2}}`),
		"input 10 output 3 total 13 cached 2", `[{assistant  [{text Hello   <nil> <nil>   0} {tool_call  t1 now {} <nil>   0}] tool_call}]`,
	},
	"claude": {
		"invoke-with-response-stream", `{"anthropic_version":"bedrock-2023-05-31","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}`,
		invoked(`{"type":"message_start","message":{"id":"m","model":"claude","usage":{"input_tokens":8,"output_tokens":1}}}`,
			`{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}`,
			`{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}`,
			`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":8,"outputTokenCount":3}}`),
		"input 8 output 3 total 11", `[{assistant  [{text Hi   <nil> <nil>   0}] stop}]`,
	},
	"nova": {
		"invoke-with-response-stream", `{"messages":[{"role":"user","content":[{"text":"Hi"}]}],"inferenceConfig":{"max_new_tokens":5}}`,
		invoked(`{"messageStart":{"role":"assistant"}}`, `{"contentBlockDelta":{"delta":{"text":"<a"},"contentBlockIndex":0}}`, `{"contentBlockStop":{"contentBlockIndex":0}}`,
			`{"contentBlockDelta":{"delta":{"text":">"},"contentBlockIndex":1}}`, `{"messageStop":{"stopReason":"end_turn"}}`,
			`{"metadata":{"usage":{"inputTokens":4,"outputTokens":2}},"amazon-bedrock-invocationMetrics":{"inputTokenCount":4,"outputTokenCount":2}}`),
		"input 4 output 2 total 6", `[{assistant  [{text <a>   <nil> <nil>   0}] stop}]`,
	},
	"titan": {
		"invoke-with-response-stream", `{"inputText":"Hi","textGenerationConfig":{"maxTokenCount":5}}`,
		invoked(`{"outputText":"Hello","index":0,"totalOutputTextTokenCount":2,"completionReason":"FINISH","inputTextTokenCount":1}`),
		"input 1 output 2 total 3", `[{assistant  [{text Hello   <nil> <nil>   0}] stop}]`,
	},
	"unknown": {
		"invoke-with-response-stream", `{"whatever":1}`,
		invoked(`{"said":"Hello","amazon-bedrock-invocationMetrics":{"inputTokenCount":1,"outputTokenCount":2}}`),
		"input 1 output 2 total 3", `[]`,
	},
}

func framedCall(t testing.TB, path, request string) *Call {
	t.Helper()
	u, err := url.Parse("https://bedrock-runtime.us-east-1.amazonaws.com/model/m/" + path)
	require.NoError(t, err)
	c := Recognise(u)
	var x Excerpt
	_, _ = x.Write([]byte(request))
	require.True(t, c.Request(&x))
	assert.True(t, c.Stream)
	c.Answer("application/vnd.amazon.eventstream")
	return c
}

// TestFrames checks that Amazon's streams are read wherever they are split.
func TestFrames(t *testing.T) {
	for name, e := range framed {
		t.Run(name, func(t *testing.T) {
			for i := range e.answer {
				c := framedCall(t, e.path, e.request)
				c.Write(e.answer[:i])
				c.Write(e.answer[i:])
				c.Close()
				require.Equal(t, e.usage, c.Usage.String(), "split at %d", i)
				require.Equal(t, e.want, fmtMessages(c.Output().Messages), "split at %d", i)
			}
		})
	}
}

// fmtMessages formats messages with arguments as JSON.
func fmtMessages(all []Message) string {
	for i := range all {
		for j := range all[i].Parts {
			if raw, ok := all[i].Parts[j].Arguments.(json.RawMessage); ok {
				all[i].Parts[j].Arguments = string(raw)
			}
		}
	}
	return fmt.Sprint(all)
}

// TestFrameException checks that an exception in the stream is recorded as the call's
// failure.
func TestFrameException(t *testing.T) {
	c := framedCall(t, "converse-stream", framed["converse"].request)
	c.Write(frame(`{"message":"Too many"}`, ":message-type", "exception", ":exception-type", "throttlingException"))
	assert.True(t, c.Done())
	assert.Equal(t, Failure{"throttlingException", "Too many"}, c.Failure)
}

// TestLongFrame checks that the message after one that is too long is still read.
func TestLongFrame(t *testing.T) {
	c := framedCall(t, "converse-stream", framed["converse"].request)
	c.Write(frame(string(make([]byte, maxFrame)), ":message-type", "event"))
	assert.Less(t, cap(c.reader.frames.buf), maxFrame)
	c.Write(framed["converse"].answer)
	assert.Equal(t, framed["converse"].usage, c.Usage.String())
}

func FuzzFrames(f *testing.F) {
	for _, e := range framed {
		f.Add(e.answer, uint16(len(e.answer)/2))
	}
	f.Fuzz(func(t *testing.T, answer []byte, at uint16) {
		e := framed["converse"]
		whole, split := framedCall(t, e.path, e.request), framedCall(t, e.path, e.request)
		whole.Write(answer)
		n := min(int(at), len(answer))
		split.Write(answer[:n])
		split.Write(answer[n:])
		whole.Close()
		split.Close()
		assert.False(t, whole.reader.broken)
		assert.Equal(t, said(whole), said(split))
	})
}
