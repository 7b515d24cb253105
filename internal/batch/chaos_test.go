package batch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// TestChaos plays random scenarios against a server that answers at random. A
// scenario is named by its seed: go test -run 'TestChaos/.*/17$' plays one again.
func TestChaos(t *testing.T) {
	scenarios := uint64(60)
	if testing.Short() {
		scenarios = 10
	}
	for _, spool := range []string{"none", "hand over", "at end"} {
		t.Run(spool, func(t *testing.T) {
			for seed := range scenarios {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					dir := t.TempDir()
					synctest.Test(t, func(t *testing.T) { newChaos(t, seed, spool, dir).play() })
					left, err := filepath.Glob(filepath.Join(dir, "mutagent", "[^.]*")) // all but the marker
					require.NoError(t, err)
					require.Empty(t, left, "the spool is not empty")
				})
			}
		})
	}
}

// A chaos is one scenario.
type chaos struct {
	*testing.T
	rng *rand.Rand
	*server
	b *Batcher
	// repeats is whether the server may take what it says it has not.
	repeats bool
	well    atomic.Bool // from when on it accepts everything

	open, done []*Item
	taken      map[string]bool // spans that ended, and were not refused when they began
	ended      int64
	flushes    sync.WaitGroup
}

func newChaos(t *testing.T, seed uint64, spool, dir string) *chaos {
	c := &chaos{T: t, rng: rand.New(rand.NewPCG(seed, 0)), server: new(server), taken: map[string]bool{}}
	c.repeats = c.rng.IntN(3) == 0
	mood := moody(rand.New(rand.NewPCG(seed, 1)), c.repeats)
	c.answer = func(r *http.Request, p post) verdict {
		if c.well.Load() {
			return accepted
		}
		return mood(r, p)
	}
	opts := Options{
		Size:     1 + c.rng.IntN(20),
		Interval: time.Duration(1+c.rng.IntN(5000)) * time.Millisecond,
		MaxBatch: 1<<10 + c.rng.IntN(16<<10),
		MaxQueue: int64(10<<10 + c.rng.IntN(200<<10)),
		AtEnd:    spool == "at end",
	}
	if spool != "none" {
		bytes := int64(1 << 30)
		if seed%2 == 0 {
			bytes = int64(10<<10 + seed<<10) // so little that some is dropped
		}
		opts = spooled(dir, bytes, opts)
	}
	c.b = c.batcher(t, opts)
	return c
}

// moody answers in all the ways there are.
func moody(rng *rand.Rand, repeats bool) func(*http.Request, post) verdict {
	var mu sync.Mutex
	tooLarge := 500 + rng.IntN(20<<10)
	bad := rng.IntN(10)
	return func(r *http.Request, p post) verdict {
		mu.Lock()
		n, swallow := rng.IntN(14), repeats && rng.IntN(2) == 0
		pause := time.Duration(rng.IntN(300)) * time.Millisecond
		after := fmt.Sprint(rng.IntN(40))
		mu.Unlock()
		time.Sleep(pause) // on synctest's clock
		switch {
		case p.size > tooLarge:
			return verdict{status: 413}
		case n >= bad:
			return accepted
		case n < 3:
			return verdict{status: 500, swallow: swallow}
		case n < 5:
			return verdict{status: 429, after: after}
		case n < 6:
			return verdict{status: 400}
		case n < 9:
			return verdict{swallow: swallow}
		}
		return hang(r)
	}
}

func (c *chaos) play() {
	for range 300 {
		c.step()
	}
	c.flushes.Wait()
	c.well.Store(true)
	c.recover()
	c.shutdown()
}

func (c *chaos) step() {
	switch n := c.rng.IntN(100); {
	case n < 40:
		var parent *Item
		if len(c.open) > 0 && c.rng.IntN(2) == 0 {
			parent = c.open[c.rng.IntN(len(c.open))]
		}
		it := begin(c.b, fmt.Sprint(c.rng.Uint64()), parent)
		if parent != nil && parent.Refused() {
			require.True(c, it.Refused(), "a child without its parent")
		}
		if parent == nil && c.rng.IntN(2) == 0 {
			it.Span.Marks = wire.Root
		}
		c.open = append(c.open, it)
	case n < 75 && len(c.open) > 0:
		it := c.remove()
		c.ended++
		if !it.Refused() {
			c.taken[it.Span.Name] = true
			c.done = append(c.done, it)
		}
		end(c.b, it, strings.Repeat("x", c.rng.IntN(1<<c.rng.IntN(14))))
	case n < 77 && len(c.open) > 0:
		c.remove() // and never end it
		if c.rng.IntN(4) == 0 {
			runtime.GC()
		}
	case n < 82 && len(c.done) > 0:
		addendum(c.b, c.done[c.rng.IntN(len(c.done))])
	case n < 83:
		c.b.DropEvent()
	case n < 87:
		c.flush()
	case n < 91:
		balanced(c.T, c.b.Stats())
	case n < 99:
		time.Sleep(time.Duration(c.rng.IntN(200)) * time.Millisecond) // on synctest's clock
	default:
		time.Sleep(time.Duration(c.rng.IntN(60)) * time.Second) // likewise
	}
}

func (c *chaos) remove() *Item {
	i := c.rng.IntN(len(c.open))
	it := c.open[i]
	c.open = append(c.open[:i], c.open[i+1:]...)
	return it
}

// flush flushes beside everything else. That it returns is part of the test: a
// waiter without a reply would be a deadlock, which ends the bubble.
func (c *chaos) flush() {
	deadline := time.Duration(c.rng.IntN(3000)) * time.Millisecond
	c.flushes.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), deadline)
		defer cancel()
		began := time.Now()
		var failure *FlushError
		if err := c.b.Flush(ctx); err != nil {
			require.True(c, errors.As(err, &failure), "%v", err)
		}
		require.LessOrEqual(c, time.Since(began), deadline)
	})
}

// recover has everything delivered, now that the server is well.
func (c *chaos) recover() {
	_ = c.b.Flush(c.Context()) // what was lost before is an error still
	record(c.b, "last")        // its request tells of the last losses
	require.NoError(c, c.b.Flush(c.Context()))
	c.ended++

	n := c.b.Stats()
	balanced(c.T, n)
	require.EqualValues(c, c.ended, n.Ended)
	require.Zero(c, n.Pending)
	require.Zero(c, n.Spooled)
	require.Zero(c, n.SpoolErrors)
	require.Equal(c, n.Open*itemBytes, used(c.b), "room that nothing takes")
	require.NotContains(c, n.Dropped, reasonShutdown)

	got := c.server.ended()
	require.Equal(c, 1, got["last"])
	delete(got, "last")
	for name, times := range got {
		require.True(c, c.taken[name], "%s was never recorded", name)
		require.True(c, c.repeats || times == 1, "%s was delivered %d times", name, times)
	}
	missing := int64(len(c.taken) - len(got))
	lost := dropped(n) - n.Dropped[reasonFull]
	require.LessOrEqual(c, missing, lost, "spans that are neither delivered nor dropped")
	spans, events, truncated := c.told()
	if !c.repeats {
		require.EqualValues(c, len(got)+1, n.Delivered)
		require.Equal(c, lost, missing)
		require.Equal(c, dropped(n), spans, "dropped spans the server was told of")
		require.Equal(c, n.DroppedEvents, events)
		require.Equal(c, n.Truncated, truncated)
	}
}

// shutdown shuts down, with some spans open that end afterwards.
func (c *chaos) shutdown() {
	before := c.b.Stats()
	var held, refused int64
	for _, it := range c.open {
		if it.Refused() {
			refused++
		} else {
			held++
		}
	}
	require.NoError(c, c.b.Shutdown(c.Context()))
	n := c.b.Stats()
	balanced(c.T, n)
	require.GreaterOrEqual(c, n.Unfinished, held)
	require.Equal(c, before.Ended, n.Ended)
	for _, it := range c.open {
		end(c.b, it, "late")
	}
	n = c.b.Stats()
	balanced(c.T, n)
	require.Equal(c, held+refused, n.Dropped[reasonShutdown])
	require.Equal(c, before.Delivered, n.Delivered)
}
