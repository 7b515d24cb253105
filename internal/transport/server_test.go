package transport

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// listen starts a server on the loopback that is no HTTP server: serve has each
// connection to itself. It returns the server's URL.
func listen(t *testing.T, serve func(net.Conn)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				serve(conn)
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return "http://" + l.Addr().String()
}

// readRequest reads a whole request. It returns the request and its bytes.
func readRequest(conn io.Reader) (*http.Request, string, error) {
	var raw strings.Builder
	r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &raw)))
	if err == nil {
		_, err = io.Copy(io.Discard, r.Body)
	}
	return r, raw.String(), err
}

// client returns a Transport with connections of its own.
func client(t *testing.T, url string) *Transport {
	tr := New(nil, url, key)
	t.Cleanup(tr.Close)
	return tr
}

// TestRequest pins what a server sees, byte for byte.
func TestRequest(t *testing.T) {
	requests := make(chan string, 1)
	url := listen(t, func(conn net.Conn) {
		_, raw, err := readRequest(conn)
		if err == nil {
			requests <- raw
			fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	})
	body := newBody("x")
	require.Nil(t, client(t, url+"/api/traces").attempt(t.Context(), body))

	want := "POST /api/traces HTTP/1.1\r\n" +
		"Host: " + strings.TrimPrefix(url, "http://") + "\r\n" +
		"User-Agent: mutagent-go/" + wire.Version + "\r\n" +
		"Content-Length: " + fmt.Sprint(body.Size()) + "\r\n" +
		"Content-Type: application/json\r\n" +
		"X-Api-Key: " + key + "\r\n" +
		"Accept-Encoding: gzip\r\n" +
		"\r\n" +
		text(t, body)
	require.Equal(t, want, <-requests, "the key in its header alone, and no Idempotency-Key")
}

// TestAnswers has a server answer with these bytes, and close the connection.
func TestAnswers(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answer  string
		verdict Verdict // of an error
		status  int     // -1: accepted; 0: no answer
		says    string
	}{
		{"accepted", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 0, -1, ""},
		{"accepted with garbage", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\x00\xff<br>", 0, -1, ""},
		{"accepted at length", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 2*maxAnswer), 0, -1, ""},
		{"accepted, but the answer breaks off", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", Retry, 0, "the answer broke off: unexpected EOF"},
		{"accepted, but the chunks break off", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", Retry, 0, "the answer broke off: unexpected EOF"},
		{"accepted, but the answer is not what it says", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", Retry, 0, "the answer broke off"},
		{"rejected, and the answer breaks off", "HTTP/1.1 400 Bad Request\r\nContent-Length: 100\r\n\r\n{", Rejected, 400, "400 Bad Request"},
		{"failed, and the answer breaks off", "HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\n{", Retry, 500, "500 Internal Server Error"},
		{"nothing", "", Retry, 0, "EOF"},
		{"half a header", "HTTP/1.1 200 OK\r\nContent-Le", Retry, 0, "malformed MIME header"},
		{"garbage", "\x00\x01\x02\r\n\r\n", Retry, 0, "malformed HTTP response"},
		{"another protocol", "SSH-2.0-OpenSSH_9.9\r\n", Retry, 0, "malformed HTTP response"},
		{"the key, as HTTP", "HTTP/1.1 " + key + "\r\n\r\n", Retry, 0, "<api key>"},
		{"the key, as a header", "HTTP/1.1 200 OK\r\n" + key + "\r\n\r\n", Retry, 0, "<api key>"},
		{"the key, as the reason", "HTTP/1.1 401 " + key + "\r\nContent-Length: 0\r\n\r\n", Rejected, 401, "401 Unauthorized"},
		{"the key, as an error", "HTTP/1.1 400 Bad Request\r\n\r\n{\"error\":{\"message\":\"mt_\\\"\\\\secret\"}}", Rejected, 400, "<api key>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := listen(t, func(conn net.Conn) {
				if _, _, err := readRequest(conn); err == nil {
					io.WriteString(conn, tt.answer)
				}
			})
			err := client(t, url).attempt(t.Context(), newBody("x"))
			if tt.status < 0 {
				require.Nil(t, err)
				return
			}
			require.NotNil(t, err)
			require.Equal(t, tt.verdict, err.Verdict)
			require.Equal(t, tt.status, err.Status)
			require.ErrorContains(t, err, tt.says)
			require.NotContains(t, err.Error(), "secret", "the key does not show")
		})
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	failure := client(t, "http://"+l.Addr().String()).attempt(t.Context(), newBody("x"))
	require.NotNil(t, failure)
	require.Equal(t, Retry, failure.Verdict)
	require.ErrorContains(t, failure, "connection refused")
}

// TestRedirectIsNotFollowed, not even to the same server: it would turn the POST
// into a GET, or take the key to somebody else.
func TestRedirectIsNotFollowed(t *testing.T) {
	var followed atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer elsewhere.Close()
	for _, code := range []int{301, 302, 303, 307, 308} {
		var requests atomic.Int64
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			http.Redirect(w, r, elsewhere.URL+"/api/traces", code)
		}))
		err := client(t, srv.URL).Round(t.Context(), newBody("x"))
		srv.Close()
		require.NotNil(t, err)
		require.Equal(t, Rejected, err.Verdict, "it would be the same the next time")
		require.Equal(t, code, err.Status)
		require.ErrorContains(t, err, fmt.Sprintf("to %q; redirects are not followed", elsewhere.URL+"/api/traces"))
		require.EqualValues(t, 1, requests.Load())
	}
	require.Zero(t, followed.Load(), "requests where the redirect points")
}

// TestBodyIsWholeEachTime: the third attempt sends what the first did.
func TestBodyIsWholeEachTime(t *testing.T) {
	var bodies []string // one request at a time
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		all, err := io.ReadAll(r.Body)
		if err == nil {
			bodies = append(bodies, string(all))
		}
		if len(bodies) < 3 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer srv.Close()
	body := newBody(strings.Repeat("x", 1<<20))
	require.Nil(t, client(t, srv.URL).Round(t.Context(), body))
	want := text(t, body)
	require.Len(t, bodies, 3)
	for i, got := range bodies {
		require.True(t, got == want, "attempt %d sent %d bytes, which are not the body's %d", i+1, len(got), len(want))
	}
}

// TestServerDoesNotRead: a body that the server had enough of must be let go of.
func TestServerDoesNotRead(t *testing.T) {
	url := listen(t, func(conn net.Conn) {
		io.ReadFull(conn, make([]byte, 1000))
		fmt.Fprint(conn, "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
	})
	body := newBody(strings.Repeat("x", 32<<20))
	err := client(t, url).attempt(t.Context(), body)
	require.NotNil(t, err)
	for body.Busy() { // net/http closes it in a goroutine of its own
		runtime.Gosched()
	}
}

// TestDeadConnections has a server that keeps each connection open after an
// answer and closes it on the next request, as a load balancer does whose idle
// timeout has passed, or one that was there before a freeze. The request is read
// but not answered, so only a client that knows it may be repeated will do so.
func TestDeadConnections(t *testing.T) {
	const posts = 50
	var mu sync.Mutex
	var got []string
	url := listen(t, func(conn net.Conn) {
		_, raw, err := readRequest(conn)
		if err != nil {
			return
		}
		mu.Lock()
		got = append(got, raw[strings.Index(raw, "\r\n\r\n")+4:])
		mu.Unlock()
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		readRequest(conn)
	})
	tr := client(t, url)
	var want []string
	for i := range posts {
		body := newBody(fmt.Sprint("span ", i))
		err := tr.attempt(t.Context(), body)
		require.Nil(t, err, "post %d was lost to a dead connection", i)
		want = append(want, text(t, body))
	}
	require.Equal(t, want, got)
}

// TestClose: idle connections of its own do not outlive a Transport.
func TestClose(t *testing.T) {
	closed := make(chan struct{})
	url := listen(t, func(conn net.Conn) {
		readRequest(conn)
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		io.Copy(io.Discard, conn) // until the client hangs up
		close(closed)
	})
	tr := New(nil, url, key)
	require.Nil(t, tr.attempt(context.Background(), newBody("x")))
	tr.Close()
	<-closed
}
