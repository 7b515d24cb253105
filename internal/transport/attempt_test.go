package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/wire"
)

const key = `mt_"\secret` // a key may hold what %q escapes

// newBody is a request that carries one span of that name.
func newBody(name string) *wire.Body {
	var b wire.Batch
	b.Add(&wire.Span{TraceID: wire.TraceID{1}, ID: wire.SpanID{1}, Kind: "tool", Name: name, Start: time.Unix(0, 0)})
	return b.Body("0190b5a8-1c2d-7e3f-8a4b-5c6d7e8f9a0b", &wire.Header{Source: "sdk"}, wire.Lost{})
}

func text(t *testing.T, body *wire.Body) string {
	r := body.Open()
	defer r.Close()
	all, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(all)
}

func TestVerdict(t *testing.T) {
	for verdictOf, statuses := range map[Verdict][]int{
		Retry:    {408, 429, 500, 501, 502, 503, 504, 529, 599},
		TooLarge: {413},
		Rejected: {100, 101, 300, 301, 304, 307, 400, 401, 402, 403, 404, 405, 409, 410, 411, 415, 422, 425, 431, 451},
	} {
		for _, status := range statuses {
			require.Equal(t, verdictOf, verdict(status), "verdict(%d)", status)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"":                               0,
		"0":                              0,
		"1":                              time.Second,
		" 120 ":                          2 * time.Minute,
		"2147483647":                     2147483647 * time.Second,
		"2147483648":                     0, // nobody means that
		"99999999999999999999":           0,
		"-1":                             0,
		"+1":                             0,
		"1.5":                            0,
		"soon":                           0,
		"Mon, 23 Nov 2026 09:30:07 GMT":  7 * time.Second,
		"Monday, 23-Nov-26 09:30:07 GMT": 7 * time.Second,
		"Mon Nov 23 09:30:07 2026":       7 * time.Second,
		"Mon, 23 Nov 2026 09:29:00 GMT":  0, // was a minute ago
		"Mon, 23 Nov 2026 09:30:07":      0,
		"2026-11-23T09:30:07Z":           0,
	} {
		require.Equal(t, want, retryAfter(header, now), "retryAfter(%q)", header)
	}
}

// A roundTripper answers without a network.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	defer r.Body.Close()
	return f(r)
}

func answer(status int, header http.Header, body string) *http.Response {
	return &http.Response{StatusCode: status, Status: fmt.Sprint(status, " ", http.StatusText(status)), Header: header, Body: io.NopCloser(strings.NewReader(body))}
}

// attemptWith makes an attempt that is answered so.
func attemptWith(f roundTripper) *Error {
	return New(&http.Client{Transport: f}, "https://api.example.com/api/traces", key).attempt(context.Background(), newBody("x"))
}

func TestErrorText(t *testing.T) {
	location := func(to string) http.Header { return http.Header{"Location": {to}} }
	for name, tt := range map[string]struct {
		answer *http.Response
		want   string
	}{
		"nothing known":        {answer(404, nil, ""), "the server answered 404 Not Found"},
		"no JSON":              {answer(502, nil, "<html>Bad Gateway</html>"), "the server answered 502 Bad Gateway"},
		"unknown status":       {answer(599, nil, ""), "the server answered 599"},
		"envelope":             {answer(400, nil, `{"error":{"code":"VALIDATION_ERROR","message":"spans[0].kind is missing","details":["secret"]},"meta":{"requestId":"r"}}`), `the server answered 400 Bad Request: "VALIDATION_ERROR": "spans[0].kind is missing"`},
		"other JSON":           {answer(400, nil, `{"error":"what the request said","detail":"what it said"}`), "the server answered 400 Bad Request"},
		"key is wrong":         {answer(401, nil, `{"error":{"message":"no such key"}}`), `the server answered 401 Unauthorized: "no such key"; check the API key`},
		"key may not":          {answer(403, nil, ""), "the server answered 403 Forbidden; check the API key"},
		"redirect":             {answer(307, location("https://eu.example.com/"), ""), `the server answered 307 Temporary Redirect to "https://eu.example.com/"; redirects are not followed, set the endpoint to where it really is`},
		"control characters":   {answer(400, nil, "{\"error\":{\"code\":\"\\u001b[31mred\",\"message\":\"a\\nb\xff\"}}"), `the server answered 400 Bad Request: "\x1b[31mred": "a\nb\xff"`},
		"reason phrase":        {&http.Response{StatusCode: 400, Status: "400 \x1b[31m" + key, Body: http.NoBody}, "the server answered 400 Bad Request"},
		"key in the code":      {answer(400, nil, `{"error":{"code":"mt_\"\\secret is no key"}}`), `the server answered 400 Bad Request: "<api key> is no key"`},
		"key in the message":   {answer(401, nil, `{"error":{"message":"what is \u006dt_\"\\secret?"}}`), `the server answered 401 Unauthorized: "what is <api key>?"; check the API key`},
		"key in the location":  {answer(302, location("https://example.com/"+key), ""), `the server answered 302 Found to "https://example.com/<api key>"; redirects are not followed, set the endpoint to where it really is`},
		"key where text stops": {answer(400, nil, `{"error":{"message":"`+strings.Repeat("x", 295)+`mt_\"\\secret"}}`), `the server answered 400 Bad Request: "` + strings.Repeat("x", 295) + `<api "`},
	} {
		t.Run(name, func(t *testing.T) {
			err := attemptWith(func(*http.Request) (*http.Response, error) { return tt.answer, nil })
			require.EqualError(t, err, tt.want)
			require.Equal(t, tt.answer.StatusCode, err.Status)
		})
	}
}

// TestNoAnswer: whatever prevents an answer, the body stays, and the cause can be
// told unless it holds the key.
func TestNoAnswer(t *testing.T) {
	cause := errors.New("connection reset by peer")
	err := attemptWith(func(*http.Request) (*http.Response, error) { return nil, cause })
	require.ErrorIs(t, err, cause)
	require.EqualError(t, err, `Post "https://api.example.com/api/traces": connection reset by peer`)
	require.Equal(t, Retry, err.Verdict)
	require.Zero(t, err.Status)

	err = attemptWith(func(*http.Request) (*http.Response, error) { return nil, fmt.Errorf("malformed answer %q", key) })
	require.EqualError(t, err, `Post "https://api.example.com/api/traces": malformed answer "<api key>"`)
	require.NotContains(t, errors.Unwrap(err).Error(), "secret", "the cause does not know it either")

	err = attemptWith(func(*http.Request) (*http.Response, error) { return nil, errors.New(strings.Repeat("x", 1<<20)) })
	require.Len(t, err.Error(), maxText)
}

// TestEndlessAnswer: an accepted body is accepted, however much the server says.
func TestEndlessAnswer(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(strings.Repeat("x", maxAnswer)), iotest.ErrReader(errors.New("read on")))
	err := attemptWith(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(endless)}, nil
	})
	require.Nil(t, err)
}

// FuzzAnswer: whatever a server answers, the error has a bounded text of
// printable characters, and not the key.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "", "", []byte(`{"data":{}}`))
	f.Add(401, "1", "", []byte(`{"error":{"code":"UNAUTHORIZED","message":"`+key+`"}}`))
	f.Add(302, "", "/elsewhere", []byte(nil))
	f.Add(503, "Mon, 23 Nov 2026 09:30:07 GMT", "\x1b", []byte("{\"error\":{\"message\":\"\x00\xff\"}}"))
	f.Fuzz(func(t *testing.T, status int, retryAfter, location string, body []byte) {
		err := attemptWith(func(*http.Request) (*http.Response, error) {
			return answer(status, http.Header{"Retry-After": {retryAfter}, "Location": {location}}, string(body)), nil
		})
		if err == nil {
			require.Equal(t, 2, status/100)
			return
		}
		require.GreaterOrEqual(t, err.RetryAfter, time.Duration(0))
		said := err.Error()
		require.NotContains(t, said, key)
		require.Less(t, len(said), 8<<10)
		require.True(t, utf8.ValidString(said), "%q", said)
		if !errors.As(err, new(*url.Error)) { // net/http quotes a Location that is no URL by itself
			require.NotRegexp(t, `[\x00-\x1f\x7f]`, said)
		}
	})
}
