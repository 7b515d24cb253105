package mutllm_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

const (
	question = `{"model":"gpt-4o","messages":[{"role":"system","content":"Be short."},{"role":"user","content":"Hello!"}],"temperature":0.5}`
	greeting = `{"id":"chatcmpl-1","object":"chat.completion","created":1741569952,"model":"gpt-4o-2024-08-06",` +
		`"choices":[{"index":0,"message":{"role":"assistant","content":"Hi."},"finish_reason":"stop"}],` +
		`"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":3}}}`
)

// serve starts a server that is gone when the test ends.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// answer answers every request alike, after it has read the request.
func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func post(t *testing.T, ctx context.Context, url, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	return req
}

// send sends req and returns all of the answer.
func send(t *testing.T, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := (&mutllm.Transport{}).RoundTrip(req)
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp, string(text)
}

func TestChat(t *testing.T) {
	rec := mutest.New(t)
	url := serve(t, answer(200, "application/json", greeting))
	ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "root")
	req := post(t, ctx, url+"/v1/chat/completions", question)
	resp, text := send(t, req)
	end()
	assert.Equal(t, greeting, text)
	assert.Same(t, req, resp.Request)
	assert.Equal(t, `agent root ok
└─ llm.chat chat gpt-4o ok [gpt-4o-2024-08-06, 19→10 tokens, 3 cached]
     in  system: Be short.
         user: Hello!
     out assistant: Hi. (stop)
     gen_ai.operation.name=chat gen_ai.request.model=gpt-4o gen_ai.request.temperature=0.5 gen_ai.response.finish_reasons=["stop"] gen_ai.response.id=chatcmpl-1 server.address=127.0.0.1
`, rec.Tree())
	assert.Equal(t, "openai", rec.Span("chat gpt-4o").Metrics.Provider)
}

const streamed = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":" there."},"finish_reason":null}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29}}

data: [DONE]

`

func TestChatStream(t *testing.T) {
	rec := mutest.New(t)
	url := serve(t, answer(200, "text/event-stream", streamed))
	req := post(t, rec.Context(t.Context()), url+"/v1/chat/completions", `{"stream":true,`+question[1:])
	_, text := send(t, req)
	assert.Equal(t, streamed, text)
	span := rec.Span("chat gpt-4o")
	assert.Equal(t, "Hi there.", span.Output.Messages[0].Content)
	assert.Equal(t, "stop", span.Output.Messages[0].FinishReason)
	assert.EqualValues(t, 29, span.Metrics.TotalTokens)
	assert.Positive(t, span.Metrics.TimeToFirstToken)
	assert.Equal(t, mutagent.StatusOK, span.Status)
}
