package matrix_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// The rest of what providers offer. count_tokens is not a model call.
var others = map[string]string{
	"openai/completions":        `{"model":"gpt-3.5-turbo-instruct","prompt":"Your order is"}`,
	"openai/completions-stream": `{"model":"gpt-3.5-turbo-instruct","prompt":"Your order is","stream":true}`,
	"openai/embeddings":         `{"model":"text-embedding-3-small","input":["Your order","is on its way"]}`,
	"openai/moderations":        `{"model":"omni-moderation-latest","input":"Where is my order?"}`,
	"anthropic/count-tokens":    `{"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"Where is my order?"}]}`,
	"gemini/embed":              `{"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"Your order"}]}}]}`,
	"ollama/generate":           `{"model":"llama3.2","prompt":"Where is my order?","stream":false}`,
	"ollama/generate-stream":    `{"model":"llama3.2","prompt":"Where is my order?"}`,
	"ollama/embed":              `{"model":"all-minilm","input":["Your order","is on its way"]}`,
}

func TestOthers(t *testing.T) {
	for recording, body := range others {
		t.Run(recording, func(t *testing.T) {
			rec := mutest.New(t)
			want := lines(t, t.Context(), new(http.Transport), recording, body)
			got := lines(t, rec.Context(t.Context()), &mutllm.Transport{Base: new(http.Transport)}, recording, body)
			assert.Equal(t, want, got)
			rec.Golden(filepath.Join("testdata", "others", strings.ReplaceAll(recording, "/", "_")+".tree"))
		})
	}
}

// lines returns what a caller sees of the recording.
func lines(t *testing.T, ctx context.Context, rt http.RoundTripper, recording, body string) (seen []any) {
	t.Helper()
	server := llmtest.Serve(llmtest.Play(recording))
	defer server.Close()
	client := &http.Client{Transport: rt}
	defer client.CloseIdleConnections()
	path := strings.Replace(llmtest.Load(recording).Path, "*", "gemini-embedding-001", 1)
	require.NoError(t, exchange(ctx, client, server.URL+path, body, func(line any) bool {
		seen = append(seen, line)
		return true
	}, closeBody))
	assert.Equal(t, body, server.Requests()[0].Body)
	return seen
}
