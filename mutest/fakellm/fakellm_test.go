package fakellm_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// ask sends a request through mutllm, and returns the body of the answer.
func ask(t *testing.T, h *http.Client, model *fakellm.Model, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, model.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	resp, err := h.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

// Of every protocol, whole and streamed, the trace of mutllm has what the script
// says.
func TestProtocols(t *testing.T) {
	const messages = `"messages":[{"role":"user","content":"Where is my order?"}]`
	const contents = `{"contents":[{"role":"user","parts":[{"text":"Where is my order?"}]}]}`
	for name, c := range map[string]struct{ path, body string }{
		"openai":           {"/v1/chat/completions", `{"model":"m",` + messages + `}`},
		"openai stream":    {"/v1/chat/completions", `{"model":"m","stream":true,"stream_options":{"include_usage":true},` + messages + `}`},
		"anthropic":        {"/v1/messages", `{"model":"m","max_tokens":9,` + messages + `}`},
		"anthropic stream": {"/v1/messages", `{"model":"m","max_tokens":9,"stream":true,` + messages + `}`},
		"gemini":           {"/v1beta/models/m:generateContent", contents},
		"gemini stream":    {"/v1beta/models/m:streamGenerateContent?alt=sse", contents},
		"ollama":           {"/api/chat", `{"model":"m","stream":false,` + messages + `}`},
		"ollama stream":    {"/api/chat", `{"model":"m",` + messages + `}`},
	} {
		t.Run(name, func(t *testing.T) {
			model := fakellm.Serve(fakellm.Reply{
				Text:      "I look it up.",
				ToolCalls: []fakellm.ToolCall{{Name: "get_order", Arguments: `{"id":1042}`}, {Name: "now"}},
			})
			defer model.Close()
			rec := mutest.New(t)
			ctx := rec.Context(t.Context())
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, model.URL+c.path, strings.NewReader(c.body))
			require.NoError(t, err)
			resp, err := (&http.Client{Transport: new(mutllm.Transport)}).Do(req)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())

			spans := rec.Spans()
			require.Len(t, spans, 1)
			assert.Equal(t, mutagent.StatusOK, spans[0].Status, spans[0].StatusMessage)
			assert.Equal(t, "m", spans[0].Metrics.Model)
			assert.EqualValues(t, 4, spans[0].Metrics.InputTokens)
			assert.EqualValues(t, 8, spans[0].Metrics.OutputTokens)
			assert.Equal(t, strings.HasSuffix(name, "stream"), spans[0].Metrics.TimeToFirstToken > 0)
			require.Len(t, spans[0].Output.Messages, 1)
			m := spans[0].Output.Messages[0]
			assert.Equal(t, "I look it up.", m.Content)
			require.Len(t, m.Parts, 2)
			assert.Equal(t, "get_order", m.Parts[0].Name)
			assert.Equal(t, map[string]any{"id": int64(1042)}, m.Parts[0].Arguments)
			assert.Equal(t, "now", m.Parts[1].Name)
		})
	}
}

func TestErrors(t *testing.T) {
	paths := []string{"/v1/chat/completions", "/v1/messages", "/v1beta/models/m:generateContent", "/api/chat"}
	for _, path := range paths {
		model := fakellm.Serve(fakellm.Reply{Status: 429})
		status, body := ask(t, http.DefaultClient, model, path, `{}`)
		assert.Equal(t, 429, status)
		assert.Contains(t, body, "Too Many Requests")

		status, body = ask(t, http.DefaultClient, model, path, `{}`)
		assert.Equal(t, 400, status)
		assert.Contains(t, body, "the script has no more replies")

		status, body = ask(t, http.DefaultClient, model, path, `no JSON`)
		assert.Equal(t, 400, status)
		assert.Contains(t, body, "the request is no JSON of this protocol")
		model.Close()
	}
}

// A request that is no JSON takes no reply.
func TestBadRequestKeepsReply(t *testing.T) {
	model := fakellm.Serve(fakellm.Reply{Text: "Here."})
	defer model.Close()
	ask(t, http.DefaultClient, model, "/api/chat", `no JSON`)
	_, body := ask(t, http.DefaultClient, model, "/api/chat", `{"stream":false}`)
	assert.Contains(t, body, "Here.")
}

func TestDelay(t *testing.T) {
	const delay = 20 * time.Millisecond
	model := fakellm.Serve(fakellm.Reply{Text: "Well.", Delay: delay})
	defer model.Close()
	start := time.Now()
	ask(t, http.DefaultClient, model, "/api/chat", `{}`)
	assert.GreaterOrEqual(t, time.Since(start), delay)
}

// Requests at the same time get a reply each.
func TestConcurrent(t *testing.T) {
	model := fakellm.Serve(fakellm.Reply{Text: "one"}, fakellm.Reply{Text: "two"}, fakellm.Reply{Text: "three"})
	defer model.Close()
	var mu sync.Mutex
	var got []string
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			_, body := ask(t, http.DefaultClient, model, "/api/chat", `{"stream":false}`)
			mu.Lock()
			defer mu.Unlock()
			for _, word := range []string{"one", "two", "three"} {
				if strings.Contains(body, `"`+word+`"`) {
					got = append(got, word)
				}
			}
		})
	}
	wg.Wait()
	assert.ElementsMatch(t, []string{"one", "two", "three"}, got)
}
