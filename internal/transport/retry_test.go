package transport

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A script answers each attempt in turn, and remembers when it came. It runs in
// a bubble of synctest, so that pauses take no time and are exact.
type script struct {
	answers []roundTripper
	began   time.Time
	at      []time.Duration // since began
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	defer r.Body.Close()
	s.at = append(s.at, time.Since(s.began))
	next := s.answers[0]
	s.answers = s.answers[1:]
	return next(r)
}

// round plays a script of answers, and returns it with the outcome. It panics if
// there are more attempts than answers.
func round(ctx context.Context, answers ...roundTripper) (*script, *Error) {
	s := &script{answers: answers, began: time.Now()}
	return s, New(&http.Client{Transport: s}, "https://api.example.com", key).Round(ctx, newBody("x"))
}

func status(code int) roundTripper {
	return func(*http.Request) (*http.Response, error) { return answer(code, nil, ""), nil }
}

func retryIn(header string) roundTripper {
	return func(*http.Request) (*http.Response, error) {
		return answer(429, http.Header{"Retry-After": {header}}, ""), nil
	}
}

func broken(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }

// hang waits for the end of the request's context.
func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, context.Cause(r.Context())
}

func TestRoundEndsWithTheFirstFinalAnswer(t *testing.T) {
	for _, tt := range []struct {
		name     string
		answers  []roundTripper
		attempts int
		status   int // -1: no error; 0: no answer
	}{
		{"accepted", []roundTripper{status(200)}, 1, -1},
		{"accepted without content", []roundTripper{status(204)}, 1, -1},
		{"accepted at the third", []roundTripper{status(500), broken, status(201)}, 3, -1},
		{"never", []roundTripper{status(500), status(502), status(503)}, 3, 503},
		{"never reached", []roundTripper{broken, broken, broken}, 3, 0},
		{"key is wrong", []roundTripper{status(401)}, 1, 401},
		{"too large", []roundTripper{status(413)}, 1, 413},
		{"redirect", []roundTripper{status(308)}, 1, 308},
		{"rejected at the second", []roundTripper{status(408), status(400)}, 2, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := round(t.Context(), tt.answers...)
				require.Len(t, s.at, tt.attempts, "attempts")
				if tt.status < 0 {
					require.Nil(t, err)
					return
				}
				require.NotNil(t, err)
				require.Equal(t, tt.status, err.Status, "the last attempt's failure is the round's")
			})
		})
	}
}

// TestPausesAreJittered: clients that failed together must not come back
// together, so a pause is anything up to a limit, which is four times as long
// after each attempt.
func TestPausesAreJittered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := map[time.Duration]bool{}
		for range 200 {
			s, _ := round(t.Context(), status(500), status(500), status(500))
			first, second := s.at[1]-s.at[0], s.at[2]-s.at[1]
			require.Positive(t, first)
			require.LessOrEqual(t, first, firstPause)
			require.Positive(t, second)
			require.LessOrEqual(t, second, 4*firstPause)
			seen[first], seen[second] = true, true
		}
		require.Greater(t, len(seen), 350, "different pauses of 400")
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := round(t.Context(), retryIn("2"), retryIn("5"), status(200))
		require.Nil(t, err)
		require.Equal(t, []time.Duration{0, 2 * time.Second, 7 * time.Second}, s.at)

		date := time.Now().Add(3 * time.Second).UTC().Format(http.TimeFormat)
		s, err = round(t.Context(), retryIn(date), status(200))
		require.Nil(t, err)
		require.Equal(t, 3*time.Second, s.at[1])

		s, err = round(t.Context(), retryIn("6"))
		require.Len(t, s.at, 1, "a longer pause is not for a round to make")
		require.Equal(t, 6*time.Second, err.RetryAfter, "but for the caller")

		s, err = round(t.Context(), retryIn("tomorrow"), status(200))
		require.Nil(t, err)
		require.LessOrEqual(t, s.at[1], firstPause, "what cannot be read counts as not said")
	})
}

// TestNoAnswerIsTriedAgainAtOnce: it may be just a connection that was kept too
// long. The next failure is another matter.
func TestNoAnswerIsTriedAgainAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := round(t.Context(), broken, broken, status(200))
		require.Nil(t, err)
		require.Zero(t, s.at[1])
		require.Greater(t, s.at[2], s.at[1])
	})
}

func TestContextEndsDuringPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		s, err := round(ctx, retryIn("3"))
		require.Len(t, s.at, 1, "no further attempt")
		require.Equal(t, time.Second, time.Since(s.began), "and no waiting for the pause to end")
		require.Equal(t, 429, err.Status, "the failure is the server's, not the context's")
	})
}

func TestContextEndsDuringAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s, err := round(ctx, hang)
		require.Len(t, s.at, 1)
		require.Equal(t, time.Second, time.Since(s.began))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestContextHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s, err := round(ctx, hang)
		require.ErrorIs(t, err, context.Canceled)
		require.Zero(t, time.Since(s.began))
	})
}

// TestServerThatNeverAnswers: each attempt has its time, and a round its bound.
func TestServerThatNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := round(t.Context(), hang, hang, status(200))
		require.Nil(t, err, "an attempt that timed out does not spoil the next")
		require.GreaterOrEqual(t, s.at[1], 10*time.Second)
		require.LessOrEqual(t, s.at[1], 10*time.Second+firstPause)

		s, err = round(t.Context(), hang, hang, hang)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.LessOrEqual(t, time.Since(s.began), 30*time.Second+5*firstPause)
	})
}

// TestClientIsTheirs: a client that was given is not changed.
func TestClientIsTheirs(t *testing.T) {
	theirs := &closeCounter{}
	client := &http.Client{Transport: theirs}
	tr := New(client, "https://api.example.com", key)
	require.Nil(t, client.CheckRedirect)
	tr.Close()
	require.Zero(t, theirs.closed, "its connections are in use elsewhere")
}

type closeCounter struct {
	http.RoundTripper
	closed int
}

func (c *closeCounter) CloseIdleConnections() { c.closed++ }
