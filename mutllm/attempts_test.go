package mutllm_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// A library that gives each attempt a timeout of its own cancels the context of
// the one that failed before it makes the next. They are one span all the same.
func TestAttemptsWithContextsOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := mutest.New(t)
		answers := []string{
			"HTTP/1.1 500 Internal Server Error\r\n\r\n",
			"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + `{"model":"m","usage":{"input_tokens":1,"output_tokens":2}}`,
		}
		for attempt, answer := range answers {
			ctx, cancel := context.WithCancel(rec.Context(t.Context()))
			resp, err := mutllm.Middleware(message(t, ctx, attempt), replying(t, answer))
			require.NoError(t, err)
			if resp.StatusCode == http.StatusOK {
				_, err = io.ReadAll(resp.Body)
				require.NoError(t, err)
			}
			require.NoError(t, resp.Body.Close())
			cancel()
			synctest.Wait() // the context has told everyone
		}
		spans := rec.Spans()
		require.Len(t, spans, 1)
		assert.Equal(t, "ok", spans[0].Status.String())
		assert.EqualValues(t, 2, spans[0].Metrics.OutputTokens)
	})
}

func message(t *testing.T, ctx context.Context, attempt int) *http.Request {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.anthropic.com/v1/messages", strings.NewReader(`{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hello!"}]}`))
	require.NoError(t, err)
	req.Header.Set("X-Stainless-Retry-Count", strconv.Itoa(attempt))
	return req
}

// replying answers with bytes as they would come over the wire.
func replying(t *testing.T, response string) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, req.Body)
		require.NoError(t, err)
		return http.ReadResponse(bufio.NewReader(strings.NewReader(response)), req)
	}
}
