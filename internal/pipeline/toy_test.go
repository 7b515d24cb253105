package pipeline_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/intake"
	"github.com/mutagent-io/mutagent-go/internal/pipeline"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// A toy is a destination that encodes each span as one line. It shows the minimum of
// code for a new destination.
type toy struct{ url string }

func (d toy) Name() string               { return "toy" }
func (d toy) URL() string                { return d.url }
func (d toy) Header() http.Header        { return http.Header{"Content-Type": {"text/plain"}} }
func (d toy) Limits() destination.Limits { return destination.Limits{Bytes: 1 << 10} }
func (d toy) Preamble() []byte           { return nil }

func (d toy) Encode(dst []byte, s *record.Span) []byte {
	return append(append(destination.AppendHead(dst, s), s.Name...), '\n')
}

func (d toy) Strip(dst, rec []byte) []byte { return append(dst, rec...) }

func (d toy) Frame(_ []byte, records destination.Records, _ record.Lost) *destination.Body {
	body := new(destination.Body)
	for i := range records.Len() {
		body.Pieces = append(body.Pieces, records.At(i)[destination.HeadBytes:])
	}
	return body
}

func (d toy) Read(answer destination.Answer, _ int) destination.Outcome {
	switch answer.Status {
	case http.StatusOK:
		return destination.Outcome{Verdict: destination.Accepted}
	case http.StatusBadRequest:
		return destination.Outcome{Verdict: destination.Unacceptable}
	}
	return destination.Outcome{Verdict: destination.Later}
}

// A reader is a server for toys. It keeps the lines that it accepted.
type reader struct {
	*httptest.Server
	mu     sync.Mutex
	status func(body string) int
	lines  []string
}

func newReader(t *testing.T, status func(body string) int) *reader {
	r := &reader{status: status}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		code := r.status(string(body))
		if code == http.StatusOK {
			r.lines = append(r.lines, strings.Split(strings.TrimSuffix(string(body), "\n"), "\n")...)
		}
		w.WriteHeader(code)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *reader) has() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines
}

func ok(string) int { return http.StatusOK }

// toys returns a pipeline that sends to readers.
func toys(change func(*pipeline.Options), readers ...*reader) *pipeline.Pipeline {
	opts := pipeline.Options{Size: 10, Interval: time.Hour, Memory: 1 << 20}
	for _, r := range readers {
		opts.Lanes = append(opts.Lanes, pipeline.Lane{Destination: toy{r.URL}, Mask: func(s string) string { return s }})
	}
	change(&opts)
	return pipeline.New(opts)
}

func unchanged(*pipeline.Options) {}

// end begins and ends n spans, and returns their names.
func end(p *pipeline.Pipeline, n int) (names []string) {
	for i := range n {
		it := new(intake.Item)
		it.Span = record.Span{TraceID: record.TraceID{1}, ID: record.SpanID{byte(i), 1}, Name: fmt.Sprint("span ", i, "."), Start: time.Unix(1, 0)}
		p.Intake.Begin(it)
		it.Span.Ended = true
		p.Intake.End(it)
		names = append(names, it.Span.Name)
	}
	return names
}

// TestToy checks that everything arrives in order and once.
func TestToy(t *testing.T) {
	r := newReader(t, ok)
	p := toys(unchanged, r)
	names := end(p, 200)
	require.NoError(t, p.Flush(t.Context()))
	assert.ElementsMatch(t, names, r.has())
	require.NoError(t, p.Shutdown(t.Context()))
	s := p.Stats()
	assert.EqualValues(t, 200, s.Ended)
	assert.EqualValues(t, 200, s.Lanes[0].Delivered)
}

// TestLanesAreApart checks that a failing destination does not affect the other, and
// that each has its own counts.
func TestLanesAreApart(t *testing.T) {
	well, ill := newReader(t, ok), newReader(t, func(string) int { return http.StatusServiceUnavailable })
	p := toys(func(o *pipeline.Options) { o.Size = 1 << 20 }, well, ill) // nothing is sent before the flush
	names := end(p, 50)
	err := p.Flush(t.Context())
	var failure *pipeline.FlushError
	require.ErrorAs(t, err, &failure)
	assert.EqualValues(t, 50, failure.Sent)
	assert.EqualValues(t, 50, failure.Pending)
	assert.ElementsMatch(t, names, well.has())
	assert.Empty(t, ill.has())

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, p.Shutdown(ctx))
	s := p.Stats()
	assert.EqualValues(t, 50, s.Lanes[0].Delivered)
	assert.EqualValues(t, 50, s.Lanes[1].Dropped["shutdown"])
}

// TestOneLineIsNotAcceptable checks that an unacceptable span is found, and that no
// other span is dropped with it.
func TestOneLineIsNotAcceptable(t *testing.T) {
	r := newReader(t, func(body string) int {
		if strings.Contains(body, "span 17.") {
			return http.StatusBadRequest
		}
		return http.StatusOK
	})
	p := toys(unchanged, r)
	end(p, 40)
	for range 20 {
		if p.Flush(t.Context()) == nil {
			break
		}
	}
	assert.Len(t, r.has(), 39)
	s := p.Stats()
	assert.EqualValues(t, 39, s.Lanes[0].Delivered)
	assert.EqualValues(t, 1, s.Lanes[0].Dropped["rejected"])
	require.NoError(t, p.Shutdown(t.Context()))
}

// TestSpoolOfToys checks that a process delivers what an earlier one could not. The
// spool needs no knowledge of the destination.
func TestSpoolOfToys(t *testing.T) {
	dir := t.TempDir()
	withSpool := func(o *pipeline.Options) {
		o.Lanes[0].Spool = spool.New(spool.Options{Dir: dir, Group: "toy", MaxBytes: 1 << 20, SegmentBytes: 1 << 16, MaxAge: time.Hour})
	}
	up := false
	r := newReader(t, func(string) int {
		if up {
			return http.StatusOK
		}
		return http.StatusServiceUnavailable
	})
	first := toys(withSpool, r)
	names := end(first, 30)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.Error(t, first.Shutdown(ctx))
	assert.EqualValues(t, 30, first.Stats().Lanes[0].Spooled)

	r.mu.Lock()
	up = true
	r.mu.Unlock()
	second := toys(withSpool, r)
	require.NoError(t, second.Flush(t.Context()))
	assert.ElementsMatch(t, names, r.has())
	assert.EqualValues(t, 30, second.Stats().Lanes[0].Replayed)
	require.NoError(t, second.Shutdown(t.Context()))
}
