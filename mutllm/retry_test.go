package mutllm_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// A script is what a server answers, one after the other.
type script []*canned

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	time.Sleep(time.Second) // synctest's, of the call that takes its time
	next := (*s)[0]
	*s = (*s)[1:]
	return next.RoundTrip(req)
}

func refusing(status int, body string) *canned {
	return &canned{status: status, contentType: "application/json", body: strings.NewReader(body)}
}

func greets() *canned {
	return &canned{status: 200, contentType: "application/json", body: strings.NewReader(greeting)}
}

const limited = `{"error":{"message":"Rate limit reached","type":"requests"}}`

// call does what the clients of OpenAI and Anthropic do: it counts the attempts in
// a header, closes what it will not read, and reads the last answer.
func call(ctx context.Context, t *testing.T, base http.RoundTripper, retries int) (string, error) {
	t.Helper()
	for n := 0; ; n++ {
		req := post(t, ctx, "http://model.test/v1/chat/completions", question)
		req.Header.Set("X-Stainless-Retry-Count", strconv.Itoa(n))
		resp, err := mutllm.Middleware(req, base.RoundTrip)
		if n == retries || err == nil && resp.StatusCode < 400 {
			if err != nil {
				return "", err
			}
			text, err := io.ReadAll(resp.Body)
			return string(text), errors.Join(err, resp.Body.Close())
		}
		if err == nil {
			_ = resp.Body.Close()
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(time.Second / 2 << n):
		}
	}
}

// Attempts are one span, whatever failed before.
func TestRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := mutest.New(t)
		ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "root")
		text, err := call(ctx, t, &script{refusing(429, limited), {err: errors.New("connection reset")}, greets()}, 2)
		end()
		require.NoError(t, err)
		assert.Equal(t, greeting, text)
		assert.Equal(t, `agent root ok
└─ llm.chat chat gpt-4o ok [gpt-4o-2024-08-06, 19→10 tokens, 3 cached]
     in  system: Be short.
         user: Hello!
     out assistant: Hi. (stop)
     gen_ai.operation.name=chat gen_ai.request.model=gpt-4o gen_ai.request.temperature=0.5 gen_ai.response.finish_reasons=["stop"] gen_ai.response.id=chatcmpl-1 http.request.resend_count=2 server.address=model.test
     · retry error="429 Too Many Requests: Rate limit reached" http.response.status_code=429
     · retry error="connection reset"
`, rec.Tree())
		assert.Equal(t, 4500*time.Millisecond, rec.Span("chat gpt-4o").Duration)
	})
}

// Who reads the body of a failure will not try again.
func TestRetriesExhausted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := mutest.New(t)
		text, err := call(rec.Context(t.Context()), t, &script{refusing(500, "oops"), refusing(429, limited)}, 1)
		require.NoError(t, err)
		assert.Equal(t, limited, text, "the caller reads what was read before")
		span := rec.Span("chat gpt-4o")
		assert.Equal(t, "429 Too Many Requests: Rate limit reached", span.StatusMessage)
		assert.Equal(t, "requests", span.Attributes["error.type"])
		assert.EqualValues(t, 429, span.Attributes["http.response.status_code"])
		assert.EqualValues(t, 1, span.Attributes["http.request.resend_count"])
		assert.Equal(t, limited, span.Output.Text)
		assert.Equal(t, 2500*time.Millisecond, span.Duration)
	})
}

// A failure that is the last, although nothing says so, ends late, and at the time
// when it failed.
func TestNoRetryComes(t *testing.T) {
	for name, last := range map[string]*canned{
		"a status":      refusing(503, "busy"),
		"no connection": {err: errors.New("connection refused")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := mutest.New(t)
				req := post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", question)
				req.Header.Set("X-Stainless-Retry-Count", "0")
				resp, _ := mutllm.Middleware(req, (&script{last}).RoundTrip)
				if resp != nil {
					require.NoError(t, resp.Body.Close())
				}
				assert.Empty(t, rec.Spans(), "there may be another attempt")
				time.Sleep(time.Second) // on synctest's clock
				synctest.Wait()
				span := rec.Span("chat gpt-4o")
				assert.Equal(t, mutagent.StatusError, span.Status)
				assert.Equal(t, time.Second, span.Duration)
			})
		})
	}
}

// A caller that gives up while it waits ends the call, soon.
func TestRetryCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := mutest.New(t)
		ctx, cancel := context.WithTimeout(rec.Context(t.Context()), 1200*time.Millisecond)
		defer cancel()
		_, err := call(ctx, t, &script{refusing(429, limited)}, 2)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		time.Sleep(time.Second / 10) // on synctest's clock
		synctest.Wait()
		span := rec.Span("chat gpt-4o")
		assert.Equal(t, "429 Too Many Requests: Rate limit reached", span.StatusMessage)
		assert.Equal(t, time.Second, span.Duration)
	})
}

// Without a count, and where trying again makes no sense, a failure is the end.
func TestFailure(t *testing.T) {
	for name, c := range map[string]struct {
		count  string
		status int
		header string
		want   string
	}{
		"not counted":        {status: 429, want: "429 Too Many Requests: Rate limit reached"},
		"not to be repeated": {count: "0", status: 400, want: "400 Bad Request: Rate limit reached"},
		"server says no":     {count: "0", status: 503, header: "false", want: "503 Service Unavailable: Rate limit reached"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // so that the body, which is in memory, has all the time to come
				rec := mutest.New(t)
				req := post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", question)
				if c.count != "" {
					req.Header.Set("X-Stainless-Retry-Count", c.count)
				}
				base := refusing(c.status, limited)
				base.header = http.Header{"X-Should-Retry": {c.header}}
				resp, err := mutllm.Middleware(req, base.RoundTrip)
				require.NoError(t, err)
				assert.Equal(t, c.want, rec.Span("chat gpt-4o").StatusMessage)
				text, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				assert.Equal(t, limited, string(text))
			})
		})
	}
}

func TestConnectionFails(t *testing.T) {
	rec := mutest.New(t)
	refused := errors.New("connection refused")
	_, err := mutllm.Middleware(post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", question), (&canned{err: refused}).RoundTrip)
	assert.Equal(t, refused, err)
	assert.Equal(t, "connection refused", rec.Span("chat gpt-4o").StatusMessage)
}

// A failure has as much text as the caller wants to read, and breaks where it does.
func TestLargeFailure(t *testing.T) {
	rec := mutest.New(t)
	long := strings.Repeat("no ", 1<<20)
	resp, err := mutllm.Middleware(post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", question), refusing(500, long).RoundTrip)
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, len(long), len(text))
	assert.Len(t, rec.Span("chat gpt-4o").Output.Text, 60<<10, "without the end, where a secret may be cut in two")
}

// Many equal calls at a time, each with attempts, are as many spans.
func TestRetryParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := mutest.New(t)
		ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "root")
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				_, err := call(ctx, t, &script{refusing(429, limited), refusing(500, "oops"), greets()}, 2)
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		end()
		spans := rec.Spans()
		require.Len(t, spans, 21)
		for _, s := range spans[:20] { // which begin at the same time, hence are sorted by name
			assert.EqualValues(t, 2, s.Attributes["http.request.resend_count"])
			assert.Len(t, s.Events, 2)
		}
	})
}

// TestSlowFailure: a server may take its time for the text of a failure. The
// caller has the answer meanwhile, and can close it.
func TestSlowFailure(t *testing.T) {
	rec := mutest.New(t)
	returned := make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, "the be")
		_ = http.NewResponseController(w).Flush()
		<-returned
		_, _ = io.WriteString(w, "ginning")
	})
	resp, err := (&mutllm.Transport{}).RoundTrip(post(t, rec.Context(t.Context()), url+"/v1/chat/completions", question))
	require.NoError(t, err)
	close(returned)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, "the beginning", string(text))
	assert.Equal(t, "500 Internal Server Error: the beginning", rec.Span("chat gpt-4o").StatusMessage)

	// Who closes it does not wait for the rest.
	hang := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusInternalServerError)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	resp, err = (&mutllm.Transport{}).RoundTrip(post(t, rec.Context(t.Context()), hang+"/v1/chat/completions", question))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
}
