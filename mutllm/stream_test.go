package mutllm_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// A canned transport answers with a response, or an error.
type canned struct {
	status      int
	contentType string
	header      http.Header
	body        io.Reader
	err         error
	got         *http.Request
}

func (c *canned) RoundTrip(req *http.Request) (*http.Response, error) {
	c.got = req
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
	}
	if c.err != nil {
		return nil, c.err
	}
	h := c.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Content-Type", c.contentType)
	return &http.Response{StatusCode: c.status, Header: h, Body: io.NopCloser(c.body), Request: req}, nil
}

func events(body io.Reader) *canned {
	return &canned{status: 200, contentType: "text/event-stream", body: body}
}

// open sends a request for a stream and returns its body.
func open(t *testing.T, ctx context.Context, base http.RoundTripper) io.ReadCloser {
	t.Helper()
	req := post(t, ctx, "http://model.test/v1/chat/completions", `{"stream":true,`+question[1:])
	resp, err := (&mutllm.Transport{Base: base}).RoundTrip(req)
	require.NoError(t, err)
	return resp.Body
}

// half is a stream up to its second word.
var half, _, _ = strings.Cut(streamed, `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{},`)

// The caller has the first words before the server has sent the next.
func TestStreamIsNotHeldUp(t *testing.T) {
	rec := mutest.New(t)
	read := make(chan struct{})
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, half)
		_ = http.NewResponseController(w).Flush()
		<-read
		_, _ = io.WriteString(w, streamed[len(half):])
	})
	resp, err := (&mutllm.Transport{}).RoundTrip(post(t, rec.Context(t.Context()), url+"/v1/chat/completions", question))
	require.NoError(t, err)
	defer resp.Body.Close()
	first := make([]byte, len(half))
	_, err = io.ReadFull(resp.Body, first)
	assert.Empty(t, rec.Spans(), "the call goes on")
	close(read)
	require.NoError(t, err)
	rest, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, streamed, string(first)+string(rest))
	assert.Equal(t, "Hi there.", rec.Span("chat gpt-4o").Output.Messages[0].Content)
}

// The last event is the end: some clients neither read on nor close.
func TestStreamEndsWithLastEvent(t *testing.T) {
	rec := mutest.New(t)
	r, w := io.Pipe()
	body := open(t, rec.Context(t.Context()), events(r))
	go func() { _, _ = io.WriteString(w, streamed) }()
	_, err := io.ReadFull(body, make([]byte, len(streamed)))
	require.NoError(t, err)
	span := rec.Span("chat gpt-4o")
	assert.EqualValues(t, 29, span.Metrics.TotalTokens)
	assert.Equal(t, mutagent.StatusOK, span.Status)
	require.NoError(t, w.Close())
	_, err = body.Read(make([]byte, 1))
	assert.Equal(t, io.EOF, err)
	require.NoError(t, body.Close())
	assert.Zero(t, rec.Client().Stats().LateWrites, "it ended once")
}

func TestStreamClosedEarly(t *testing.T) {
	rec := mutest.New(t)
	body := open(t, rec.Context(t.Context()), events(strings.NewReader(streamed)))
	_, err := io.ReadFull(body, make([]byte, len(half)))
	require.NoError(t, err)
	require.NoError(t, body.Close())
	span := rec.Span("chat gpt-4o")
	assert.Equal(t, "Hi there.", span.Output.Messages[0].Content)
	assert.Empty(t, span.Output.Messages[0].FinishReason)
	assert.Equal(t, mutagent.StatusOK, span.Status)
}

func TestStreamBreaks(t *testing.T) {
	rec := mutest.New(t)
	broken := errors.New("connection reset")
	body := open(t, rec.Context(t.Context()), events(io.MultiReader(strings.NewReader(half), iotest.ErrReader(broken))))
	text, err := io.ReadAll(body)
	assert.Equal(t, broken, err)
	assert.Equal(t, half, string(text))
	span := rec.Span("chat gpt-4o")
	assert.Equal(t, "Hi there.", span.Output.Messages[0].Content)
	assert.Equal(t, "connection reset", span.StatusMessage)
}

// A stream that nobody reads any more ends with its context.
func TestStreamCancelled(t *testing.T) {
	rec := mutest.New(t)
	ctx, cancel := context.WithCancelCause(rec.Context(t.Context()))
	r, w := io.Pipe()
	defer w.Close()
	body := open(t, ctx, events(r))
	go func() { _, _ = io.WriteString(w, half) }()
	_, err := io.ReadFull(body, make([]byte, len(half)))
	require.NoError(t, err)
	cancel(errors.New("the user left"))
	wait(t, rec, func(s mutagent.Statistics) bool { return s.Ended == 1 })
	span := rec.Span("chat gpt-4o")
	assert.Equal(t, "Hi there.", span.Output.Messages[0].Content)
	assert.Equal(t, "the user left", span.StatusMessage)
	runtime.KeepAlive(body)
}

// A stream that is neither read nor closed nor cancelled ends when nobody can reach
// it any more.
func TestStreamAbandoned(t *testing.T) {
	rec := mutest.New(t)
	body := open(t, rec.Context(context.Background()), events(strings.NewReader(streamed)))
	_, err := io.ReadFull(body, make([]byte, len(half)))
	require.NoError(t, err)
	body = nil
	wait(t, rec, func(s mutagent.Statistics) bool { runtime.GC(); return s.Ended == 1 })
	span := rec.Span("chat gpt-4o")
	assert.Equal(t, "Hi there.", span.Output.Messages[0].Content)
	assert.Contains(t, span.StatusMessage, "neither read to its end nor closed")
	assert.Zero(t, rec.Client().Stats().Abandoned)
}

// wait waits for something that another goroutine does.
func wait(t *testing.T, rec *mutest.Recorder, done func(mutagent.Statistics) bool) {
	t.Helper()
	for !done(rec.Client().Stats()) {
		if t.Context().Err() != nil {
			t.FailNow()
		}
		runtime.Gosched()
	}
}

// Close may come while another goroutine reads.
func TestStreamCloseWhileReading(t *testing.T) {
	for range 50 {
		rec := mutest.New(t)
		body := open(t, rec.Context(t.Context()), events(iotest.OneByteReader(strings.NewReader(streamed))))
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = io.Copy(io.Discard, body) })
		wg.Go(func() { _ = body.Close() })
		wg.Wait()
		assert.Equal(t, mutagent.StatusOK, rec.Span("chat gpt-4o").Status)
		assert.Zero(t, rec.Client().Stats().LateWrites)
	}
}

func TestStreamError(t *testing.T) {
	rec := mutest.New(t)
	text := half + `data: {"error":{"type":"server_error","message":"The server had an error"}}` + "\n\n"
	got, err := io.ReadAll(open(t, rec.Context(t.Context()), events(strings.NewReader(text))))
	require.NoError(t, err)
	assert.Equal(t, text, string(got))
	span := rec.Span("chat gpt-4o")
	assert.Equal(t, "The server had an error", span.StatusMessage)
	assert.Equal(t, "server_error", span.Attributes["error.type"])
	assert.Equal(t, "Hi there.", span.Output.Messages[0].Content)
}

// What is no stream at all passes, too.
func TestGarbage(t *testing.T) {
	for _, contentType := range []string{"text/event-stream", "application/x-ndjson", "application/json", "image/png", "", "\x00;;"} {
		rec := mutest.New(t)
		garbage := string(bytes.Repeat([]byte("data: {\"choices\":[[[{\xff\x00\r\n\n"), 1000))
		got, err := io.ReadAll(open(t, rec.Context(t.Context()), &canned{status: 200, contentType: contentType, body: strings.NewReader(garbage)}))
		require.NoError(t, err)
		assert.Equal(t, garbage, string(got))
		assert.Equal(t, mutagent.StatusOK, rec.Span("chat gpt-4o").Status)
	}
}

// An encoded body is the caller's to decode.
func TestEncoded(t *testing.T) {
	rec := mutest.New(t)
	base := events(strings.NewReader("\x1f\x8b..."))
	base.header = http.Header{"Content-Encoding": {"gzip"}}
	got, err := io.ReadAll(open(t, rec.Context(t.Context()), base))
	require.NoError(t, err)
	assert.Equal(t, "\x1f\x8b...", string(got))
	span := rec.Span("chat gpt-4o")
	assert.Equal(t, "gzip", span.Attributes["http.response.header.content-encoding"])
	assert.Empty(t, span.Output)
}

type duplex struct{ io.ReadWriteCloser }

// After 101 the body is a connection.
func TestSwitchingProtocols(t *testing.T) {
	rec := mutest.New(t)
	conn := duplex{}
	req := post(t, rec.Context(t.Context()), "http://model.test/v1/responses", `{"model":"gpt-4o","input":"Hi"}`)
	resp, err := mutllm.Middleware(req, func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusSwitchingProtocols, Body: conn, Request: r}, nil
	})
	require.NoError(t, err)
	assert.Equal(t, conn, resp.Body)
	assert.Equal(t, mutagent.StatusOK, rec.Span("chat gpt-4o").Status)
}

// Closing a stream is not an error, although it makes a Read at the same time fail.
func TestCloseDuringRead(t *testing.T) {
	rec := mutest.New(t)
	b := &torn{closed: make(chan struct{}), failed: make(chan struct{})}
	req := post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", question)
	resp, err := mutllm.Middleware(req, func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: b}, nil
	})
	require.NoError(t, err)
	go func() {
		_, _ = resp.Body.Read(make([]byte, 8))
		close(b.failed)
	}()
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, mutagent.StatusOK, rec.Span("chat gpt-4o").Status)
}

// A torn body has nothing to read until it is closed, and then an error. Its Close
// returns when the reader knows.
type torn struct{ closed, failed chan struct{} }

func (b *torn) Read([]byte) (int, error) {
	<-b.closed
	return 0, net.ErrClosed
}

func (b *torn) Close() error {
	close(b.closed)
	<-b.failed
	return nil
}
