package sender_test

import (
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/sender"
)

func status(code int, header ...string) transport {
	return func(_ int, req *http.Request) (*http.Response, error) { return respond(req, code, "", header...), nil }
}

func respond(req *http.Request, code int, text string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: code, Header: h, Body: io.NopCloser(strings.NewReader(text)), Request: req}
}

// then returns a transport that answers the first request with one transport and later
// requests with another.
func then(first, later transport) transport {
	return func(n int, req *http.Request) (*http.Response, error) {
		if n == 1 {
			return first(n, req)
		}
		return later(n, req)
	}
}

func refuse(int, *http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }

func silence(_ int, req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// TestRound checks how often a round tries, and how long that takes.
func TestRound(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		answer      transport
		verdict     destination.Verdict
		requests    int
		least, most time.Duration
		err         string
	}{
		"accepted":                    {status(200), destination.Accepted, 1, 0, 0, ""},
		"refused":                     {status(401), destination.Refused, 1, 0, 0, "the server answered 401 Unauthorized; look at the key"},
		"not now":                     {status(503), destination.Later, 3, 0, s + s/4 + 2, "the server answered 503 Service Unavailable"},
		"not now, then accepted":      {then(status(503), status(200)), destination.Accepted, 2, 0, s/4 + 1, ""},
		"no answer, then accepted":    {then(refuse, status(200)), destination.Accepted, 2, 0, 0, ""},
		"no answer":                   {refuse, destination.Later, 3, 0, s/4 + 1, "connection refused"},
		"silence":                     {silence, destination.Later, 3, 30 * s, 30*s + s/4 + 1, "deadline exceeded"},
		"in two seconds":              {status(503, "Retry-After", "2"), destination.Later, 3, 4 * s, 4 * s, "503"},
		"in two seconds, by a date":   {then(status(503, "Retry-After", inTwoSeconds), status(200)), destination.Accepted, 2, 2 * s, 2 * s, ""},
		"in a minute":                 {status(503, "Retry-After", "60"), destination.Later, 1, 0, 0, "503"},
		"at a time that is no time":   {status(503, "Retry-After", "soon"), destination.Later, 3, 0, s + s/4 + 2, "503"},
		"the HTTP client panics":      {func(int, *http.Request) (*http.Response, error) { panic("oops") }, destination.Later, 3, 0, s/4 + 1, "the HTTP client panicked: oops"},
		"the HTTP client exits":       {func(int, *http.Request) (*http.Response, error) { runtime.Goexit(); return nil, nil }, destination.Later, 1, 0, 0, "the HTTP client ended its goroutine"},
		"an answer that breaks off":   {broken(200), destination.Later, 3, 0, s/4 + 1, "the answer broke off: unexpected EOF"},
		"a failure that breaks off":   {broken(401), destination.Refused, 1, 0, 0, "401"},
		"accepted, and a long answer": {long, destination.Accepted, 1, 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				r, requests := round(t, c.answer)
				took := time.Since(began)
				assert.Equal(t, c.verdict, r.Verdict)
				assert.Equal(t, c.requests, requests)
				assert.GreaterOrEqual(t, took, c.least)
				assert.LessOrEqual(t, took, c.most)
				if c.err == "" {
					assert.NoError(t, r.Err)
				} else {
					assert.ErrorContains(t, r.Err, c.err)
				}
				if name == "in a minute" {
					assert.Equal(t, time.Minute, r.RetryAfter)
				}
				require.True(t, r.Body.Release(), "no reader is open")
			})
		})
	}
}

// inTwoSeconds is a date on synctest's clock, which begins at midnight.
var inTwoSeconds = time.Date(2000, 1, 1, 0, 0, 2, 0, time.UTC).Format(http.TimeFormat)

func broken(code int) transport {
	return func(_ int, req *http.Request) (*http.Response, error) {
		resp := respond(req, code, "")
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader("half"), fails{}))
		return resp, nil
	}
}

type fails struct{}

func (fails) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// long returns an endless answer. Only a bounded part of it is read.
func long(_ int, req *http.Request) (*http.Response, error) {
	resp := respond(req, 200, "")
	resp.Body = io.NopCloser(endless{})
	return resp, nil
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestCancel checks that rounds end when cancelled, whether they wait for an answer or
// for the next attempt.
func TestCancel(t *testing.T) {
	for name, answer := range map[string]transport{"an answer": silence, "an attempt": status(503, "Retry-After", "5")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := sender.New(sender.Options{
					Destination: toy{url: "https://service.example"},
					Client:      &http.Client{Transport: &counting{answer: answer}},
				})
				result := make(chan sender.Result, 1)
				s.Begin(time.Now(), 1, body, func(r sender.Result) { result <- r })
				synctest.Wait()
				began := time.Now()
				s.Cancel()
				r := <-result
				assert.Equal(t, destination.Later, r.Verdict)
				assert.Error(t, r.Err)
				assert.Zero(t, time.Since(began))
			})
		})
	}
}

// TestPace checks the pauses after failed rounds, which grow up to half a minute.
// Rounds that ran together count as one failure.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sender.New(sender.Options{
			Destination: toy{url: "https://service.example"}, Client: &http.Client{Transport: &counting{answer: status(200)}},
		})
		assert.Equal(t, sender.MaxRounds, s.Slots())
		rest := func(round int) time.Duration {
			s.Rest(round, 0)
			return time.Until(s.RestTo())
		}
		first, second := begin(s).Round, begin(s).Round
		assert.LessOrEqual(t, rest(first), time.Second/4)
		assert.True(t, s.Failing())
		assert.Equal(t, 1, s.Slots(), "one at a time feels its way")
		rest(second)
		assert.Less(t, rest(begin(s).Round), time.Second/2, "the second had begun when the first failed, and counts with it")

		longest := time.Duration(0)
		for range 20 {
			longest = max(longest, rest(begin(s).Round))
		}
		assert.Greater(t, longest, 15*time.Second)
		assert.LessOrEqual(t, longest, 30*time.Second)

		s.Succeeded()
		assert.False(t, s.Failing())
		assert.Zero(t, s.RestTo())
		s.Rest(begin(s).Round, 7*time.Second)
		assert.Equal(t, 7*time.Second, time.Until(s.RestTo()), "the server's word counts")
		s.Rest(begin(s).Round, time.Hour)
		assert.Equal(t, 30*time.Second, time.Until(s.RestTo()), "but not for ever")
	})
}
