package muthttp_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/muthttp"
)

// interfaces names what a handler may ask of a ResponseWriter.
func interfaces(w http.ResponseWriter) string {
	var names []string
	if _, ok := w.(http.Flusher); ok {
		names = append(names, "Flusher")
	}
	if _, ok := w.(http.Hijacker); ok {
		names = append(names, "Hijacker")
	}
	if _, ok := w.(http.Pusher); ok {
		names = append(names, "Pusher")
	}
	//lint:ignore SA1019 gin asks for it
	if _, ok := w.(http.CloseNotifier); ok {
		names = append(names, "CloseNotifier")
	}
	return strings.Join(names, " ")
}

// Parts that a ResponseWriter may have.
type (
	plain     struct{ http.ResponseWriter }
	flushes   struct{ did *string }
	hijacks   struct{ did *string }
	pushes    struct{ did *string }
	notifies  struct{ did *string }
	notifying interface{ CloseNotify() <-chan bool }
)

func (f flushes) Flush() { *f.did += "flushed " }
func (h hijacks) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	*h.did += "hijacked "
	return nil, nil, errors.New("no")
}
func (p pushes) Push(string, *http.PushOptions) error { *p.did += "pushed "; return nil }
func (n notifies) CloseNotify() <-chan bool           { *n.did += "notified "; return nil }

// writers returns a writer of each combination of parts, which notes in did what was
// asked of it.
func writers(did *string) []http.ResponseWriter {
	w := plain{httptest.NewRecorder()}
	f, h, p, n := flushes{did}, hijacks{did}, pushes{did}, notifies{did}
	return []http.ResponseWriter{
		w,
		struct {
			plain
			flushes
		}{w, f},
		struct {
			plain
			hijacks
		}{w, h},
		struct {
			plain
			pushes
		}{w, p},
		struct {
			plain
			notifies
		}{w, n},
		struct {
			plain
			flushes
			hijacks
		}{w, f, h},
		struct {
			plain
			flushes
			pushes
		}{w, f, p},
		struct {
			plain
			flushes
			notifies
		}{w, f, n},
		struct {
			plain
			hijacks
			pushes
		}{w, h, p},
		struct {
			plain
			hijacks
			notifies
		}{w, h, n},
		struct {
			plain
			pushes
			notifies
		}{w, p, n},
		struct {
			plain
			flushes
			hijacks
			pushes
		}{w, f, h, p},
		struct {
			plain
			flushes
			hijacks
			notifies
		}{w, f, h, n},
		struct {
			plain
			flushes
			pushes
			notifies
		}{w, f, p, n},
		struct {
			plain
			hijacks
			pushes
			notifies
		}{w, h, p, n},
		struct {
			plain
			flushes
			hijacks
			pushes
			notifies
		}{w, f, h, p, n},
	}
}

// TestHandlerInterfaces: what the writer within can do, the one that is given out
// can, and no more.
func TestHandlerInterfaces(t *testing.T) {
	use := func(w http.ResponseWriter) {
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		if h, ok := w.(http.Hijacker); ok {
			_, _, _ = h.Hijack()
		}
		if p, ok := w.(http.Pusher); ok {
			_ = p.Push("/", nil)
		}
		if n, ok := w.(notifying); ok {
			n.CloseNotify()
		}
		_ = http.NewResponseController(w).Flush()
		_, _, _ = http.NewResponseController(w).Hijack()
	}
	seen := map[string]bool{}
	var did string
	for _, w := range writers(&did) {
		did = ""
		use(w)
		want := did
		did = ""
		muthttp.Handler(http.HandlerFunc(func(got http.ResponseWriter, _ *http.Request) {
			seen[interfaces(got)] = true
			assert.Equal(t, interfaces(w), interfaces(got))
			use(got)
			assert.Equal(t, want, did, interfaces(w))
		})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	}
	assert.Len(t, seen, 16)
}

// sameRequests are made of a server with and without Handler. What the handlers
// note of them must be the same.
var sameRequests = map[string]struct {
	handler func(note func(string, ...any)) http.Handler // has a mux outside and one inside if it wants
	outer   func(traced http.Handler, note func(string, ...any)) http.Handler
	request string
}{
	"trailers that were not announced": {
		handler: func(note func(string, ...any)) http.Handler {
			return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				note("body %q %v trailer %v", body, err, r.Trailer)
			})
		},
		request: "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n",
	},
	"trailers that were announced": {
		handler: func(note func(string, ...any)) http.Handler {
			return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				note("before %v", r.Trailer)
				_, err := io.ReadAll(r.Body)
				note("%v trailer %v", err, r.Trailer)
			})
		},
		request: "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n",
	},
	"path values of a mux outside": {
		handler: func(note func(string, ...any)) http.Handler {
			return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { note("id %q", r.PathValue("id")) })
		},
		outer: func(traced http.Handler, _ func(string, ...any)) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("/orders/{id}", traced)
			return mux
		},
		request: "GET /orders/7 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	},
	"path values of a mux inside": {
		handler: func(note func(string, ...any)) http.Handler {
			mux := http.NewServeMux()
			mux.HandleFunc("/orders/{id}/{rest...}", func(_ http.ResponseWriter, r *http.Request) { r.SetPathValue("mine", "x") })
			return mux
		},
		outer: func(traced http.Handler, note func(string, ...any)) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				traced.ServeHTTP(w, r)
				note("id %q rest %q mine %q pattern %q", r.PathValue("id"), r.PathValue("rest"), r.PathValue("mine"), r.Pattern)
			})
		},
		request: "GET /orders/7/a/b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	},
	"the end of the connection": {
		handler: func(note func(string, ...any)) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n, ok := w.(notifying) // as gin's Context.Stream does
				note("%v", ok && n.CloseNotify() != nil)
			})
		},
		request: "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	},
	"100 Continue": {
		handler: func(note func(string, ...any)) http.Handler {
			return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				note("%q %v", body, err)
			})
		},
		request: "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
	},
	"trailers of the answer": {
		handler: func(func(string, ...any)) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Trailer", "X-Sum")
				_, _ = io.WriteString(w, "hi")
				w.Header().Set("X-Sum", "7")
				w.Header().Set(http.TrailerPrefix+"X-More", "8")
			})
		},
		request: "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTE: trailers\r\n\r\n",
	},
}

func TestHandlerIsTransparent(t *testing.T) {
	for name, tt := range sameRequests {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			with := exchange(t, rec, muthttp.Handler, tt.handler, tt.outer, tt.request)
			without := exchange(t, rec, func(h http.Handler) http.Handler { return h }, tt.handler, tt.outer, tt.request)
			assert.Equal(t, without, with)
			assert.Len(t, rec.Spans(), 1)
		})
	}
}

// exchange sends a request as it is and returns what was noted, and the answer.
func exchange(t *testing.T, rec *mutest.Recorder, wrap func(http.Handler) http.Handler, handler func(func(string, ...any)) http.Handler, outer func(http.Handler, func(string, ...any)) http.Handler, request string) string {
	t.Helper()
	var notes strings.Builder
	note := func(format string, args ...any) { fmt.Fprintf(&notes, format+"\n", args...) }
	h := wrap(handler(note))
	if outer != nil {
		h = outer(h, note)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		h.ServeHTTP(w, r)
	}))
	server.Config.BaseContext = func(net.Listener) context.Context { return rec.Context(context.Background()) }
	server.Start()
	defer server.Close()
	conn, err := net.DialTimeout("tcp", server.Listener.Addr().String(), 5*time.Second)
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	answer, err := io.ReadAll(conn)
	require.NoError(t, err)
	server.Close()
	return notes.String() + string(answer)
}

// A Transport that is the default itself sends by net/http's own.
func TestTransportIsDefault(t *testing.T) {
	before := http.DefaultTransport
	defer func() { http.DefaultTransport = before }()
	rec := mutest.New(t)
	server, _ := serve(t, rec, http.NotFoundHandler())
	for _, d := range []http.RoundTripper{&muthttp.Transport{}, nil} {
		http.DefaultTransport = d
		status, _ := send(t, &http.Client{Transport: &muthttp.Transport{}}, request(t, t.Context(), http.MethodGet, server.URL, nil))
		assert.Equal(t, 404, status)
		if d != nil {
			status, _ = send(t, http.DefaultClient, request(t, t.Context(), http.MethodGet, server.URL, nil))
			assert.Equal(t, 404, status)
		}
	}
}
