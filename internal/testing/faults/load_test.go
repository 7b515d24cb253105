package faults_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/testing/faults"
)

// A load simulates a traced program: it makes small traces at a steady rate, and
// records which spans have ended.
type load struct {
	stop chan struct{}
	wg   sync.WaitGroup

	mu    sync.Mutex
	more  *sync.Cond
	ended map[faults.ID]bool
}

const (
	// tick is how often a worker checks whether a trace is due.
	tick = 2 * time.Millisecond
	// burst is the number of traces a worker makes at once.
	burst = 4
	// spansPerTrace is the number of spans in a trace: an agent and its tools.
	spansPerTrace = 5
)

// startLoad makes about rate spans per second until it is stopped. Their names begin
// with name. It calls note, if not nil, with each span after its end.
func startLoad(c *mutagent.Client, name string, rate int, note func(*mutagent.Span)) *load {
	l := &load{stop: make(chan struct{}), ended: map[faults.ID]bool{}}
	l.more = sync.NewCond(&l.mu)
	const workers = 2
	for worker := range workers {
		l.wg.Go(func() {
			ticker := time.NewTicker(tick)
			defer ticker.Stop()
			began, made := time.Now(), 0
			for {
				select {
				case <-l.stop:
					return
				case <-ticker.C:
				}
				due := int(time.Since(began).Seconds() * float64(rate) / workers)
				// burst limits the traces that a slow machine has to catch up with.
				for range min((due-made)/spansPerTrace, burst) {
					runAgent(c, fmt.Sprint(name, ".", worker, ".", made), func(s *mutagent.Span) {
						if note != nil {
							note(s)
						}
						l.book(s)
					})
					made += spansPerTrace
				}
			}
		})
	}
	return l
}

func idOf(s *mutagent.Span) faults.ID { return faults.ID{Trace: s.TraceID(), Span: s.SpanID()} }

func (l *load) book(s *mutagent.Span) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended[idOf(s)] = true
	l.more.Broadcast()
}

// await returns when n more spans have ended.
func (l *load) await(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n += len(l.ended); len(l.ended) < n; {
		l.more.Wait()
	}
}

// finish stops the load, and returns all ended spans.
func (l *load) finish() map[faults.ID]bool {
	close(l.stop)
	l.wg.Wait()
	return l.ended
}

// runAgent makes a trace. It calls done with each span after its end.
func runAgent(c *mutagent.Client, name string, done func(*mutagent.Span)) {
	logger := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
	ctx, agent := c.StartSpan(context.Background(), mutagent.SpanOptions{Kind: mutagent.KindAgent, Name: name})
	for i := range spansPerTrace - 1 {
		name := fmt.Sprint(name, ".", i)
		ctx, tool := mutagent.StartSpan(ctx, mutagent.SpanOptions{Kind: mutagent.KindTool, Name: name, Input: mutagent.IO{Text: payload(name)}})
		logger.InfoContext(ctx, "used a tool", "tool", i)
		tool.End(mutagent.EndOptions{Output: mutagent.IO{Raw: []int{i}}})
		done(tool)
	}
	agent.End(mutagent.EndOptions{})
	done(agent)
}

// payload returns the input for a span with that name, so that tests know what must
// have arrived.
func payload(name string) string { return strings.Repeat(name+"|", 10+len(name)%7) }

// drain flushes until nothing is left. The server must have no fault.
func drain(t *testing.T, c *mutagent.Client) {
	t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for ; left(c.Stats()) > 0; <-look.C {
		_ = c.Flush(t.Context()) // dropped spans are an error too
	}
}

func left(s mutagent.Statistics) int64 { return s.Pending + spooled(s) }

// assertAddsUp checks that the counts cover every span that ended.
func assertAddsUp(t *testing.T, s mutagent.Statistics) {
	t.Helper()
	assert.Equal(t, s.Ended, s.Delivered+s.Pending+spooled(s)+dropped(s), "%+v", s)
}

func dropped(s mutagent.Statistics) (n int64) {
	for _, d := range s.Dropped {
		n += d
	}
	return n
}

// assertArrived compares a client's statistics and the ended spans with what the server
// received. The client must have no spans left.
func assertArrived(t *testing.T, stats mutagent.Statistics, ended map[faults.ID]bool, ledger *faults.Ledger) {
	t.Helper()
	assertAddsUp(t, stats)
	assert.EqualValues(t, len(ended), stats.Ended, "the client knows of each span that ended")
	assert.Zero(t, left(stats))
	require.Empty(t, ledger.Faulty())

	entries := ledger.Entries()
	var arrived int64
	for id := range ended {
		if entries[id].Whole > 0 {
			arrived++
		}
	}
	assert.GreaterOrEqual(t, arrived, stats.Delivered, "what is called delivered has arrived")
	assert.LessOrEqual(t, int64(len(ended))-arrived, dropped(stats), "what has not arrived is called dropped")
}

// assertNothingElse checks that only ended spans arrived.
func assertNothingElse(t *testing.T, ended map[faults.ID]bool, ledger *faults.Ledger) {
	t.Helper()
	for id, e := range ledger.Entries() {
		require.True(t, ended[id], "%s %v arrived, and never ended", e.Name, id)
	}
}
