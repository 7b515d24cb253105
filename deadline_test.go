package mutagent_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// willing is a service that takes everything.
type willing struct{ spans atomic.Int64 }

func (a *willing) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	req.Body.Close()
	a.spans.Add(int64(strings.Count(string(body), `"spanId"`)))
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(`{"accepted":1,"rejected":0}`)), Request: req,
	}, err
}

// roundTrip is an http.RoundTripper.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// TestDeadlines: whatever the program's own code does meanwhile, a call returns when its
// context ends, or at most 50 ms later.
func TestDeadlines(t *testing.T) {
	obstacles := map[string]func(o *mutagent.Options, until <-chan struct{}){
		"a Redactor": func(o *mutagent.Options, until <-chan struct{}) {
			o.Redactors = []mutagent.Redactor{func(_, text string) (string, int) {
				if text == "content" {
					<-until
				}
				return text, 0
			}}
		},
		"a transport": func(o *mutagent.Options, until <-chan struct{}) {
			o.HTTPClient = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				<-until // whatever its context says
				return nil, io.ErrUnexpectedEOF
			})}
		},
		"an answer": func(o *mutagent.Options, until <-chan struct{}) {
			o.HTTPClient = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(stuck(until)), Request: req}, nil
			})}
		},
		"a logger": func(o *mutagent.Options, until <-chan struct{}) {
			o.Logger = slog.New(slog.NewTextHandler(stuck(until), nil))
			o.HTTPClient = &http.Client{Transport: unreachable{}}
		},
	}
	calls := map[string]func(c *mutagent.Client, ctx context.Context){
		"Flush":    func(c *mutagent.Client, ctx context.Context) { assert.Error(t, c.Flush(ctx)) },
		"Snapshot": func(c *mutagent.Client, ctx context.Context) { assert.Error(t, c.Snapshot(ctx)) },
		"Shutdown": func(c *mutagent.Client, ctx context.Context) { assert.Error(t, c.Shutdown(ctx)) },
		"Stats":    func(c *mutagent.Client, _ context.Context) { c.Stats() },
	}
	for obstacle, use := range obstacles {
		for name, call := range calls {
			t.Run(obstacle+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					until := make(chan struct{})
					opts := mutagent.Options{
						APIKey: "mt_test", Endpoint: "https://service.example", HTTPClient: &http.Client{Transport: new(willing)},
						Logger: slog.New(slog.DiscardHandler),
					}
					use(&opts, until)
					c, err := mutagent.New(&opts)
					require.NoError(t, err)
					endOne(c, mutagent.SpanOptions{Name: "s", Input: "content"})
					ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
					defer cancel()
					began := time.Now() // on synctest's clock
					call(c, ctx)
					assert.LessOrEqual(t, time.Since(began), 150*time.Millisecond)
					close(until)
					_ = c.Shutdown(context.Background())
				})
			})
		}
	}
}

// stuck is read and written in vain.
type stuck <-chan struct{}

func (s stuck) Read([]byte) (int, error) {
	<-s
	return 0, io.EOF
}

func (s stuck) Write(p []byte) (int, error) {
	<-s
	return len(p), nil
}

// TestGoexit: user code that ends the goroutine which calls it costs at most the spans
// that it was called for. The others are delivered, and each is counted.
func TestGoexit(t *testing.T) {
	service := new(willing)
	var once atomic.Bool
	goexit := func() {
		if once.CompareAndSwap(false, true) {
			runtime.Goexit()
		}
	}
	for name, use := range map[string]func(o *mutagent.Options){
		"a Redactor": func(o *mutagent.Options) {
			o.Redactors = []mutagent.Redactor{func(_, text string) (string, int) {
				if text == "content" {
					goexit()
				}
				return text, 0
			}}
		},
		"a transport": func(o *mutagent.Options) {
			o.HTTPClient = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				goexit()
				return service.RoundTrip(req)
			})}
		},
	} {
		t.Run(name, func(t *testing.T) {
			once.Store(false)
			service.spans.Store(0)
			opts := mutagent.Options{
				APIKey: "mt_test", Endpoint: "https://service.example", HTTPClient: &http.Client{Transport: service},
				Logger: slog.New(slog.DiscardHandler),
			}
			use(&opts)
			c, err := mutagent.New(&opts)
			require.NoError(t, err)
			const spans = 100
			for range spans {
				endOne(c, mutagent.SpanOptions{Name: "s", Input: "content"})
			}
			for range 2 { // the first may tell of what was lost
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				_ = c.Flush(ctx)
				cancel()
			}
			s := c.Stats()
			assert.True(t, once.Load())
			assert.EqualValues(t, spans, s.Ended)
			assert.EqualValues(t, spans, s.Delivered+s.Dropped["panicked"], "%+v", s)
			assert.GreaterOrEqual(t, s.Delivered, int64(spans-1))
			assert.EqualValues(t, s.Delivered, service.spans.Load())
			require.NoError(t, c.Shutdown(t.Context()))
		})
	}
}
