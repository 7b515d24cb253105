package llmtest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest"
)

func post(t *testing.T, ctx context.Context, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{"model":"m"}`))
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func serve(t *testing.T, script ...llmtest.Step) *llmtest.Server {
	server := llmtest.Serve(script...)
	t.Cleanup(server.Close)
	return server
}

// TestRecordings checks that every recording arrives over the network as it is in its
// file.
func TestRecordings(t *testing.T) {
	names := llmtest.Names()
	assert.Contains(t, names, "openai/chat-stream")
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			want := llmtest.Load(name)
			server := serve(t, llmtest.Play(name))
			resp := post(t, t.Context(), server.URL+strings.Replace(want.Path, "*", "model", 1))
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, string(want.Body), string(body))
			assert.Equal(t, want.Status, resp.StatusCode)
			for key, values := range want.Header {
				assert.Equal(t, values, resp.Header[key], key)
			}
			for _, chunk := range want.Chunks() {
				assert.True(t, json.Valid(payload(chunk)), "not JSON: %s", chunk)
			}
		})
	}
}

// payload returns the JSON of a chunk.
func payload(chunk []byte) []byte {
	for line := range bytes.Lines(chunk) {
		if data, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			chunk = data
		}
	}
	if string(bytes.TrimSpace(chunk)) == "[DONE]" {
		return []byte("null")
	}
	return chunk
}

func TestScript(t *testing.T) {
	server := serve(t, llmtest.Play("openai/error-429"), llmtest.Play("openai/chat"))
	chat := server.URL + "/v1/chat/completions"

	assert.Equal(t, http.StatusTooManyRequests, post(t, t.Context(), chat).StatusCode)

	resp := post(t, t.Context(), server.URL+"/v1/embeddings?a=b")
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, http.StatusNotFound, resp.StatusCode)
	assert.Equal(t, "llmtest: POST /v1/embeddings, but the next step answers POST /v1/chat/completions\n", string(body))

	assert.Equal(t, http.StatusOK, post(t, t.Context(), chat).StatusCode)
	assert.Equal(t, http.StatusNotFound, post(t, t.Context(), chat).StatusCode, "the script is over")

	requests := server.Requests()
	require.Len(t, requests, 4)
	assert.Equal(t, "/v1/embeddings?a=b", requests[1].URI)
	assert.Equal(t, `{"model":"m"}`, requests[1].Body)
}

func TestHold(t *testing.T) {
	heard := make(chan struct{})
	server := serve(t, llmtest.Play("ollama/chat-stream").HoldAfter(1, heard))
	body := bufio.NewReader(post(t, t.Context(), server.URL+"/api/chat").Body)
	first, err := body.ReadString('\n')
	require.NoError(t, err)
	assert.Contains(t, first, "Your")
	assert.Zero(t, body.Buffered())
	close(heard)
	rest, err := io.ReadAll(body)
	require.NoError(t, err)
	assert.Equal(t, string(llmtest.Load("ollama/chat-stream").Body), first+string(rest))
	assert.False(t, server.Requests()[0].Left)
}

func TestClientLeaves(t *testing.T) {
	server := serve(t, llmtest.Play("gemini/stream").HoldAfter(1, nil))
	ctx, cancel := context.WithCancel(t.Context())
	resp := post(t, ctx, server.URL+"/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse")
	_, err := bufio.NewReader(resp.Body).ReadString('\n')
	require.NoError(t, err)
	cancel()
	server.Close()
	assert.True(t, server.Requests()[0].Left)
}

func TestCut(t *testing.T) {
	server := serve(t, llmtest.Play("anthropic/messages-stream").CutAfter(2))
	body, err := io.ReadAll(post(t, t.Context(), server.URL+"/v1/messages").Body)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	recorded := llmtest.Load("anthropic/messages-stream")
	assert.Equal(t, string(bytes.Join(recorded.Chunks()[:2], nil)), string(body))
}

func TestUnknownRecording(t *testing.T) {
	assert.PanicsWithValue(t, `llmtest: recording "openai/chatt": open testdata/openai/chatt.http: file does not exist`,
		func() { llmtest.Play("openai/chatt") })
}
