package batch

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/spool"
	"github.com/mutagent-io/mutagent-go/internal/transport"
	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// A server stands in for the network. It works inside a bubble of synctest,
// where a real one would not. Every Sleep of these tests is on a bubble's clock:
// it is what a scenario says of time, takes none, and waits for nothing real.
type server struct {
	// answer decides on a request; nil accepts everything.
	answer func(*http.Request, post) verdict

	mu       sync.Mutex
	requests int
	posts    []post // accepted
}

// A post is the body of a request, as far as the tests care.
type post struct {
	size int
	Lost struct {
		Spans, Events, Truncated int64
		Reasons                  map[string]int64
	}
	Traces []struct {
		Spans []struct {
			SpanID, Name, EndTime string
			Input                 struct{ Text string }
		}
	}
}

// A verdict is what the server makes of a request.
type verdict struct {
	status  int // 0: no answer
	after   string
	swallow bool // takes it all the same
}

var (
	accepted = verdict{status: 200}
	broken   = verdict{}
)

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(r.Body)
	r.Body.Close()
	if err != nil {
		return nil, err
	}
	p := post{size: len(raw)}
	if err := json.Unmarshal(raw, &p); err != nil {
		panic(err) // the request's JSON is broken
	}
	s.mu.Lock()
	s.requests++
	s.mu.Unlock()
	v := accepted
	if s.answer != nil {
		v = s.answer(r, p)
	}
	if v.status/100 == 2 || v.swallow {
		s.mu.Lock()
		s.posts = append(s.posts, p)
		s.mu.Unlock()
	}
	if v.status == 0 {
		return nil, errors.New("connection reset")
	}
	header := http.Header{}
	if v.after != "" {
		header.Set("Retry-After", v.after)
	}
	return &http.Response{StatusCode: v.status, Header: header, Body: io.NopCloser(strings.NewReader("")), Request: r}, nil
}

// hang is a server that never answers.
func hang(r *http.Request) verdict {
	<-r.Context().Done()
	return broken
}

func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// ended counts how often each ended span was accepted, by name.
func (s *server) ended() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := map[string]int{}
	for _, p := range s.posts {
		for _, tr := range p.Traces {
			for _, sp := range tr.Spans {
				if sp.EndTime != "" {
					n[sp.Name]++
				}
			}
		}
	}
	return n
}

// told adds up what the accepted requests told of losses.
func (s *server) told() (spans, events, truncated int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.posts {
		spans += p.Lost.Spans
		events += p.Lost.Events
		truncated += p.Lost.Truncated
	}
	return
}

// batcher returns a Batcher that sends to s. It is shut down when the test ends,
// or a test that fails would leave its goroutine in the bubble. Options have
// defaults.
func (s *server) batcher(t *testing.T, opts Options) *Batcher {
	opts.Size = max(opts.Size, 1)
	if opts.Interval == 0 {
		opts.Interval = 5 * time.Second
	}
	if opts.MaxBatch == 0 {
		opts.MaxBatch = 1 << 20
	}
	if opts.MaxQueue == 0 {
		opts.MaxQueue = 64 << 20
	}
	opts.Header.Source = "test"
	b := New(transport.New(&http.Client{Transport: s}, "https://api.example.com", "mt_test"), opts)
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = b.Shutdown(ctx)
	})
	return b
}

// spooled returns opts with a spool of so many bytes in dir.
func spooled(dir string, bytes int64, opts Options) Options {
	header := wire.Header{Source: "test"}
	opts.Spool = spool.New(spool.Options{
		Dir:          dir,
		Group:        "test",
		Preamble:     header.AppendRecord(nil),
		MaxBytes:     bytes,
		SegmentBytes: min(int64(opts.MaxBatch), opts.MaxQueue) / 8,
		MaxAge:       time.Hour,
	})
	return opts
}

// begin begins a span with a name. It is no root, so that nothing hurries it.
func begin(b *Batcher, name string, parent *Item) *Item {
	it := &Item{Span: wire.Span{Name: name, Kind: "custom", Start: time.Now()}}
	for i := range it.Span.ID {
		it.Span.ID[i] = byte(rand.Uint32())
	}
	it.Span.TraceID[0] = 1
	if parent != nil {
		it.Inherit(parent)
		it.Span.TraceID, it.Span.ParentID = parent.Span.TraceID, parent.Span.ID
	}
	b.Begin(it)
	return it
}

// end ends an item the way package mutagent does.
func end(b *Batcher, it *Item, payload string) {
	it.Mu.Lock()
	it.Span.Input.Text, it.Span.Size = payload, int32(len(payload))
	it.Span.Status = wire.StatusOK
	it.Span.Duration = time.Since(it.Span.Start)
	it.Span.Ended = true
	it.Mu.Unlock()
	b.End(it)
}

// record begins and ends a span.
func record(b *Batcher, name string) { end(b, begin(b, name, nil), "") }

// addendum adds a late event to a span.
func addendum(b *Batcher, to *Item) {
	it := &Item{Span: wire.Span{TraceID: to.Span.TraceID, ID: to.Span.ID, Size: 100}}
	it.Span.Events.Add(wire.Event{Name: "late"})
	b.Addendum(it)
}

// used returns what the batcher believes to keep.
func used(b *Batcher) (n int64) {
	b.call(func(l *loop) { l.drain(); l.dropAbandoned(); n = l.used.Load() })
	return n
}

func dropped(c Counts) (n int64) {
	for _, d := range c.Dropped {
		n += d
	}
	return n
}

// balanced checks the promise of Counts.
func balanced(t *testing.T, c Counts) {
	t.Helper()
	require.Equal(t, c.Ended, c.Delivered+c.Pending+c.Spooled+dropped(c), "Ended = Delivered + Pending + Spooled + Dropped: %+v", c)
}

func shutdown(t *testing.T, b *Batcher) {
	t.Helper()
	require.NoError(t, b.Shutdown(t.Context()))
}
