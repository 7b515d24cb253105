package batch

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// modes has every test of the spool run twice.
func modes(t *testing.T, f func(t *testing.T, dir string, opts Options)) {
	for name, atEnd := range map[string]bool{"hand over": false, "at end": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				f(t, dir, Options{AtEnd: atEnd, Size: 10, MaxQueue: 200 << 10, MaxBatch: 16 << 10})
			})
		})
	}
}

// A mood is how a server feels.
type mood struct {
	server
	well atomic.Bool
}

func newMood() *mood {
	m := new(mood)
	m.answer = func(*http.Request, post) verdict {
		if m.well.Load() {
			return accepted
		}
		return broken
	}
	return m
}

// fill records n spans of about a kilobyte, slowly enough for the loop.
func fill(t *testing.T, b *Batcher, from, n int) {
	for i := from; i < from+n; i++ {
		end(b, begin(b, fmt.Sprint(i), nil), strings.Repeat("x", 1000))
		if i%10 == 9 {
			time.Sleep(10 * time.Millisecond) // on synctest's clock
			synctest.Wait()
		}
	}
	balanced(t, b.Stats())
}

// TestSpill: what memory has no room for is neither stripped nor refused, and
// comes in order once the server is back.
func TestSpill(t *testing.T) {
	modes(t, func(t *testing.T, dir string, opts Options) {
		m := newMood()
		b := m.batcher(t, spooled(dir, 1<<30, opts))
		const n = 2000
		fill(t, b, 0, n)
		c := b.Stats()
		require.Greater(t, c.Spooled, int64(n/2))
		require.Positive(t, c.Pending)
		require.LessOrEqual(t, used(b), opts.MaxQueue*3/4)
		m.well.Store(true)
		require.NoError(t, b.Flush(t.Context()))
		c = b.Stats()
		balanced(t, c)
		require.EqualValues(t, n, c.Delivered)
		require.Zero(t, c.Truncated)
		require.Zero(t, used(b))
		i := 0
		for _, p := range m.posts {
			for _, tr := range p.Traces {
				for _, s := range tr.Spans {
					if i++; c.Requests < 100 {
						require.Len(t, s.Input.Text, 1000)
					}
				}
			}
		}
		require.Equal(t, n, i)
		shutdown(t, b)
	})
}

// TestReplayIsGentle: a server that has recovered gets what is old one request at
// a time, and never without a pause; what is new does not wait for it.
func TestReplayIsGentle(t *testing.T) {
	modes(t, func(t *testing.T, dir string, opts Options) {
		const slow = 100 * time.Millisecond
		var old, most, requests atomic.Int32
		m := newMood()
		answer := m.answer
		m.answer = func(r *http.Request, p post) verdict {
			v := answer(r, p)
			if v == accepted && !strings.HasPrefix(p.Traces[0].Spans[0].Name, "new") {
				if n := old.Add(1); n > most.Load() {
					most.Store(n)
				}
				requests.Add(1)
				time.Sleep(slow) // on synctest's clock
				old.Add(-1)
			}
			return v
		}
		b := m.batcher(t, spooled(dir, 1<<30, opts))
		fill(t, b, 0, 2000)
		m.well.Store(true)
		for b.Stats().Pending > 20 { // what memory had goes as fast as ever
			time.Sleep(10 * time.Millisecond) // on synctest's clock
			synctest.Wait()
		}
		require.Greater(t, b.Stats().Spooled, int64(500))
		most.Store(0)
		requests.Store(0)
		began := time.Now()
		for i := 0; b.Stats().Spooled > 0; i++ {
			name := fmt.Sprint("new ", i)
			it := begin(b, name, nil)
			it.Span.Marks = wire.Root
			end(b, it, "")
			time.Sleep(rootDelay + 10*time.Millisecond)
			synctest.Wait()
			require.Equal(t, 1, m.ended()[name], "after %v %+v %d", time.Since(began), b.Stats(), used(b))
		}
		require.EqualValues(t, 1, most.Load())
		busy := time.Duration(requests.Load()) * slow
		require.LessOrEqual(t, busy, time.Since(began)/2+2*slow, "no pauses")
		require.Greater(t, busy, time.Since(began)/4, "too long pauses")
		shutdown(t, b)
		require.EqualValues(t, b.Stats().Ended, b.Stats().Delivered)
	})
}

// TestLossesOnDisk are counted, by reason, and a flush tells of them.
func TestLossesOnDisk(t *testing.T) {
	corrupt := func(dir string) {
		paths, _ := filepath.Glob(filepath.Join(dir, "mutagent", "*.seg"))
		log, err := os.ReadFile(paths[len(paths)/2])
		if err != nil {
			panic(err)
		}
		log[len(log)/2] ^= 1
		if err := os.WriteFile(paths[len(paths)/2], log, 0o600); err != nil {
			panic(err)
		}
	}
	for reason, test := range map[string]struct {
		bytes  int64
		damage func(dir string)
	}{
		reasonSpoolFull:    {500 << 10, nil},
		reasonSpoolExpired: {4 << 20, func(string) { time.Sleep(61 * time.Minute) }},
		reasonSpoolCorrupt: {4 << 20, corrupt},
	} {
		t.Run(reason, func(t *testing.T) {
			modes(t, func(t *testing.T, dir string, opts Options) {
				m := newMood()
				b := m.batcher(t, spooled(dir, test.bytes, opts))
				fill(t, b, 0, 2000)
				if test.damage != nil {
					test.damage(dir)
					fill(t, b, 2000, 10)
				}
				m.well.Store(true)
				err := b.Flush(t.Context())
				var failure *FlushError
				require.True(t, errors.As(err, &failure))
				require.Positive(t, failure.Dropped)
				require.NoError(t, b.Flush(t.Context()))
				c := b.Stats()
				balanced(t, c)
				require.Equal(t, failure.Dropped, c.Dropped[reason])
				require.Equal(t, c.Dropped[reason], dropped(c))
				require.Zero(t, c.Pending+c.Spooled)
				require.EqualValues(t, c.Delivered, len(m.ended()))
				shutdown(t, b)
			})
		})
	}
}

// TestStopWithABacklog keeps it, and the next takes it over in order.
func TestStopWithABacklog(t *testing.T) {
	modes(t, func(t *testing.T, dir string, opts Options) {
		m := newMood()
		b := m.batcher(t, spooled(dir, 1<<30, opts))
		const n = 2000
		fill(t, b, 0, n)
		err := b.Shutdown(t.Context())
		var failure *FlushError
		require.True(t, errors.As(err, &failure), "%v", err)
		require.EqualValues(t, n, failure.Spooled)
		c := b.Stats()
		balanced(t, c)
		require.EqualValues(t, n, c.Spooled)

		m.well.Store(true)
		opts.AtEnd = !opts.AtEnd // it makes no difference
		next := m.batcher(t, spooled(dir, 1<<30, opts))
		record(next, "mine")
		time.Sleep(time.Minute)
		synctest.Wait()
		c = next.Stats()
		balanced(t, c)
		require.EqualValues(t, n, c.Replayed)
		require.EqualValues(t, 1, c.Delivered)
		require.Zero(t, used(next))
		require.Len(t, m.ended(), n+1)
		want := 0
		for _, p := range m.posts {
			for _, s := range p.Traces[0].Spans {
				if s.Name != "mine" {
					require.Equal(t, fmt.Sprint(want), s.Name, "in order")
					want++
				}
			}
		}
		shutdown(t, next)
	})
}

// TestFlushDoesNotWaitForOthers: what a dead process left is not its business.
func TestFlushDoesNotWaitForOthers(t *testing.T) {
	modes(t, func(t *testing.T, dir string, opts Options) {
		m := newMood()
		b := m.batcher(t, spooled(dir, 1<<30, opts))
		fill(t, b, 0, 200)
		require.Error(t, b.Shutdown(t.Context()))
		m.answer = func(r *http.Request, p post) verdict {
			if p.Traces[0].Spans[0].Name != "mine" {
				time.Sleep(5 * time.Second)
			}
			return accepted
		}
		next := m.batcher(t, spooled(dir, 1<<30, opts))
		time.Sleep(time.Second) // in the middle of it
		began := time.Now()
		record(next, "mine")
		require.NoError(t, next.Flush(t.Context()))
		require.Zero(t, time.Since(began))
		shutdown(t, next)
		time.Sleep(10 * time.Second) // the server's
	})
}
