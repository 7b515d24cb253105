package mutllm_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

// A reluctant body can be had once, and counts what was read of it.
type reluctant struct {
	io.Reader
	read *int
}

func (r reluctant) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	*r.read += n
	return n, err
}

func (reluctant) Close() error { return nil }

// sameRequests go to a server with and without Transport between. Both sides must
// see the same.
var sameRequests = map[string]struct {
	change func(r *http.Request, read *int)
	serve  http.HandlerFunc
}{
	"as it is": {func(*http.Request, *int) {}, echoes},
	"a body that can be had once": {func(r *http.Request, read *int) {
		r.GetBody, r.Body = nil, reluctant{r.Body, read}
	}, echoes},
	"a body that is shorter than it says": {func(r *http.Request, read *int) {
		r.GetBody, r.Body, r.ContentLength = nil, reluctant{r.Body, read}, r.ContentLength+1
	}, echoes},
	"a body that nobody wants": {func(r *http.Request, read *int) {
		r.GetBody, r.Body = nil, reluctant{r.Body, read}
		r.Header.Set("Expect", "100-continue")
	}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusExpectationFailed)
	}},
	"a body that somebody wants": {func(r *http.Request, read *int) {
		r.GetBody, r.Body = nil, reluctant{r.Body, read}
		r.Header.Set("Expect", "100-continue")
	}, echoes},
	"GetBody returns nil": {func(r *http.Request, _ *int) {
		r.GetBody = func() (io.ReadCloser, error) { return nil, nil }
	}, echoes},
	"a failure": {func(*http.Request, *int) {}, answer(429, "application/json", limited)},
	"an answer with trailers": {func(*http.Request, *int) {}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		echoes(w, r)
		w.Header().Set("X-Sum", "7")
	}},
	"a failure that breaks off": {func(*http.Request, *int) {}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, "the be")
	}},
}

func echoes(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%d %s %v %v", r.ContentLength, body, err, r.TransferEncoding)
}

func TestTransportIsTransparent(t *testing.T) {
	for name, tt := range sameRequests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(tt.serve)
			defer server.Close()
			rec := mutest.New(t)
			exchange := func(rt http.RoundTripper) string {
				read := 0
				req := post(t, rec.Context(t.Context()), server.URL+"/v1/chat/completions", question)
				tt.change(req, &read)
				resp, err := rt.RoundTrip(req)
				if err != nil {
					return err.Error()
				}
				text, err := io.ReadAll(resp.Body)
				require.NoError(t, resp.Body.Close())
				resp.Header.Del("Date")
				return fmt.Sprint(resp.Status, resp.Header, resp.ContentLength, string(text), err, resp.Trailer, resp.Request == req, read)
			}
			base := server.Client().Transport.(*http.Transport)
			base.ExpectContinueTimeout = time.Minute
			assert.Equal(t, exchange(base), exchange(&mutllm.Transport{Base: base}))
		})
	}
}

// No more is kept of a body than it says it has.
func TestLongerThanItSays(t *testing.T) {
	rec := mutest.New(t)
	req := post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", question)
	read, rest := 0, strings.Repeat(" ", 3<<20)
	req.GetBody, req.Body = nil, reluctant{io.MultiReader(req.Body, strings.NewReader(rest)), &read}
	_, err := mutllm.Middleware(req, func(sent *http.Request) (*http.Response, error) {
		assert.LessOrEqual(t, read, len(question))
		text, err := io.ReadAll(sent.Body)
		assert.Equal(t, len(question)+len(rest), len(text))
		return nil, err
	})
	require.NoError(t, err)
}

// TestSlowBodies: who may be slow holds up nobody who would not wait for it.
func TestSlowBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := mutest.New(t)
		began := time.Now()
		text, write := io.Pipe()
		req := post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", question)
		resp, err := mutllm.Middleware(req, func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 400, Header: http.Header{}, Body: text}, nil
		})
		require.NoError(t, err)
		assert.LessOrEqual(t, time.Since(began), 10*time.Millisecond)
		time.Sleep(time.Second / 2) // on synctest's clock
		_, _ = io.WriteString(write, limited)
		_ = write.Close()
		got, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, limited, string(got))
		synctest.Wait()
		span := rec.Span("chat gpt-4o")
		assert.Equal(t, "400 Bad Request: Rate limit reached", span.StatusMessage)
		assert.Zero(t, span.Duration, "it failed when the header came")

		// A request that is still being written.
		began = time.Now()
		pieces, write := io.Pipe()
		req = post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", question)
		req.GetBody, req.Body = nil, pieces
		go func() {
			_, _ = io.WriteString(write, question[:9])
			time.Sleep(time.Hour) // on synctest's clock
			_, _ = io.WriteString(write, question[9:])
			_ = write.Close()
		}()
		resp, err = mutllm.Middleware(req, func(sent *http.Request) (*http.Response, error) {
			assert.LessOrEqual(t, time.Since(began), 10*time.Millisecond)
			return echo(sent)
		})
		require.NoError(t, err)
		got, err = io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Equal(t, question, string(got))
	})
}

// A failure whose text never comes ends its span all the same.
func TestFailureWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := mutest.New(t)
		text, write := io.Pipe()
		req := post(t, rec.Context(t.Context()), "http://model.test/v1/chat/completions", question)
		_, err := mutllm.Middleware(req, func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 500, Header: http.Header{}, Body: text}, nil
		})
		require.NoError(t, err)
		_, _ = io.WriteString(write, "the be")
		time.Sleep(2 * time.Second) // on synctest's clock
		assert.Equal(t, "500 Internal Server Error: the be", rec.Span("chat gpt-4o").StatusMessage)
		_ = write.Close()
	})
}

// InstrumentDefaultTransport keeps what it finds, whatever that is.
func TestDefaultTransportOfOthers(t *testing.T) {
	before := http.DefaultTransport
	defer func() { http.DefaultTransport = before }()
	rec := mutest.New(t)
	url := serve(t, answer(200, "application/json", greeting))
	through := 0
	for name, other := range map[string]http.RoundTripper{
		"a function":     others(func(r *http.Request) (*http.Response, error) { through++; return before.RoundTrip(r) }),
		"nothing":        nil,
		"ours, by hand":  &mutllm.Transport{},
		"one above ours": others((&mutllm.Transport{Base: before}).RoundTrip),
	} {
		http.DefaultTransport = other
		mutllm.InstrumentDefaultTransport()
		mutllm.InstrumentDefaultTransport()
		spans := len(rec.Spans())
		resp, err := http.DefaultClient.Do(post(t, rec.Context(t.Context()), url+"/v1/chat/completions", question))
		require.NoError(t, err, name)
		_, err = io.ReadAll(resp.Body)
		require.NoError(t, err, name)
		assert.Len(t, rec.Spans(), spans+1, name)
	}
	assert.Equal(t, 1, through)
}

// An others is a transport of another library. It cannot be compared.
type others func(*http.Request) (*http.Response, error)

func (o others) RoundTrip(r *http.Request) (*http.Response, error) { return o(r) }

// GetBody is called for the recording alone, unless there is a redirect.
func TestGetBodyPanics(t *testing.T) {
	rec := mutest.New(t)
	req := post(t, rec.Context(t.Context()), serve(t, echoes)+"/v1/chat/completions", question)
	req.GetBody = func() (io.ReadCloser, error) { panic("it can be had once") }
	resp, err := (&mutllm.Transport{}).RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Contains(t, string(got), question)
}

// What was read ahead of a failure is not there any more when its body was closed.
func TestFailureReadAfterClose(t *testing.T) {
	rec := mutest.New(t)
	req := post(t, rec.Context(t.Context()), serve(t, answer(500, "application/json", limited))+"/v1/chat/completions", question)
	resp, err := (&mutllm.Transport{}).RoundTrip(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	n, err := resp.Body.Read(make([]byte, 8))
	assert.Zero(t, n)
	assert.ErrorContains(t, err, "closed")
	assert.Contains(t, rec.Span("chat gpt-4o").StatusMessage, "Rate limit reached")
}
