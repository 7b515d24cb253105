package mutllm_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// moves redirects to a path, with a text that the client reads.
func moves(status int, path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Location", path)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "It has moved.")
	}
}

// A call that the client sends on to another place is one span, with the answer of the
// last, whatever the client's options and the new path.
func TestRedirect(t *testing.T) {
	var asked []string
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/chat/completions", moves(307, "/moved"))
	mux.HandleFunc("/moved", moves(308, "/moved/again"))
	mux.HandleFunc("/moved/again", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, string(body))
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, greeting)
	})
	for name, client := range map[string]*http.Client{
		"plain":   {},
		"timeout": {Timeout: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			client.Transport = &mutllm.Transport{Options: mutllm.Options{IncludeUsage: true}}
			req := post(t, rec.Context(t.Context()), serve(t, mux.ServeHTTP)+"/v1/chat/completions", `{"stream":true,`+question[1:])
			resp, err := client.Do(req)
			require.NoError(t, err)
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, greeting, string(got))
			assert.Equal(t, `{"stream_options":{"include_usage":true},"stream":true,`+question[1:], asked[len(asked)-1])
			assert.Equal(t, `llm.chat chat gpt-4o ok [gpt-4o-2024-08-06, 19→10 tokens, 3 cached]
  in  system: Be short.
      user: Hello!
  out assistant: Hi. (stop)
  gen_ai.operation.name=chat gen_ai.request.model=gpt-4o gen_ai.request.stream=true gen_ai.request.temperature=0.5 gen_ai.response.finish_reasons=["stop"] gen_ai.response.id=chatcmpl-1 http.request.resend_count=2 server.address=127.0.0.1
  · redirect http.response.status_code=307
  · redirect http.response.status_code=308
`, rec.Tree())
		})
	}
}

// A client library's retry begins at the first place again, and stays the same call.
func TestRetryAfterRedirect(t *testing.T) {
	answers := []http.HandlerFunc{moves(307, "/moved"), answer(500, "text/plain", "oops"), answer(200, "application/json", greeting)}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		next := answers[0]
		answers = answers[1:]
		next(w, r)
	})
	rec := mutest.New(t)
	client := &http.Client{Transport: &mutllm.Transport{}}
	for _, n := range []string{"0", "1"} {
		req := post(t, rec.Context(t.Context()), url+"/v1/chat/completions", question)
		req.Header.Set("X-Stainless-Retry-Count", n)
		resp, err := client.Do(req)
		require.NoError(t, err)
		if n == "1" {
			_, err = io.ReadAll(resp.Body)
			require.NoError(t, err)
		}
		require.NoError(t, resp.Body.Close())
	}
	assert.Equal(t, `llm.chat chat gpt-4o ok [gpt-4o-2024-08-06, 19→10 tokens, 3 cached]
  in  system: Be short.
      user: Hello!
  out assistant: Hi. (stop)
  gen_ai.operation.name=chat gen_ai.request.model=gpt-4o gen_ai.request.temperature=0.5 gen_ai.response.finish_reasons=["stop"] gen_ai.response.id=chatcmpl-1 http.request.resend_count=2 server.address=127.0.0.1
  · redirect http.response.status_code=307
  · retry error="500 Internal Server Error: oops" http.response.status_code=500
`, rec.Tree())
}

// A redirect that the program does not follow is a failure at the time of the response,
// which the program reads as it came. One that becomes a GET is not followed by a call.
func TestRedirectNotFollowed(t *testing.T) {
	for status, want := range map[int]string{307: "307 Temporary Redirect", 302: ""} {
		synctest.Test(t, func(t *testing.T) {
			rec := mutest.New(t)
			client := &http.Client{
				Transport:     &mutllm.Transport{Base: handled(moves(status, "/moved"))},
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			}
			resp, err := client.Do(post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", question))
			require.NoError(t, err)
			assert.Equal(t, status, resp.StatusCode)
			text, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			assert.Equal(t, "It has moved.", string(text))
			time.Sleep(time.Minute) // on synctest's clock
			synctest.Wait()
			span := rec.Span("chat gpt-4o")
			assert.Equal(t, want, span.StatusMessage)
			assert.Zero(t, span.Duration)
			assert.Empty(t, span.Events)
		})
	}
}

// A handled transport answers with what a handler writes.
type handled http.HandlerFunc

func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	h(w, r)
	resp := w.Result()
	resp.Request = r
	resp.Body = io.NopCloser(strings.NewReader(w.Body.String()))
	return resp, nil
}
