package mutbedrock_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// tapped lets an HTTP client of mutllm send the calls.
func tapped(b *bedrock, client *bedrockruntime.Client) *bedrockruntime.Client {
	options := client.Options()
	options.HTTPClient = patient{&http.Client{Transport: &mutllm.Transport{Base: b.Client().Transport}}}
	return bedrockruntime.New(options)
}

// If the HTTP client also records calls, each call is still one span.
func TestLayers(t *testing.T) {
	for name, c := range map[string]struct {
		answer  http.HandlerFunc
		program program
	}{
		"invoke": {
			say(200, `{"type":"message","role":"assistant","content":[{"type":"text","text":"Hi"}]}`),
			invoke(claude, `{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"messages":[{"role":"user","content":"Hello"}]}`),
		},
		"converse":        {say(200, toolUse), converse(question())},
		"converse stream": {stream(start, delta1, delta2, stop, endTurn, metadata), converseStream(shortStream(), 0, nil)},
		"stream": {
			stream(chunk(t, `{"type":"message_start","message":{"usage":{"input_tokens":9,"output_tokens":1}}}`), chunk(t, `{"type":"message_stop"}`)),
			invokeStream,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var want, got notes
			plain := newBedrock(t, c.answer)
			c.program(t.Context(), plain.client(false), &want)

			rec := mutest.New(t)
			b := newBedrock(t, c.answer)
			c.program(rec.Context(t.Context()), tapped(b, b.client(false)), &got)
			require.Len(t, rec.Spans(), 1, "by the HTTP client")
			tap := rec.Spans()[0]

			rec = mutest.New(t)
			got, b.requests = nil, nil
			c.program(rec.Context(t.Context()), tapped(b, b.client(true)), &got)
			require.Len(t, rec.Spans(), 1)
			span := rec.Spans()[0]
			assert.Equal(t, "chat "+claude, span.Name)
			span.Metrics.TimeToFirstToken, tap.Metrics.TimeToFirstToken = 0, 0
			for _, own := range []string{"aws.request_id", "server.address"} {
				delete(span.Attributes, own)
				delete(tap.Attributes, own)
			}
			assert.Equal(t, []any{tap.Kind, tap.Name, tap.Input, tap.Output, tap.Metrics, tap.Attributes},
				[]any{span.Kind, span.Name, span.Input, span.Output, span.Metrics, span.Attributes}, "both read alike")
			assert.Equal(t, want, got)
			assert.Equal(t, plain.requests, b.requests)
		})
	}
}

// A framework above may already have recorded the call.
func TestMarked(t *testing.T) {
	rec := mutest.New(t)
	var seen notes
	b := newBedrock(t, say(200, `{"content":[]}`))
	invoke(claude, `{"messages":[]}`)(genai.Mark(rec.Context(t.Context())), b.client(true), &seen)
	assert.Equal(t, notes{`string "{\"content\":[]}"`}, seen)
	assert.Empty(t, rec.Spans())
}
