package mutagent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// pass lets d go by on synctest's clock, which is at once, and then everything
// happen that is due.
func pass(d time.Duration) {
	time.Sleep(d) // advances the bubble's clock, so that timers of the client fire
	synctest.Wait()
}

// A fakeServer stands in for the network where a test runs on synctest's clock.
type fakeServer struct {
	receiver
	down func() error // while it returns an error, so does every request
}

func (f *fakeServer) RoundTrip(req *http.Request) (*http.Response, error) {
	if f.down != nil {
		if err := f.down(); err != nil {
			return nil, err
		}
	}
	raw, _ := io.ReadAll(req.Body)
	var b body
	if err := json.Unmarshal(raw, &b); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bodies = append(f.bodies, b)
	f.requests++
	return &http.Response{StatusCode: http.StatusOK, Body: taken(), Header: http.Header{}}, nil
}

func (f *fakeServer) client(t *testing.T, o mutagent.Options) *mutagent.Client {
	t.Helper()
	o.APIKey, o.HTTPClient = "mt_test", &http.Client{Transport: f}
	c, err := mutagent.New(&o)
	require.NoError(t, err)
	return c
}

func one(c *mutagent.Client, name string) {
	_, end := c.Start(context.Background(), mutagent.KindTool, name)
	end()
}

func TestFlushThatRunsOutOfTimeLosesNothing(t *testing.T) {
	r := newReceiver(t)
	release := make(chan struct{})
	r.answer = func(http.ResponseWriter, *http.Request) bool { <-release; return true }
	c := r.client(t, nil)
	for i := range 100 {
		one(c, fmt.Sprint("span ", i))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	err := c.Flush(ctx)
	var failure *mutagent.DeliveryError
	require.ErrorAs(t, err, &failure)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Equal(t, &mutagent.DeliveryError{Pending: 100, Err: failure.Err}, withoutOp(failure))

	close(release)
	require.NoError(t, c.Flush(context.Background()))
	assert.Len(t, r.named(), 100)
	assert.EqualValues(t, 100, c.Stats().Delivered)
}

func withoutOp(e *mutagent.DeliveryError) *mutagent.DeliveryError {
	return &mutagent.DeliveryError{Sent: e.Sent, Pending: e.Pending, Dropped: e.Dropped, Err: e.Err}
}

func TestConcurrentFlushesShareOneRequest(t *testing.T) {
	r := newReceiver(t)
	release := make(chan struct{})
	r.answer = func(http.ResponseWriter, *http.Request) bool { <-release; return true }
	c := r.client(t, nil)
	one(c, "span")
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() { assert.NoError(t, c.Flush(context.Background())) })
	}
	close(release)
	wg.Wait()
	assert.Equal(t, 1, r.count())
}

func TestFlushOfNothingMakesNoRequest(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, nil)
	require.NoError(t, c.Flush(context.Background()))
	assert.Zero(t, r.count())
}

func TestEndDuringShutdownNeverBlocks(t *testing.T) {
	r := newReceiver(t)
	inRequest, release := make(chan struct{}), make(chan struct{})
	r.answer = func(http.ResponseWriter, *http.Request) bool { close(inRequest); <-release; return true }
	c := r.client(t, nil)
	ctx, endOpen := c.Start(context.Background(), mutagent.KindAgent, "open")
	one(c, "ended")

	stopped := make(chan error)
	go func() { stopped <- c.Shutdown(context.Background()) }()
	<-inRequest
	for range 1000 { // far more than any channel would take
		_, end := c.Start(ctx, mutagent.KindTool, "late")
		end()
	}
	endOpen()
	close(release)
	require.NoError(t, <-stopped)

	spans := r.named()
	assert.Len(t, spans, 2)
	assert.Equal(t, "unset", spans["open"].Status, "an open span is sent unfinished")
	assert.Empty(t, spans["open"].EndTime)
	stats := c.Stats()
	balanced(t, stats)
	assert.EqualValues(t, 1, stats.Unfinished)
	assert.Equal(t, map[string]int64{"shutdown": 1}, stats.Dropped)

	assert.ErrorContains(t, c.Flush(context.Background()), "1 dropped", "a flush tells what ended too late")
	assert.NoError(t, c.Flush(context.Background()), "once")
	assert.NoError(t, c.Shutdown(context.Background()))
	ctx2, _ := c.Start(context.Background(), mutagent.KindTool, "too late")
	assert.Nil(t, mutagent.FromContext(ctx2))
}

// TestShutdownWithCancelledContext: the context that a signal cancelled is what
// programs pass.
func TestShutdownWithCancelledContext(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, nil)
	one(c, "span")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.NoError(t, c.Shutdown(ctx))
	assert.Len(t, r.spans(), 1)
}

func TestShutdownOfAHangingServerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", HTTPClient: &http.Client{Transport: hanging{}}})
		require.NoError(t, err)
		one(c, "span")
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		began := time.Now()
		err = c.Shutdown(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "1 dropped")
		assert.Equal(t, 3*time.Second, time.Since(began))
		balanced(t, c.Stats())
	})
}

// hanging answers only when the request is cancelled.
type hanging struct{}

func (hanging) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// panicking is a RoundTripper with a bug.
type panicking struct{}

func (panicking) RoundTrip(*http.Request) (*http.Response, error) { panic("bug") }

// panickingBody is one with a bug that shows when the answer is read.
type panickingBody struct{ io.ReadCloser }

func (panickingBody) Read([]byte) (int, error) { panic("bug") }

type badAnswer struct{}

func (badAnswer) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: panickingBody{http.NoBody}}, req.Body.Close()
}

func TestPanicOfTheHTTPClientIsAFailure(t *testing.T) {
	for _, transport := range []http.RoundTripper{panicking{}, badAnswer{}} {
		synctest.Test(t, func(t *testing.T) {
			c, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", HTTPClient: &http.Client{Transport: transport}})
			require.NoError(t, err)
			one(c, "span")
			assert.ErrorContains(t, c.Flush(context.Background()), "the HTTP client panicked: bug")
			assert.ErrorContains(t, c.Shutdown(context.Background()), "1 dropped")
		})
	}
}

// TestShutdownOutlastsAFailure: one request that fails must not cost the others.
func TestShutdownOutlastsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var requests atomic.Int32
		f := &fakeServer{down: func() error {
			if requests.Add(1) <= 3 {
				return errors.New("not yet")
			}
			return nil
		}}
		c := f.client(t, mutagent.Options{})
		one(c, "span")
		require.NoError(t, c.Shutdown(context.Background()))
		assert.Len(t, f.spans(), 1)
	})
}

func TestRejectedBatchIsTriedOnceAndDelaysNothing(t *testing.T) {
	r := newReceiver(t)
	r.answer = func(w http.ResponseWriter, req *http.Request) bool {
		raw, _ := io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(raw))
		if strings.Contains(string(raw), "poison") {
			w.WriteHeader(http.StatusUnauthorized)
			return false
		}
		return true
	}
	c := r.client(t, nil)
	one(c, "poison")
	err := c.Flush(context.Background())
	assert.ErrorContains(t, err, "0 spans sent, 0 pending, 1 dropped")
	assert.ErrorContains(t, err, "401")
	one(c, "good")
	require.NoError(t, c.Flush(context.Background()))
	assert.Equal(t, 2, r.count(), "neither was tried again")
	assert.Contains(t, r.named(), "good")
	last := r.bodies[len(r.bodies)-1]
	assert.EqualValues(t, 1, last.lost(t).Spans, "the server is told")
	assert.Equal(t, map[string]int64{"rejected": 1}, last.lost(t).Reasons)
	balanced(t, c.Stats())
}

func TestBadAnswersLoseNothing(t *testing.T) {
	hijack := func(w http.ResponseWriter, text string) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, text)
		conn.Close()
	}
	tests := map[string]func(http.ResponseWriter){
		"500":               func(w http.ResponseWriter) { w.WriteHeader(500) },
		"503":               func(w http.ResponseWriter) { w.WriteHeader(503) },
		"408":               func(w http.ResponseWriter) { w.WriteHeader(408) },
		"429, retry after":  func(w http.ResponseWriter) { w.Header().Set("Retry-After", "1"); w.WriteHeader(429) },
		"413":               func(w http.ResponseWriter) { w.WriteHeader(413) },
		"garbage":           func(w http.ResponseWriter) { hijack(w, "garbage\r\n\r\n") },
		"nothing":           func(w http.ResponseWriter) { hijack(w, "") },
		"half of an answer": func(w http.ResponseWriter) { hijack(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{") },
		"half of a header":  func(w http.ResponseWriter) { hijack(w, "HTTP/1.1 20") },
	}
	for name, bad := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReceiver(t)
			var requests atomic.Int32
			r.answer = func(w http.ResponseWriter, req *http.Request) bool {
				if requests.Add(1) > 1 {
					return true
				}
				_, _ = io.Copy(io.Discard, req.Body)
				bad(w)
				return false
			}
			c := r.client(t, nil)
			for i := range 20 {
				one(c, fmt.Sprint("span ", i))
			}
			require.NoError(t, c.Flush(context.Background()))
			assert.Len(t, r.named(), 20)
			assert.EqualValues(t, 20, c.Stats().Delivered)
		})
	}
}

// TestRoundsGoOn: when all attempts of a round fail, the batch is kept, and goes
// first when the server is back, without anybody asking.
func TestRoundsGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		back := time.Now().Add(10 * time.Minute)
		f := &fakeServer{down: func() error {
			if time.Now().Before(back) {
				return errors.New("no route to host")
			}
			return nil
		}}
		c := f.client(t, mutagent.Options{})
		one(c, "early")
		err := c.Flush(context.Background())
		assert.ErrorContains(t, err, "1 pending")
		assert.ErrorContains(t, err, "no route to host")
		ended := 1
		for ; time.Now().Before(back); ended++ {
			one(c, "meanwhile")
			pass(time.Second)
		}
		pass(time.Minute)
		stats := c.Stats()
		assert.Zero(t, stats.Pending)
		assert.EqualValues(t, ended, stats.Delivered)
		assert.Equal(t, "early", f.bodies[0].Traces[0].Spans[0].Name)
		assert.Less(t, stats.Requests, int64(100), "rounds back off while the server is down")
		require.NoError(t, c.Shutdown(context.Background()))
	})
}

// TestWaitingBatchDelaysNoOther: while one request hangs, later spans arrive.
func TestWaitingBatchDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := new(fakeServer)
		var requests atomic.Int32
		f.down = func() error {
			if requests.Add(1) == 1 {
				time.Sleep(9 * time.Second) // the server is slow, on the bubble's clock
			}
			return nil
		}
		c := f.client(t, mutagent.Options{})
		one(c, "slow")
		pass(200 * time.Millisecond)
		one(c, "quick")
		pass(200 * time.Millisecond)
		assert.Contains(t, f.named(), "quick")
		assert.NotContains(t, f.named(), "slow")
		require.NoError(t, c.Shutdown(context.Background()))
		assert.Contains(t, f.named(), "slow")
	})
}

func TestWhenRequestsStart(t *testing.T) {
	// Only spans with a parent count here: the end of a root hurries things on.
	start := func(t *testing.T, o mutagent.Options) (*fakeServer, *mutagent.Client, context.Context, func(...*error)) {
		f := new(fakeServer)
		c := f.client(t, o)
		ctx, end := c.Start(context.Background(), mutagent.KindAgent, "root")
		return f, c, ctx, end
	}
	child := func(ctx context.Context) { _, end := mutagent.Start(ctx, mutagent.KindTool, "child"); end() }

	t.Run("by count", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f, c, ctx, _ := start(t, mutagent.Options{BatchSize: 3})
			child(ctx)
			child(ctx)
			synctest.Wait()
			assert.Zero(t, f.count())
			child(ctx)
			synctest.Wait()
			assert.Equal(t, 1, f.count())
			assert.Len(t, f.spans(), 3)
			require.NoError(t, c.Shutdown(context.Background()))
		})
	})
	t.Run("by age", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f, c, ctx, _ := start(t, mutagent.Options{BatchInterval: 3 * time.Second})
			pass(time.Minute) // the open root does not count
			child(ctx)
			pass(3*time.Second - time.Nanosecond)
			assert.Zero(t, f.count())
			pass(time.Nanosecond)
			assert.Equal(t, 1, f.count())
			require.NoError(t, c.Shutdown(context.Background()))
		})
	})
	t.Run("soon after a root", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f, c, ctx, end := start(t, mutagent.Options{})
			child(ctx)
			end()
			pass(99 * time.Millisecond)
			assert.Zero(t, f.count())
			pass(time.Millisecond)
			assert.Equal(t, 1, f.count())
			assert.Len(t, f.spans(), 2)
			require.NoError(t, c.Shutdown(context.Background()))
		})
	})
}

func TestLiveSpans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := new(fakeServer)
		c := f.client(t, mutagent.Options{LiveInterval: 10 * time.Second})
		ctx, end := c.Start(context.Background(), mutagent.KindAgent, "long")
		s := mutagent.FromContext(ctx)
		_, endShort := mutagent.Start(ctx, mutagent.KindTool, "short")
		endShort()
		s.AddEvent("one")

		pass(25 * time.Second) // two looks, between which nothing changed
		require.Len(t, f.spans(), 2)
		long := f.named()["long"]
		assert.Equal(t, "unset", long.Status)
		assert.Empty(t, long.EndTime)
		assert.Len(t, long.Events, 1)

		s.SetMetrics(mutagent.Metrics{Model: "m"})
		pass(10 * time.Second)
		assert.Equal(t, "m", f.named()["long"].Metrics["model"])

		requests := f.count()
		pass(time.Hour)
		assert.Equal(t, requests, f.count(), "no change, no request")

		end()
		require.NoError(t, c.Shutdown(context.Background()))
		assert.Equal(t, "ok", f.named()["long"].Status)
		stats := c.Stats()
		balanced(t, stats)
		assert.EqualValues(t, 2, stats.Delivered, "what was shown does not count")
	})
}

// TestSnapshot: what is open when the process is about to be killed arrives as far
// as it is, and is completed if the process lives on.
func TestSnapshot(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, &mutagent.Options{BatchInterval: time.Hour})
	ctx, end := c.Start(context.Background(), mutagent.KindAgent, "open")
	_, endChild := mutagent.Start(ctx, mutagent.KindTool, "ended")
	endChild()
	mutagent.FromContext(ctx).AddEvent("the end is near")

	require.NoError(t, c.Snapshot(ctx))
	got := r.named()
	assert.Equal(t, "ok", got["ended"].Status)
	assert.Equal(t, "unset", got["open"].Status)
	assert.Empty(t, got["open"].EndTime)
	assert.Len(t, got["open"].Events, 1)

	require.NoError(t, c.Snapshot(ctx))
	assert.Len(t, r.spans(), 2, "nothing has changed")

	end()
	require.NoError(t, c.Snapshot(ctx))
	assert.Equal(t, "ok", r.named()["open"].Status)
	stats := c.Stats()
	balanced(t, stats)
	assert.EqualValues(t, 2, stats.Delivered, "what was open does not count")
	assert.Zero(t, stats.Unfinished)
}

// TestFlushFindsTheClientInTheContext: the one of the span, or the one to be used.
func TestFlushFindsTheClientInTheContext(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, &mutagent.Options{BatchInterval: time.Hour})
	ctx, end := c.Start(context.Background(), mutagent.KindAgent, "root")
	_, endFirst := mutagent.Start(ctx, mutagent.KindTool, "first")
	endFirst()
	require.NoError(t, mutagent.Flush(ctx))
	assert.Contains(t, r.named(), "first")

	_, endSecond := mutagent.Start(ctx, mutagent.KindTool, "second")
	endSecond()
	require.NoError(t, mutagent.Flush(c.Context(context.Background())))
	assert.Contains(t, r.named(), "second")
	end()
}

func TestSteadyLoadDropsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := new(fakeServer)
		c := f.client(t, mutagent.Options{})
		for range 20 * 100 { // 20 s, 100 spans each 10 ms
			for range 100 {
				one(c, "span")
			}
			pass(10 * time.Millisecond)
		}
		require.NoError(t, c.Flush(context.Background()))
		stats := c.Stats()
		assert.EqualValues(t, 200_000, stats.Delivered)
		assert.Empty(t, stats.Dropped)
		assert.Len(t, f.spans(), 200_000)
		require.NoError(t, c.Shutdown(context.Background()))
	})
}

// TestDeadServer: a minute of load without a server. Memory stays bounded,
// payload goes before spans, and every span is accounted for.
func TestDeadServer(t *testing.T) {
	const limit = 2 << 20
	synctest.Test(t, func(t *testing.T) {
		before := heap()
		dead := true
		f := &fakeServer{down: func() error {
			if dead {
				return errors.New("no route to host")
			}
			return nil
		}}
		c := f.client(t, mutagent.Options{MaxQueueBytes: limit, MaxBatchBytes: 256 << 10})
		text := strings.Repeat("x", 1000)
		const n = 60 * 500
		for range 60 * 10 {
			for range 25 {
				ctx, root := c.StartSpan(context.Background(), mutagent.SpanOptions{Name: "root", Input: mutagent.IO{Text: text}})
				_, leaf := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "leaf", Input: mutagent.IO{Text: text}})
				leaf.End(mutagent.EndOptions{})
				root.End(mutagent.EndOptions{})
			}
			pass(100 * time.Millisecond)
		}
		stats := c.Stats()
		balanced(t, stats)
		assert.EqualValues(t, n, stats.Ended)
		assert.Positive(t, stats.Truncated)
		assert.Positive(t, stats.Dropped["queue_full"])
		assert.Less(t, heap()-before, int64(3*limit), "the limit, and room for bookkeeping and garbage")

		dead = false
		err := c.Flush(context.Background())
		assert.ErrorContains(t, err, fmt.Sprint(stats.Dropped["queue_full"], " dropped"))
		stats = c.Stats()
		balanced(t, stats)
		assert.Zero(t, stats.Pending)
		assert.Len(t, f.spans(), int(stats.Delivered))
		assertWholeTraces(t, f.spans())
		var told int64
		for _, b := range f.bodies {
			told += b.lost(t).Spans
		}
		assert.Equal(t, stats.Dropped["queue_full"], told, "the server knows what is missing")
		require.NoError(t, c.Shutdown(context.Background()))
	})
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// assertWholeTraces checks that no span is there without its parent.
func assertWholeTraces(t *testing.T, spans []span) {
	t.Helper()
	known := map[string]bool{}
	for _, s := range spans {
		known[s.SpanID] = true
	}
	for _, s := range spans {
		if s.ParentSpanID != "" && !known[s.ParentSpanID] {
			t.Fatalf("span %s is there, its parent %s is not", s.SpanID, s.ParentSpanID)
		}
	}
}

// TestTooLarge: what is too much together goes in parts, and what is too much
// alone goes without its payload.
func TestTooLarge(t *testing.T) {
	r := newReceiver(t)
	r.answer = func(w http.ResponseWriter, req *http.Request) bool {
		raw, _ := io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(raw))
		if len(raw) > 4000 {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return false
		}
		return true
	}
	c := r.client(t, nil)
	for range 30 {
		one(c, "small")
	}
	_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{Name: "large", Input: mutagent.IO{Text: strings.Repeat("x", 5000)}})
	s.End(mutagent.EndOptions{})
	require.NoError(t, c.Flush(context.Background()))
	assert.Len(t, r.spans(), 31)
	large := r.named()["large"]
	assert.True(t, large.Truncated)
	assert.Empty(t, large.Input)
	assert.EqualValues(t, 1, c.Stats().Truncated)
	balanced(t, c.Stats())
}

func TestLimits(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, &mutagent.Options{MaxSpanBytes: 1000, MaxBatchBytes: 5000})
	for i := range 10 {
		_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{Name: fmt.Sprint(i), Input: mutagent.IO{Text: strings.Repeat("é", 1000)}})
		s.AddEvent("no room left")
		s.End(mutagent.EndOptions{Output: mutagent.IO{Raw: []int{1, 2, 3}}})
	}
	require.NoError(t, c.Flush(context.Background()))
	require.Len(t, r.spans(), 10)
	s := r.spans()[0]
	assert.Equal(t, strings.Repeat("é", 500), s.Input)
	assert.True(t, s.Truncated)
	assert.Empty(t, s.Events)
	assert.Greater(t, r.count(), 2, "no request carries more than its limit")
	stats := c.Stats()
	assert.EqualValues(t, 10, stats.Truncated)
	assert.EqualValues(t, 10, stats.DroppedEvents)
}

func TestThousandEvents(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, nil)
	_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{})
	for i := range 1000 {
		s.AddEvent(fmt.Sprint("event ", i))
	}
	s.End(mutagent.EndOptions{})
	require.NoError(t, c.Flush(context.Background()))
	events := r.spans()[0].Events
	require.Len(t, events, 1000)
	assert.Equal(t, "event 999", events[999].Name)
}

// TestLateEvent: what is logged after the end still arrives.
func TestLateEvent(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, nil)
	_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{Name: "span"})
	s.End(mutagent.EndOptions{})
	s.AddEvent("late")
	require.NoError(t, c.Flush(context.Background()))
	spans := r.spans()
	require.Len(t, spans, 2)
	assert.Equal(t, spans[0].SpanID, spans[1].SpanID)
	assert.Equal(t, "late", spans[1].Events[0].Name)
	assert.EqualValues(t, 1, c.Stats().Ended)
}

// TestAbandonedSpan: a span that is dropped without an end is no leak.
func TestAbandonedSpan(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, nil)
	func() { c.Start(context.Background(), mutagent.KindTool, "forgotten") }()
	assert.EqualValues(t, 1, c.Stats().Open)
	runtime.GC()
	runtime.GC()
	stats := c.Stats()
	assert.EqualValues(t, 1, stats.Abandoned)
	assert.Zero(t, stats.Open)
}

func TestClientsDoNotMix(t *testing.T) {
	ra, rb := newReceiver(t), newReceiver(t)
	a, b := ra.client(t, &mutagent.Options{Environment: "a"}), rb.client(t, &mutagent.Options{Environment: "b"})
	ctx, endA := a.Start(context.Background(), mutagent.KindAgent, "a root")
	_, end := mutagent.Start(ctx, mutagent.KindTool, "a child")
	end()
	_, end = b.Start(ctx, mutagent.KindTool, "b asked, but the parent is a's")
	end()
	endA()
	one(b, "b root")
	require.NoError(t, a.Flush(context.Background()))
	require.NoError(t, b.Flush(context.Background()))
	assert.Len(t, ra.named(), 3)
	assert.Len(t, rb.named(), 1)
	assert.Equal(t, "b", rb.bodies[0].Traces[0].Metadata["deployment.environment.name"])
	require.NoError(t, a.Shutdown(context.Background()))
	one(b, "b goes on")
	require.NoError(t, b.Flush(context.Background()))
	assert.Contains(t, rb.named(), "b goes on")
}

// TestManyGoroutines: every span arrives once, under its own parent.
func TestManyGoroutines(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, nil)
	var wg sync.WaitGroup
	for g := range 16 {
		wg.Go(func() {
			for i := range 100 {
				name := fmt.Sprint(g, " ", i)
				ctx, end := c.Start(context.Background(), mutagent.KindAgent, name)
				_, s := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: name + " child"})
				wg.Go(func() { s.AddEvent("from elsewhere") })
				s.End(mutagent.EndOptions{})
				end()
			}
		})
	}
	wg.Wait()
	require.NoError(t, c.Flush(context.Background()))
	ids, spans := map[string]int{}, r.named()
	for _, s := range r.spans() {
		if s.StartTime != "" {
			ids[s.SpanID]++
		}
	}
	assert.Len(t, ids, 3200)
	for name, s := range spans {
		if parent, ok := strings.CutSuffix(name, " child"); ok {
			require.Equal(t, spans[parent].SpanID, s.ParentSpanID)
			require.Equal(t, spans[parent].TraceID, s.TraceID)
		}
	}
	balanced(t, c.Stats())
}

// TestKeepAliveConnectionsClosed: connections that die between requests, as they
// do while a process is frozen, cost no span and no retry.
func TestKeepAliveConnectionsClosed(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, nil)
	for i := range 50 {
		one(c, fmt.Sprint(i))
		require.NoError(t, c.Flush(context.Background()))
		r.CloseClientConnections()
	}
	assert.Len(t, r.named(), 50)
}
