package pipeline_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/intake"
	"github.com/mutagent-io/mutagent-go/internal/pipeline"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/redact"
)

// blocked returns a pipeline whose Redactor blocks at its first span until the test
// ends, and a channel that is closed when it does.
func blocked(t *testing.T, memory int64) (*pipeline.Pipeline, chan struct{}) {
	blocks, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	wait := func(_, text string) (string, int) {
		once.Do(func() { close(blocks) })
		<-release
		return text, 0
	}
	p := toys(func(o *pipeline.Options) {
		o.Memory, o.Size = memory, 1<<20 // nothing is fed before a flush
		o.Redactor = redact.New(false, []redact.Func{wait})
	}, newReader(t, ok))
	t.Cleanup(func() {
		close(release)
		_ = p.Shutdown(context.Background())
	})
	return p, blocks
}

// TestBlockedFlushCounts checks that a flush reports spans as pending that wait to be
// encoded while a Redactor blocks.
func TestBlockedFlushCounts(t *testing.T) {
	p, _ := blocked(t, 1<<20)
	end(p, 5)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var failure *pipeline.FlushError
	require.ErrorAs(t, p.Flush(ctx), &failure)
	assert.EqualValues(t, 5, failure.Pending)
}

// TestBlockedMemory checks that spans count toward the memory limit while they wait to
// be encoded.
func TestBlockedMemory(t *testing.T) {
	const most = 1000
	p, blocks := blocked(t, most*640)
	end(p, most/2)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	go func() { _ = p.Flush(ctx) }()
	<-blocks
	end(p, most)
	assert.GreaterOrEqual(t, p.Intake.Losses().Full, int64(most/2-10))
}

// TestShutdownDuringEnds checks that a shutdown does not read a span that its end is
// stripping. The race detector sees it.
func TestShutdownDuringEnds(t *testing.T) {
	for range 30 {
		p := toys(func(o *pipeline.Options) { o.Memory = 100 * 640 }, newReader(t, ok))
		var items []*intake.Item
		for range 50 {
			it := new(intake.Item)
			it.Span = record.Span{TraceID: record.TraceID{1}, Name: "span", Start: time.Unix(1, 0), Size: 1 << 20}
			it.Span.EditDetails().Input.Text = "text"
			p.Intake.Begin(it)
			items = append(items, it)
		}
		p.Stats() // the pipeline holds them
		done := make(chan struct{})
		go func() {
			defer close(done)
			for _, it := range items {
				it.Mu.Lock()
				it.Span.Ended = true
				it.Mu.Unlock()
				p.Intake.End(it)
			}
		}()
		_ = p.Shutdown(t.Context()) // spans that end meanwhile may be late
		<-done
	}
}

// TestPacedRequests checks that the number of spans starts a request soon, also when
// they end right after another request.
func TestPacedRequests(t *testing.T) {
	answered := make(chan struct{}, 10)
	r := newReader(t, func(string) int { answered <- struct{}{}; return http.StatusOK })
	p := toys(unchanged, r)
	for range 5 {
		end(p, 10)
		select {
		case <-answered:
		case <-time.After(5 * time.Second):
			t.Fatal("10 spans start no request")
		}
	}
	require.NoError(t, p.Shutdown(t.Context()))
}
