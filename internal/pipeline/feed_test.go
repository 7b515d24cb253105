package pipeline_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/pipeline"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A countingToy counts the spans that it has encoded.
type countingToy struct {
	toy
	encoded *atomic.Int64
}

func (d countingToy) Encode(dst []byte, s *record.Span) []byte {
	d.encoded.Add(1)
	return d.toy.Encode(dst, s)
}

// held returns a pipeline whose server answers with status once answer is closed, and
// the number of spans encoded so far.
func held(t *testing.T, status int) (p *pipeline.Pipeline, r *reader, answer chan struct{}, encoded *atomic.Int64) {
	answer, encoded = make(chan struct{}), new(atomic.Int64)
	r = newReader(t, func(string) int { <-answer; return status })
	p = toys(func(o *pipeline.Options) {
		o.Memory = 64 << 20
		o.Lanes[0].Destination = countingToy{toy{r.URL}, encoded}
	}, r)
	return p, r, answer, encoded
}

// TestFeedingWaits checks that spans are not encoded long before a request can carry
// them, and that a flush waits for those that are not encoded, too.
func TestFeedingWaits(t *testing.T) {
	p, r, answer, encoded := held(t, http.StatusOK)
	names := end(p, 10_000)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := p.Flush(ctx)
	var failure *pipeline.FlushError
	require.ErrorAs(t, err, &failure)
	assert.EqualValues(t, 10_000, failure.Pending, "all are reported")
	assert.Less(t, encoded.Load(), int64(500), "requests of 1 KiB carry about 20 of them")

	flushed := make(chan error)
	go func() { flushed <- p.Flush(t.Context()) }()
	close(answer)
	require.NoError(t, <-flushed)
	assert.ElementsMatch(t, names, r.has())
	assert.EqualValues(t, 10_000, encoded.Load(), "each is encoded once")
	require.NoError(t, p.Shutdown(t.Context()))
}

// TestFailureFeeds checks that everything is encoded once the destination fails, so
// that a shortage of memory costs the oldest spans their payload.
func TestFailureFeeds(t *testing.T) {
	p, _, answer, encoded := held(t, http.StatusServiceUnavailable)
	end(p, 10_000)
	close(answer)
	err := p.Flush(t.Context())
	var failure *pipeline.FlushError
	require.ErrorAs(t, err, &failure)
	assert.EqualValues(t, 10_000, failure.Pending)
	assert.EqualValues(t, 10_000, encoded.Load())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.Error(t, p.Shutdown(ctx))
}

// TestFlushesInTurns checks that a flush covers what was recorded before it, and only
// that, while other spans wait to be encoded.
func TestFlushesInTurns(t *testing.T) {
	p, r, answer, _ := held(t, http.StatusOK)
	end(p, 1_000)
	flushed := make(chan int, 2)
	go func() { assert.NoError(t, p.Flush(t.Context())); flushed <- len(r.has()) }()
	go func() {
		for range 5 {
			end(p, 1_000)
			assert.NoError(t, p.Flush(t.Context()))
		}
		flushed <- len(r.has())
	}()
	close(answer)
	first, second := <-flushed, <-flushed
	assert.GreaterOrEqual(t, first, 1_000)
	assert.Equal(t, 6_000, max(first, second))
	require.NoError(t, p.Shutdown(t.Context()))
}
