package muthttp_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/muthttp"
)

// root starts a span that the test ends.
func root(t *testing.T, rec *mutest.Recorder) context.Context {
	t.Helper()
	ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "root")
	t.Cleanup(func() { end() })
	return ctx
}

func traced(server *httptest.Server) *http.Client {
	return &http.Client{Transport: &muthttp.Transport{Base: server.Client().Transport}}
}

// The life of a trace through two servers: three callbacks on behalf of one
// request are three spans of its trace.
func TestTrace(t *testing.T) {
	rec := mutest.New(t)
	back, stopBack := serve(t, rec, muthttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/3" {
			w.WriteHeader(http.StatusBadGateway)
		}
	})))
	front, stopFront := serve(t, rec, muthttp.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for _, path := range []string{"/1", "/2", "/3"} {
			send(t, traced(back), request(t, r.Context(), http.MethodPut, back.URL+path, nil))
		}
	})))
	ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "root")
	send(t, traced(front), request(t, ctx, http.MethodGet, front.URL+"/front?key=secret", nil))
	end()
	stopFront()
	stopBack()
	assert.Equal(t, `agent root ok
└─ custom GET ok
   │ http.request.method=GET http.response.status_code=200 server.address=127.0.0.1 url.path=/front
   └─ custom GET ok
      │ http.request.method=GET http.response.status_code=200 url.path=/front
      ├─ custom PUT ok
      │  │ http.request.method=PUT http.response.status_code=200 server.address=127.0.0.1 url.path=/1
      │  └─ custom PUT ok
      │       http.request.method=PUT http.response.status_code=200 url.path=/1
      ├─ custom PUT ok
      │  │ http.request.method=PUT http.response.status_code=200 server.address=127.0.0.1 url.path=/2
      │  └─ custom PUT ok
      │       http.request.method=PUT http.response.status_code=200 url.path=/2
      └─ custom PUT error: Bad Gateway
         │ http.request.method=PUT http.response.status_code=502 server.address=127.0.0.1 url.path=/3
         └─ custom PUT error: Bad Gateway
              http.request.method=PUT http.response.status_code=502 url.path=/3
`, rec.Tree())
}

// recording returns the requests that it gets as they are, and answers with resp.
type recording struct {
	requests []*http.Request
	resp     *http.Response
	err      error
	idle     bool
}

func (r *recording) RoundTrip(req *http.Request) (*http.Response, error) {
	r.requests = append(r.requests, req)
	if r.resp != nil {
		r.resp.Request = req
	}
	return r.resp, r.err
}

func (r *recording) CloseIdleConnections() { r.idle = true }

func TestTransportLeavesRequest(t *testing.T) {
	rec := mutest.New(t)
	base := &recording{resp: &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}}
	req := request(t, root(t, rec), http.MethodPost, "http://shop.test:8080/orders", strings.NewReader("body"))
	req.Header.Set("Traceparent", "mine")
	resp, err := (&muthttp.Transport{Base: base}).RoundTrip(req)
	require.NoError(t, err)

	sent := base.requests[0]
	assert.NotSame(t, req, sent)
	assert.Equal(t, "mine", req.Header.Get("Traceparent"))
	assert.Same(t, req, resp.Request, "the caller knows this one")
	assert.Equal(t, http.NoBody, resp.Body, "net/http compares with it")
	span := rec.Span("POST")
	assert.Equal(t, "00-"+span.TraceID+"-"+span.SpanID+"-03", sent.Header.Get("Traceparent"))
	assert.Equal(t, "shop.test", span.Attributes["server.address"])
	assert.Equal(t, req.Body, sent.Body)
}

// A request that is none of a trace passes.
func TestTransportWithoutSpan(t *testing.T) {
	rec := mutest.New(t)
	body := io.NopCloser(strings.NewReader("text"))
	base := &recording{resp: &http.Response{StatusCode: http.StatusOK, Body: body}}
	req := &http.Request{} // with neither header nor URL
	resp, err := (&muthttp.Transport{Base: base}).RoundTrip(req.WithContext(rec.Context(t.Context())))
	require.NoError(t, err)
	assert.Equal(t, body, resp.Body)
	assert.Empty(t, base.requests[0].Header)
	assert.Empty(t, rec.Spans())
}

func TestTransportStreams(t *testing.T) {
	rec := mutest.New(t)
	read := make(chan struct{})
	server, _ := serve(t, rec, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "1")
		w.(http.Flusher).Flush()
		<-read // the caller has the first byte before there is a second
		_, _ = io.WriteString(w, "2")
	}))
	resp, err := traced(server).Do(request(t, root(t, rec), http.MethodGet, server.URL, nil))
	require.NoError(t, err)
	var first [1]byte
	_, err = io.ReadFull(resp.Body, first[:])
	assert.Empty(t, rec.Spans(), "the call goes on")
	close(read)
	require.NoError(t, err)
	rest, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "12", string(first[:])+string(rest))
	assert.Equal(t, mutagent.StatusOK, rec.Span("GET").Status, "the end of the body is the end of the call")
	require.NoError(t, resp.Body.Close())
	assert.Zero(t, rec.Client().Stats().LateWrites, "it has one end")
}

func TestTransportClosed(t *testing.T) {
	rec := mutest.New(t)
	server, _ := serve(t, rec, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	resp, err := traced(server).Do(request(t, root(t, rec), http.MethodGet, server.URL, nil))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, mutagent.StatusOK, rec.Span("GET").Status)
}

func TestTransportCancelled(t *testing.T) {
	rec := mutest.New(t)
	server, _ := serve(t, rec, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			w.(http.Flusher).Flush()
		}
		<-r.Context().Done()
	}))
	ctx, cancel := context.WithCancel(root(t, rec))
	resp, err := traced(server).Do(request(t, ctx, http.MethodGet, server.URL+"/body", nil))
	require.NoError(t, err)
	defer resp.Body.Close()
	cancel()
	_, err = io.ReadAll(resp.Body)
	assert.Equal(t, context.Canceled, err)
	assert.Equal(t, "context canceled", rec.Span("GET").StatusMessage)

	_, err = traced(server).Do(request(t, ctx, http.MethodHead, server.URL, nil))
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, "context canceled", rec.Span("HEAD").StatusMessage)
}

func TestTransportFails(t *testing.T) {
	rec := mutest.New(t)
	want := errors.New("no route")
	resp, err := (&muthttp.Transport{Base: &recording{err: want}}).RoundTrip(request(t, root(t, rec), "", "http://shop.test", nil))
	assert.Nil(t, resp)
	assert.Equal(t, want, err, "unwrapped")
	assert.Equal(t, "no route", rec.Span("GET").StatusMessage)
}

type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) { panic("broken") }

func TestTransportPanics(t *testing.T) {
	rec := mutest.New(t)
	req := request(t, root(t, rec), http.MethodGet, "http://shop.test", nil)
	assert.PanicsWithValue(t, "broken", func() { _, _ = (&muthttp.Transport{Base: panicking{}}).RoundTrip(req) })
	assert.Equal(t, mutagent.StatusError, rec.Span("GET").Status)
}

// After 101 Switching Protocols the body is the connection.
func TestTransportSwitchesProtocols(t *testing.T) {
	rec := mutest.New(t)
	server, stop := serve(t, rec, muthttp.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "echo")
		w.WriteHeader(http.StatusSwitchingProtocols)
		conn, rw, err := http.NewResponseController(w).Hijack()
		if !assert.NoError(t, err) {
			return
		}
		defer conn.Close()
		line, _ := rw.ReadString('\n')
		_, _ = conn.Write([]byte(line))
	})))
	req := request(t, root(t, rec), http.MethodGet, server.URL, nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "echo")
	resp, err := traced(server).Do(req)
	require.NoError(t, err)
	conn, ok := resp.Body.(io.ReadWriteCloser)
	require.True(t, ok)
	_, err = conn.Write([]byte("hello\n"))
	require.NoError(t, err)
	line, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "hello\n", line)
	require.NoError(t, conn.Close())
	stop()
	assert.EqualValues(t, 101, rec.Span("GET").Attributes["http.response.status_code"])
}

func TestTransportRedirects(t *testing.T) {
	rec := mutest.New(t)
	server, _ := serve(t, rec, http.RedirectHandler("/", http.StatusFound))
	client := traced(server)
	client.CheckRedirect = func(_ *http.Request, via []*http.Request) error {
		if len(via) == 3 {
			return http.ErrUseLastResponse
		}
		return nil
	}
	send(t, client, request(t, root(t, rec), http.MethodGet, server.URL, nil))
	assert.Len(t, rec.Spans(), 3, "each is a request")
}

func TestTransportClosesIdleConnections(t *testing.T) {
	base := new(recording)
	(&http.Client{Transport: &muthttp.Transport{Base: base}}).CloseIdleConnections()
	assert.True(t, base.idle)
	(&http.Client{Transport: &muthttp.Transport{Base: panicking{}}}).CloseIdleConnections()
}
