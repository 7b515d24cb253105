package mutagent_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
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
				assert.NoError(t, ctx.Err(), "the flush has no answer")
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

// TestGoexitEachTime: a Redactor that always ends its goroutine costs every text, and
// nothing else. Who ends a span goes on.
func TestGoexitEachTime(t *testing.T) {
	for name, spool := range map[string]*mutagent.Spool{"memory": nil, "at end": {AtEnd: true}} {
		t.Run(name, func(t *testing.T) {
			if spool != nil {
				spool.Dir = t.TempDir()
			}
			c := leaving(t, new(willing), spool, func(string) bool { return true })
			open := openTen(c)
			ended := 0
			var wg sync.WaitGroup
			wg.Go(func() {
				for range 10 {
					endOne(c, mutagent.SpanOptions{Name: "s", Input: "content"})
					ended++
				}
			})
			wg.Wait()
			assert.Equal(t, 10, ended)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			assert.NoError(t, c.Snapshot(ctx))
			open[0].End(mutagent.EndOptions{})
			assert.NoError(t, c.Flush(ctx))
			assert.NoError(t, c.Shutdown(ctx))
			s := c.Stats()
			assert.EqualValues(t, 11, s.Delivered, "%+v", s)
			assert.EqualValues(t, 9, s.Unfinished)
			assert.EqualValues(t, 11+10+9, s.Withheld, "ended, in the snapshot, and at the end")
			runtime.KeepAlive(open) // a span that is garbage is not sent
		})
	}
}

// TestGoexitOfShutdown: a Redactor that ends its goroutine over an open span has no other
// sent twice, and none lost.
func TestGoexitOfShutdown(t *testing.T) {
	service := new(willing)
	var calls atomic.Int64
	c := leaving(t, service, nil, func(text string) bool { return text == "content" && calls.Add(1) == 3 })
	open := openTen(c)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, c.Shutdown(ctx))
	assert.EqualValues(t, len(open), c.Stats().Unfinished)
	assert.EqualValues(t, len(open), service.spans.Load())
}

// leaving returns a client whose Redactor ends its goroutine over some texts.
func leaving(t *testing.T, service http.RoundTripper, spool *mutagent.Spool, over func(text string) bool) *mutagent.Client {
	t.Helper()
	c, err := mutagent.New(&mutagent.Options{
		APIKey: "mt_test", Endpoint: "https://service.example", HTTPClient: &http.Client{Transport: service},
		Logger: slog.New(slog.DiscardHandler), Spool: spool,
		Redactors: []mutagent.Redactor{func(_, text string) (string, int) {
			if over(text) {
				runtime.Goexit()
			}
			return text, 0
		}},
	})
	require.NoError(t, err)
	return c
}

func openTen(c *mutagent.Client) (open []*mutagent.Span) {
	for range 10 {
		_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{Name: "open", Input: "content"})
		open = append(open, s)
	}
	return open
}

// A leavingLogger ends the goroutine of the first line that it is told.
type leavingLogger struct {
	slog.Handler
	told *atomic.Bool
}

func (l leavingLogger) Handle(ctx context.Context, r slog.Record) error {
	if l.told.CompareAndSwap(false, true) {
		runtime.Goexit()
	}
	return l.Handler.Handle(ctx, r)
}

// TestGoexitOfLogger: a logger that ends its goroutine loses one line, not all after it.
func TestGoexitOfLogger(t *testing.T) {
	lines, w := io.Pipe()
	c := newReceiver(t).client(t, &mutagent.Options{
		FindLeaks: true, Logger: slog.New(leavingLogger{slog.NewTextHandler(w, nil), new(atomic.Bool)}),
	})
	_, first := c.Start(t.Context(), mutagent.KindTool, "first")
	_, second := c.Start(t.Context(), mutagent.KindTool, "second")
	for _, end := range []func(...*error){first, first, second, second} { // each is told
		end()
	}
	line := make([]byte, 4<<10)
	n, err := lines.Read(line)
	require.NoError(t, err)
	assert.Contains(t, string(line[:n]), `second`)
}

// TestNilContexts: what takes a context takes nil for the background.
func TestNilContexts(t *testing.T) {
	var none context.Context
	r := newReceiver(t)
	c := r.client(t, nil)
	_, end := c.Start(none, mutagent.KindTool, "tool")
	require.NoError(t, c.Snapshot(none))
	end()
	require.NoError(t, c.Flush(none))
	require.NoError(t, c.Shutdown(none))
	assert.Equal(t, "ok", r.named()["tool"].Status)
}

// TestLeaksDoNotWaitForRedactors: a Redactor may start spans, which the search for leaks
// is told of, too, or never return. Neither holds up a program that ends a span twice.
func TestLeaksDoNotWaitForRedactors(t *testing.T) {
	until := make(chan struct{})
	defer close(until)
	for name, redactor := range map[string]func(*mutagent.Client){
		"starts": func(c *mutagent.Client) {
			_, end := c.Start(context.Background(), mutagent.KindTool, "redaction")
			end()
		},
		"never returns": func(*mutagent.Client) { <-until },
	} {
		t.Run(name, func(t *testing.T) {
			var c *mutagent.Client
			var err error
			c, err = mutagent.New(&mutagent.Options{
				APIKey: "mt_test", Endpoint: newReceiver(t).URL, FindLeaks: true, Logger: slog.New(slog.DiscardHandler),
				Redactors: []mutagent.Redactor{func(_, text string) (string, int) {
					if text == "twice" {
						redactor(c)
					}
					return text, 0
				}},
			})
			require.NoError(t, err)
			returned := make(chan struct{})
			go func() {
				defer close(returned)
				_, end := c.Start(context.Background(), mutagent.KindTool, "twice")
				end()
				end()
				_, end = c.Start(context.Background(), mutagent.KindTool, "another")
				end()
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				defer cancel()
				_ = c.Shutdown(ctx)
			}()
			select {
			case <-returned:
			case <-time.After(20 * time.Second):
				t.Fatal("the program waits")
			}
		})
	}
}
