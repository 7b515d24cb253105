package sender_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/sender"
)

// TestRequest checks what is sent over the wire.
func TestRequest(t *testing.T) {
	var got *http.Request
	var text []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		text, _ = io.ReadAll(req.Body)
		got = req
	}))
	defer server.Close()
	s := sender.New(sender.Options{Destination: toy{url: server.URL + "/spans"}})
	defer s.Close()
	require.NoError(t, begin(s).Err)
	assert.Equal(t, "POST /spans", got.Method+" "+got.URL.Path)
	assert.Equal(t, "one two", string(text))
	assert.EqualValues(t, len(text), got.ContentLength, "sent as a whole, not in chunks")
	assert.Equal(t, "secret", got.Header.Get("X-Key"))
	assert.True(t, strings.HasPrefix(got.UserAgent(), "mutagent-go/"), got.UserAgent())
	assert.NotContains(t, got.Header, "Idempotency-Key")
}

// TestRedirect checks that the API key is not sent to another host.
func TestRedirect(t *testing.T) {
	var strayed atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	s := sender.New(sender.Options{Destination: toy{url: server.URL}})
	defer s.Close()
	r := begin(s)
	assert.Equal(t, destination.Later, r.Verdict)
	assert.ErrorContains(t, r.Err, "307")
	assert.Zero(t, strayed.Load())
}

// TestDeadConnection checks that a dead keep-alive connection costs no attempt and no
// time: net/http repeats the request on a new one.
func TestDeadConnection(t *testing.T) {
	var served atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		if served.Add(1) == 2 { // the connection breaks when it is reused
			conn, _, err := w.(http.Hijacker).Hijack()
			if assert.NoError(t, err) {
				conn.Close()
			}
		}
	}))
	defer server.Close()
	c := &counting{answer: func(_ int, req *http.Request) (*http.Response, error) { return http.DefaultTransport.RoundTrip(req) }}
	s := sender.New(sender.Options{Destination: toy{url: server.URL}, Client: &http.Client{Transport: c}})
	defer s.Close()
	require.NoError(t, begin(s).Err)
	require.NoError(t, begin(s).Err)
	assert.EqualValues(t, 3, served.Load())
	assert.Equal(t, 2, c.n, "attempts")
}

// TestWords checks that the user sees a server's message as one short line without
// secrets.
func TestWords(t *testing.T) {
	mask := func(text string) string { return strings.ReplaceAll(text, "secret", "***") }
	for said, want := range map[string]string{
		"":                                  "the server answered 503 Service Unavailable",
		"no room":                           "the server answered 503 Service Unavailable: no room",
		"two\n  lines":                      "the server answered 503 Service Unavailable: two lines",
		"your key secret is old":            "the server answered 503 Service Unavailable: your key *** is old",
		"\x1b[31mred\x00\u202e":             "the server answered 503 Service Unavailable: [31mred",
		strings.Repeat("word ", 1000):       "",
		strings.Repeat("x", 398) + "secret": "",
	} {
		r, _ := round(t, func(_ int, req *http.Request) (*http.Response, error) {
			return respond(req, 503, said, "Retry-After", "60"), nil
		},
			func(o *sender.Options) { o.Mask = mask })
		assert.NotContains(t, r.Err.Error(), "secret")
		if want != "" {
			assert.EqualError(t, r.Err, want)
		} else {
			assert.Less(t, len(r.Err.Error()), 500)
		}
	}
}

// TestConnection checks the options of the sender's own client, and that a wrong file
// is reported like any other failure to connect.
func TestConnection(t *testing.T) {
	dir := t.TempDir()
	noPEM := filepath.Join(dir, "no.pem")
	require.NoError(t, os.WriteFile(noPEM, []byte("no certificate"), 0o600))
	for file, want := range map[string]string{
		filepath.Join(dir, "absent.pem"): "no such file",
		noPEM:                            "has no certificate in PEM form",
	} {
		s := sender.New(sender.Options{Destination: toy{url: "https://service.example"}, Connection: sender.Connection{Certificate: file}})
		assert.ErrorContains(t, begin(s).Err, want)
		s.Close()
	}

	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	require.NoError(t, err)
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}}
	server.Start()
	defer server.Close()
	s := sender.New(sender.Options{Destination: toy{url: "http://nowhere.example"}, Connection: sender.Connection{Socket: socket}})
	defer s.Close()
	assert.NoError(t, begin(s).Err)
}
