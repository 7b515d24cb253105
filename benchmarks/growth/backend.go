package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// What the program does meanwhile: an agent of nine model calls every 5 ms, which
// makes 2,000 spans a second.
const (
	agentEvery = 5 * time.Millisecond
	calls      = 9
	window     = 100 * time.Millisecond // of which each figure is made
)

// phases are what the backend does, each for as long as the plan says. The last is
// twice as long.
var phases = []func(http.ResponseWriter, *http.Request){
	answer,
	func(w http.ResponseWriter, r *http.Request) { // slow
		time.Sleep(500 * time.Millisecond)
		answer(w, r)
	},
	// Dead, as seen through a proxy. Both libraries try again after a 503.
	func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
	answer,
	answer,
}

func answer(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // what breaks off is the client's to report
	if r.URL.Path != otlpPath {
		_, _ = io.WriteString(w, accepted)
	}
}

// A backend is a server whose phase changes.
type backend struct {
	*httptest.Server
	phase atomic.Int32
}

func newBackend() *backend {
	b := new(backend)
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		phases[b.phase.Load()](w, r)
	}))
	return b
}

// A socket sends every request to one address.
type socket struct {
	http.Transport
	addr net.Addr
}

func (s *socket) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", s.addr.String()
	return s.Transport.RoundTrip(r)
}

// measureBackend watches what a program pays and what becomes of its spans while a
// backend slows down, dies, and comes back.
func (p plan) measureBackend() (points []point, err error) {
	if p.phase == 0 {
		return nil, nil
	}
	// Collections happen more often, so that it is seen sooner what memory is in use.
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	for _, start := range []func(http.RoundTripper) (tracer, error){
		func(s http.RoundTripper) (tracer, error) { return newMutagent(s, 0) },
		func(s http.RoundTripper) (tracer, error) { return newOTel(s) },
	} {
		b := newBackend()
		t, err := start(&socket{addr: b.Listener.Addr()})
		if err != nil {
			return nil, err
		}
		points = append(points, watch(t, b, p.phase)...)
		t.close()
		b.Close()
	}
	return points, nil
}

// watch returns the figures of all phases.
func watch(t tracer, b *backend, phase time.Duration) (points []point) {
	runtime.GC()
	base, began := liveHeap(), time.Now()
	l := &load{tracer: t, done: make(chan struct{})}
	go l.run(began)
	defer l.stop()
	for at := window; at <= phase*time.Duration(len(phases)); at += window {
		time.Sleep(time.Until(began.Add(at)))
		b.phase.Store(int32(min(at/phase, time.Duration(len(phases))-1)))
		took, ended := l.take()
		if len(took) == 0 {
			continue // the machine had no time for the program
		}
		s := t.state(ended)
		figure := func(panel string, y float64) {
			points = append(points, point{"backend", panel, t.name(), at.Seconds(), y})
		}
		figure("median", median(took))
		figure("max", slices.Max(took))
		figure("pending", float64(s.pending))
		figure("dropped", float64(s.dropped))
		figure("delivered", float64(s.delivered))
		figure("memory", max(0, liveHeap()-base))
	}
	progress(points[len(points)-6:]...)
	return points
}

// A load is a program at work.
type load struct {
	tracer
	stopped atomic.Bool
	done    chan struct{}

	mu    sync.Mutex
	took  []float64 // by model calls since the last take
	ended int64     // spans
}

func (l *load) run(began time.Time) {
	defer close(l.done)
	var took []float64
	for next := began; !l.stopped.Load(); next = next.Add(agentEvery) {
		time.Sleep(time.Until(next))
		took = took[:0]
		l.agent(calls, func(began time.Time) { took = append(took, since(began)) })
		l.mu.Lock()
		l.took = append(l.took, took...)
		l.ended += calls + 1
		l.mu.Unlock()
	}
}

// take returns what the model calls took since it was last called, and how many
// spans have ended so far.
func (l *load) take() (took []float64, ended int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	took, l.took = l.took, nil
	return took, l.ended
}

func (l *load) stop() {
	l.stopped.Store(true)
	<-l.done
}

// liveHeap returns the memory that the last collection found in use.
func liveHeap() float64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return float64(sample[0].Value.Uint64())
}
