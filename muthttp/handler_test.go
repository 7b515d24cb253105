package muthttp_test

import (
	"bufio"
	"context"
	"io"
	"log"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/muthttp"
)

// serve starts a server that records to rec. After the stop that it returns, all
// handlers have returned.
func serve(t *testing.T, rec *mutest.Recorder, h http.Handler) (server *httptest.Server, stop func()) {
	t.Helper()
	server = httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.BaseContext = func(net.Listener) context.Context { return rec.Context(context.Background()) }
	server.Start()
	t.Cleanup(server.Close)
	return server, server.Close
}

// send sends a request and returns status and body.
func send(t *testing.T, client *http.Client, req *http.Request) (int, string) {
	t.Helper()
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

func request(t *testing.T, ctx context.Context, method, url string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	require.NoError(t, err)
	return req
}

func get(t *testing.T, server *httptest.Server, path string) (int, string) {
	t.Helper()
	return send(t, server.Client(), request(t, t.Context(), http.MethodGet, server.URL+path, nil))
}

func TestHandler(t *testing.T) {
	rec := mutest.New(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		_, end := mutagent.Start(r.Context(), mutagent.KindTool, "lookup")
		defer end()
		_, _ = io.WriteString(w, "order "+r.PathValue("id"))
	})
	mux.HandleFunc("/teapot", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	mux.HandleFunc("/down", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	mux.HandleFunc("/hints", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
		w.WriteHeader(http.StatusInternalServerError) // superfluous, and ignored
	})
	server, stop := serve(t, rec, muthttp.Handler(mux))
	_, text := get(t, server, "/orders/7?key=secret")
	assert.Equal(t, "order 7", text)
	for path, want := range map[string]int{"/teapot": 418, "/down": 503, "/hints": 202, "/nowhere": 404} {
		status, _ := get(t, server, path)
		assert.Equal(t, want, status, path)
	}
	stop()

	assert.Len(t, rec.Traces(), 5, "each request is a trace of its own")
	order := rec.Span("GET /orders/{id}")
	assert.Equal(t, mutagent.KindCustom, order.Kind)
	assert.Equal(t, mutagent.StatusOK, order.Status)
	assert.Equal(t, map[string]any{"http.request.method": "GET", "url.path": "/orders/7", "http.response.status_code": int64(200)}, order.Attributes)
	assert.Equal(t, order.SpanID, rec.Span("lookup").ParentID)
	assert.Equal(t, mutagent.StatusOK, rec.Span("GET /teapot").Status)
	assert.Equal(t, mutagent.StatusError, rec.Span("GET /down").Status)
	assert.Equal(t, "Service Unavailable", rec.Span("GET /down").StatusMessage)
	assert.EqualValues(t, 202, rec.Span("GET /hints").Attributes["http.response.status_code"])
	assert.EqualValues(t, 404, rec.Span("GET").Attributes["http.response.status_code"])
}

// Within a mux the pattern is known from the start, and may name method and host.
func TestHandlerWithinMux(t *testing.T) {
	rec := mutest.New(t)
	mux := http.NewServeMux()
	mux.Handle("GET  127.0.0.1/orders/", muthttp.Handler(http.NotFoundHandler()))
	server, stop := serve(t, rec, mux)
	get(t, server, "/orders/7")
	stop()
	assert.Equal(t, "/orders/7", rec.Span("GET /orders/").Attributes["url.path"])
}

func TestHandlerContinues(t *testing.T) {
	rec := mutest.New(t)
	server, stop := serve(t, rec, muthttp.Handler(http.NotFoundHandler()))
	req := request(t, t.Context(), http.MethodGet, server.URL, nil)
	req.Header.Set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	send(t, server.Client(), req)
	stop()
	span := rec.Span("GET")
	assert.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", span.TraceID)
	assert.Equal(t, "00f067aa0ba902b7", span.ParentID)
}

// A caller that does not record its trace decides so for those that it calls, and
// they tell those that they call.
func TestHandlerNotSampled(t *testing.T) {
	rec := mutest.New(t)
	back, _ := serve(t, rec, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Header.Get("traceparent")+" "+r.Header.Get("tracestate"))
	}))
	front, stop := serve(t, rec, muthttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := &http.Client{Transport: &muthttp.Transport{}}
		defer client.CloseIdleConnections()
		_, text := send(t, client, request(t, r.Context(), http.MethodGet, back.URL, nil))
		_, _ = io.WriteString(w, text)
	})))
	req := request(t, t.Context(), http.MethodGet, front.URL, nil)
	req.Header.Set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02")
	req.Header.Set("tracestate", "rojo=1")
	_, text := send(t, front.Client(), req)
	stop()
	assert.Regexp(t, "^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-02 rojo=1$", text)
	assert.Empty(t, rec.Spans())
}

func TestHandlerPanics(t *testing.T) {
	for name, value := range map[string]any{"a value": "no such order", "to abort": http.ErrAbortHandler} {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			seen := make(chan any, 1)
			inner := muthttp.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(value) }))
			server, stop := serve(t, rec, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer func() {
					p := recover()
					seen <- p
					panic(p)
				}()
				inner.ServeHTTP(w, r)
			}))
			_, err := server.Client().Do(request(t, t.Context(), http.MethodPost, server.URL, nil))
			assert.ErrorIs(t, err, io.EOF, "the server breaks the connection")
			assert.Equal(t, value, <-seen)
			stop()
			span := rec.Span("POST")
			assert.Equal(t, mutagent.StatusError, span.Status)
			assert.True(t, strings.HasPrefix(span.StatusMessage, "panic: "), span.StatusMessage)
			assert.NotContains(t, span.Attributes, "http.response.status_code", "none was sent")
			require.Len(t, span.Events, 1)
			assert.Contains(t, span.Events[0].Attributes["exception.stacktrace"], "handler_test.go")
		})
	}
}

func TestHandlerFlushes(t *testing.T) {
	flushes := map[string]func(http.ResponseWriter) error{
		"Flusher":            func(w http.ResponseWriter) error { w.(http.Flusher).Flush(); return nil },
		"ResponseController": func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
	}
	for name, flush := range flushes {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			read := make(chan struct{})
			server, stop := serve(t, rec, muthttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "1")
				assert.NoError(t, flush(w))
				<-read // the caller has the first byte before there is a second
				_, _ = io.WriteString(w, "2")
			})))
			resp, err := server.Client().Do(request(t, t.Context(), http.MethodGet, server.URL, nil))
			require.NoError(t, err)
			defer resp.Body.Close()
			var first [1]byte
			_, err = io.ReadFull(resp.Body, first[:])
			close(read)
			require.NoError(t, err)
			rest, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, "12", string(first[:])+string(rest))
			stop()
			assert.EqualValues(t, 200, rec.Span("GET").Attributes["http.response.status_code"])
		})
	}
}

func TestHandlerHijacks(t *testing.T) {
	hijacks := map[string]func(http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error){
		"Hijacker": func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) { return w.(http.Hijacker).Hijack() },
		"ResponseController": func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) {
			return http.NewResponseController(w).Hijack()
		},
	}
	for name, hijack := range hijacks {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			done := make(chan struct{})
			traced := muthttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				conn, rw, err := hijack(w)
				if !assert.NoError(t, err) {
					return
				}
				defer conn.Close()
				_, _ = rw.WriteString("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nby hand")
				_ = rw.Flush()
			}))
			server, _ := serve(t, rec, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(done)
				traced.ServeHTTP(w, r)
			}))
			_, text := get(t, server, "/")
			assert.Equal(t, "by hand", text)
			<-done
			assert.NotContains(t, rec.Span("GET").Attributes, "http.response.status_code", "nobody knows what was written")
		})
	}
}

func TestHandlerHTTP2(t *testing.T) {
	rec := mutest.New(t)
	server := httptest.NewUnstartedServer(muthttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "Flusher Pusher CloseNotifier", interfaces(w))
		assert.NoError(t, http.NewResponseController(w).Flush())
		_, _ = io.WriteString(w, r.Proto)
	})))
	server.EnableHTTP2 = true
	server.Config.BaseContext = func(net.Listener) context.Context { return rec.Context(context.Background()) }
	server.StartTLS()
	_, text := get(t, server, "/")
	server.Close()
	assert.Equal(t, "HTTP/2.0", text)
	assert.Equal(t, mutagent.StatusOK, rec.Span("GET").Status)
}

// What a handler may do to a connection reaches it through the wrapper.
func TestHandlerDeadline(t *testing.T) {
	rec := mutest.New(t)
	server, _ := serve(t, rec, muthttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.NoError(t, http.NewResponseController(w).EnableFullDuplex())
		n, err := io.Copy(w, io.LimitReader(strings.NewReader("a long text"), 6))
		assert.NoError(t, err)
		assert.EqualValues(t, 6, n)
	})))
	_, text := get(t, server, "/")
	assert.Equal(t, "a long", text)
}

func TestHandlerCancelled(t *testing.T) {
	rec := mutest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	server, stop := serve(t, rec, muthttp.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
		assert.ErrorIs(t, r.Context().Err(), context.Canceled)
	})))
	_, err := server.Client().Do(request(t, ctx, http.MethodGet, server.URL, nil))
	assert.ErrorIs(t, err, context.Canceled)
	stop()
	assert.Equal(t, mutagent.StatusOK, rec.Span("GET").Status)
}

// Handlers outside see what the mux and the handlers inside found out, as they do
// without tracing; the server needs it to remove the files of a form.
func TestHandlerSharesRequest(t *testing.T) {
	rec := mutest.New(t)
	var files []string
	mux := http.NewServeMux()
	mux.HandleFunc("POST /upload", func(_ http.ResponseWriter, r *http.Request) {
		assert.NoError(t, r.ParseMultipartForm(1))
		f, err := r.MultipartForm.File["file"][0].Open()
		if assert.NoError(t, err) {
			files = append(files, f.(*os.File).Name())
			assert.NoError(t, f.Close())
		}
	})
	traced := muthttp.Handler(mux)
	server, stop := serve(t, rec, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		traced.ServeHTTP(w, r)
		assert.Equal(t, "POST /upload", r.Pattern)
		assert.Equal(t, "v", r.PostForm.Get("k"))
	}))
	var text strings.Builder
	form := multipart.NewWriter(&text)
	require.NoError(t, form.WriteField("k", "v"))
	file, err := form.CreateFormFile("file", "large.txt")
	require.NoError(t, err)
	_, err = io.Copy(file, io.LimitReader(zeros{}, 11<<20)) // more than a form keeps in memory
	require.NoError(t, err)
	require.NoError(t, form.Close())
	req := request(t, t.Context(), http.MethodPost, server.URL+"/upload", strings.NewReader(text.String()))
	req.Header.Set("Content-Type", form.FormDataContentType())
	send(t, server.Client(), req)
	stop()
	require.Len(t, files, 1)
	_, err = os.Stat(files[0])
	assert.ErrorIs(t, err, os.ErrNotExist)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// While tracing is off, the handler is what it was.
func TestHandlerOff(t *testing.T) {
	off, err := mutagent.New(&mutagent.Options{})
	require.NoError(t, err)
	h := muthttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Nil(t, mutagent.FromContext(r.Context()))
		w.WriteHeader(http.StatusTeapot)
	}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(off.Context(t.Context()), http.MethodGet, "/", nil))
	assert.Equal(t, http.StatusTeapot, w.Code)
}
