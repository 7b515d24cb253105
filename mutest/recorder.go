package mutest

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/mutagent-io/mutagent-go"
)

// A Recorder collects traces. [New] creates one for a test. The zero Recorder is an
// [http.Handler]. Its methods are safe for concurrent use, except for [Recorder.Span],
// which may end the test and must be called from the test's goroutine.
//
// Spans that were read do not change when more arrive. Their maps and slices are shared
// by all readers and must not be modified.
type Recorder struct {
	tb     testing.TB       // nil unless made by New, like client
	client *mutagent.Client // its requests come here

	mu          sync.Mutex
	store       store // guarded by mu, like what follows
	leaks       []string
	failOnLeaks bool
}

// New returns a Recorder with its own client, which is shut down when the test ends. It
// fails the test if MUTAGENT_DISABLED turns tracing off. No other environment variable
// has an effect.
func New(tb testing.TB) *Recorder {
	tb.Helper()
	if off, _ := strconv.ParseBool(os.Getenv("MUTAGENT_DISABLED")); off {
		tb.Fatal("mutest: MUTAGENT_DISABLED is set, so nothing would be recorded; unset it for this test")
	}
	r := &Recorder{tb: tb}
	client, err := mutagent.New(&mutagent.Options{
		APIKey:      "mt_test",
		Endpoint:    "http://127.0.0.1", // never dialled
		Environment: "test",
		HTTPClient:  &http.Client{Transport: inProcess{r}},
		FindLeaks:   true,
		Logger:      slog.New(&troubles{recorder: r}),
	})
	if err != nil {
		tb.Fatalf("mutest: %v", err)
	}
	r.client = client
	tb.Cleanup(func() {
		r.check(client.Shutdown(context.Background()))
		r.checkLeaks()
	})
	return r
}

// FailOnLeaks fails the test at its end if spans were not ended, ended twice, or
// written after their end. It has no effect on a Recorder not created by [New].
func (r *Recorder) FailOnLeaks() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failOnLeaks = true
}

// A troubles is a handler that keeps the lines about leaks, which are the only ones at
// their level.
type troubles struct {
	slog.Handler
	recorder *Recorder
}

func (t *troubles) Enabled(_ context.Context, level slog.Level) bool { return level == slog.LevelError }

func (t *troubles) Handle(_ context.Context, line slog.Record) error {
	t.recorder.mu.Lock()
	defer t.recorder.mu.Unlock()
	t.recorder.leaks = append(t.recorder.leaks, line.Message)
	return nil
}

func (r *Recorder) checkLeaks() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.leaks {
		if r.failOnLeaks {
			r.tb.Errorf("mutest: %s", l)
		}
	}
}

// Client returns the client whose spans are recorded, or nil if r was not created by
// [New].
func (r *Recorder) Client() *mutagent.Client { return r.client }

// Context returns a copy of ctx in which the mutagent functions record to r. Spans with
// a parent in ctx stay with the parent's client. If r was not created by [New], the
// copy has no client and nothing is recorded.
func (r *Recorder) Context(ctx context.Context) context.Context { return r.client.Context(ctx) }

// Traces returns the recorded traces, ordered by the start of their first span. If r
// was created by [New], Traces flushes the client first, so that every ended span is
// included; a failed delivery fails the test.
func (r *Recorder) Traces() []Trace {
	if r.client != nil {
		r.tb.Helper()
		r.check(r.client.Flush(context.Background()))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.store.read()
}

func (r *Recorder) check(err error) {
	if err != nil {
		r.tb.Helper()
		r.tb.Errorf("mutest: %v", err)
	}
}

// Spans returns the spans of all [Recorder.Traces], trace by trace.
func (r *Recorder) Spans() []Span { return spansOf(r.Traces()) }

// Span returns the first of [Recorder.Spans] with the name. If there is none, it fails
// and ends the test, listing the names that exist. A Recorder not created by [New]
// returns the zero Span instead.
func (r *Recorder) Span(name string) Span {
	if r.tb != nil {
		r.tb.Helper()
	}
	return find(r.tb, r.Spans(), name)
}

func spansOf(traces []Trace) (spans []Span) {
	for _, t := range traces {
		spans = append(spans, t.Spans...)
	}
	return spans
}

// find returns the first of spans that has the name. If there is none it ends the
// test, unless that is nil.
func find(tb testing.TB, spans []Span, name string) Span {
	i := slices.IndexFunc(spans, func(s Span) bool { return s.Name == name })
	if i >= 0 {
		return spans[i]
	}
	if tb != nil {
		tb.Helper()
		tb.Fatalf("mutest: no span is named %q; there are: %s", name, names(spans))
	}
	return Span{}
}

func names(spans []Span) string {
	if len(spans) == 0 {
		return "none at all"
	}
	var quoted []string
	for _, s := range spans {
		quoted = append(quoted, strconv.Quote(s.Name))
	}
	return strings.Join(quoted, ", ")
}
