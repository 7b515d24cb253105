package queue

import (
	"iter"
	"runtime"
	"slices"
	"sync"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"
)

func TestPushThenTake(t *testing.T) {
	var q Queue[int]
	require.Zero(t, q.Depth(), "the zero queue is empty")
	require.Empty(t, slices.Collect(q.Take()), "nothing was pushed")

	for round := range 3 {
		for i := 1; i <= 4; i++ {
			depth, ok := q.Push(&Node[int]{Value: 10*round + i})
			require.True(t, ok, "the queue is open")
			require.Equal(t, i, depth, "Push counts its own node")
			require.Equal(t, i, q.Depth())
		}
		want := []int{10*round + 1, 10*round + 2, 10*round + 3, 10*round + 4}
		require.Equal(t, want, slices.Collect(q.Take()), "values come in the order of their Push")
		require.Zero(t, q.Depth(), "Take leaves nothing")
	}
}

func TestPushWhileTaking(t *testing.T) {
	var q Queue[int]
	q.Push(&Node[int]{Value: 1})
	q.Push(&Node[int]{Value: 2})

	var got []int
	for v := range q.Take() {
		got = append(got, v)
		depth, _ := q.Push(&Node[int]{Value: v + 10})
		require.Equal(t, len(got), depth, "what is being taken no longer waits")
	}
	require.Equal(t, []int{1, 2}, got, "Take yields what was there when it was called")
	require.Equal(t, []int{11, 12}, slices.Collect(q.Take()))
}

func TestClose(t *testing.T) {
	var q Queue[int]
	q.Push(&Node[int]{Value: 1})
	q.Push(&Node[int]{Value: 2})
	require.Equal(t, []int{1, 2}, slices.Collect(q.Close()), "Close yields what was waiting")

	n := &Node[int]{Value: 3}
	depth, ok := q.Push(n)
	require.False(t, ok, "the queue is closed")
	require.Zero(t, depth)
	require.Zero(t, q.Depth())
	require.Empty(t, slices.Collect(q.Take()), "nothing comes after Close")
	require.Empty(t, slices.Collect(q.Close()), "a second Close finds nothing")

	var other Queue[int]
	_, ok = other.Push(n)
	require.True(t, ok, "a node that was refused is still the caller's")
	require.Equal(t, []int{3}, slices.Collect(other.Take()))
}

// A stamp identifies a value by its producer and its serial number there.
type stamp struct{ producer, serial int }

// A place is where a value came out: its batch and its position in the batch, from 1
// for the oldest.
type place struct{ batch, at int }

const producers = 8

// produce starts the producers, each of which pushes the values 0 to n-1. When they are
// done, the channel yields what Push returned: said[producer][serial] is the depth, or
// 0 for a value that the queue refused.
func produce(q *Queue[stamp], n int) <-chan [][]int {
	said := make([][]int, producers)
	start, done := make(chan struct{}), make(chan [][]int, 1)
	var wg sync.WaitGroup
	for p := range said {
		said[p] = make([]int, n)
		nodes := make([]Node[stamp], n)
		wg.Go(func() {
			<-start
			for i := range nodes {
				nodes[i].Value = stamp{p, i}
				said[p][i], _ = q.Push(&nodes[i])
			}
		})
	}
	close(start)
	go func() { wg.Wait(); done <- said }()
	return done
}

// A tally records what the consumer received.
type tally struct {
	batches int
	values  []stamp
	places  []place
}

func (c *tally) add(batch iter.Seq[stamp]) {
	c.batches++
	at := 0
	for v := range batch {
		at++
		c.values = append(c.values, v)
		c.places = append(c.places, place{c.batches, at})
	}
}

// check compares what Push returned with what the consumer received. Every accepted
// value must have come exactly once, those of one producer in order, and each at the
// position in its batch that Push returned as the depth. A refused value must not have
// come.
func (c *tally) check(t *testing.T, said [][]int) {
	t.Helper()
	came := make([][]int, producers)
	for p := range came {
		came[p] = make([]int, len(said[p]))
	}
	var last [producers]int
	for i, v := range c.values {
		came[v.producer][v.serial]++
		if v.serial < last[v.producer] {
			require.Failf(t, "out of order", "producer %d: value %d came after value %d", v.producer, v.serial, last[v.producer])
		}
		last[v.producer] = v.serial
		if depth := said[v.producer][v.serial]; depth != c.places[i].at {
			require.Failf(t, "wrong depth", "producer %d, value %d: Push returned %d, the place was %+v", v.producer, v.serial, depth, c.places[i])
		}
	}
	for p := range said {
		for i, depth := range said[p] {
			if times := came[p][i]; times != min(depth, 1) {
				require.Failf(t, "not exactly once", "producer %d, value %d: Push returned %d, and the value came %d times", p, i, depth, times)
			}
		}
	}
}

func TestEveryValueExactlyOnce(t *testing.T) {
	var q Queue[stamp]
	var c tally
	done := produce(&q, 10_000)
	for {
		select {
		case said := <-done:
			c.add(q.Take())
			c.check(t, said)
			require.Zero(t, q.Depth())
			return
		default:
			c.add(q.Take())
		}
	}
}

// TestCloseRacesPush closes while producers push. Push must return the truth about each
// value. A race would have a window of nanoseconds, hence the many rounds.
func TestCloseRacesPush(t *testing.T) {
	for range 100 {
		var q Queue[stamp]
		var c tally
		done := produce(&q, 400)
		for q.Depth() == 0 {
			runtime.Gosched() // until a producer runs
		}
		c.add(q.Take())
		c.add(q.Close())
		c.check(t, <-done)
		require.Zero(t, q.Depth())
		require.Empty(t, slices.Collect(q.Take()), "a Push got in after Close")
	}
}

// A thing embeds its node, as a span does.
type thing struct {
	node Node[*thing]
	_    [64]byte
}

// pushThings pushes n things and returns weak pointers to them.
func pushThings(q *Queue[*thing], n int) []weak.Pointer[thing] {
	weaks := make([]weak.Pointer[thing], n)
	for i := range weaks {
		th := new(thing)
		th.node.Value = th
		q.Push(&th.node)
		weaks[i] = weak.Make(th)
	}
	return weaks
}

// nth takes a batch and returns the n-th value of it.
func nth(batch iter.Seq[*thing], n int) (kept *thing) {
	for th := range batch {
		if n == 0 {
			kept = th
		}
		n--
	}
	return kept
}

func TestTakenValuesAreCollectable(t *testing.T) {
	const n = 9
	for _, keep := range []int{0, n / 2, n - 1} {
		for name, take := range map[string]func(*Queue[*thing]) iter.Seq[*thing]{
			"Take":  (*Queue[*thing]).Take,
			"Close": (*Queue[*thing]).Close,
		} {
			var q Queue[*thing]
			weaks := pushThings(&q, n)
			kept := nth(take(&q), keep)
			runtime.GC()
			for i, w := range weaks {
				if i == keep {
					require.Same(t, kept, w.Value())
				} else {
					require.Nil(t, w.Value(), "%s: value %d is still held, by value %d or by the queue", name, i, keep)
				}
			}
			runtime.KeepAlive(&q)
		}
	}
}

func TestPushAllocatesNothing(t *testing.T) {
	const runs = 1000
	var q Queue[int]
	nodes := make([]Node[int], runs+1) // AllocsPerRun calls once more, to warm up
	i := 0
	allocs := testing.AllocsPerRun(runs, func() {
		q.Push(&nodes[i])
		i++
	})
	require.Zero(t, allocs, "allocations of one Push")
}
