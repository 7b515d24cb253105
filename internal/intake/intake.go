// Package intake is the producers' side of the pipeline. It decides whether a span is
// admitted, counts its bytes, and hands it to the pipeline through the lock-free queue.
// Producers never wait.
package intake

import (
	"sync/atomic"

	"github.com/mutagent-io/mutagent-go/internal/memory"
	"github.com/mutagent-io/mutagent-go/internal/queue"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// An Intake accepts items from any goroutine.
type Intake struct {
	budget *memory.Budget
	wake   func() // must not block
	write  func(*Item) bool

	// Every producer writes to the queue and reads the fields around it. The padding keeps
	// the queue on cache lines of its own.
	_     [cachePair]byte
	queue queue.Queue[*Item]
	_     [cachePair]byte

	// depth is the queue depth at which a producer wakes the pipeline. Only the
	// pipeline writes it, before it goes to sleep.
	depth atomic.Int64
	// weight is the budget use at which a producer wakes the pipeline. Like depth, only
	// the pipeline writes it.
	weight atomic.Int64
	// soon asks the pipeline to send soon. Producers set it, and the pipeline clears
	// it.
	soon   atomic.Bool
	closed atomic.Bool
	// waiting is the number of items that the pipeline has taken and not yet encoded.
	waiting atomic.Int64

	full   atomic.Int64 // spans that ended, for which there was no room when they began
	late   atomic.Int64 // spans that ended after Close
	events atomic.Int64 // events for which there was no room, or that came after Close
}

// cachePair is the size of two cache lines, because processors load them in pairs.
const cachePair = 128

// New returns an Intake that charges budget and calls wake when there is something to
// do. write, if not nil, may write an ending span to disk. It returns false if the span
// has to go through the queue.
func New(budget *memory.Budget, wake func(), write func(*Item) bool) *Intake {
	in := &Intake{budget: budget, wake: wake, write: write}
	in.depth.Store(1)
	return in
}

// Begin queues a starting item, or refuses it for good if there is no room for its
// skeleton. A parent begins before its children, and an item that inherits from a
// refused one is refused too. So no kept span has a refused parent.
func (in *Intake) Begin(it *Item) {
	if it.Refused() {
		return
	}
	it.node.Value = it
	if in.isFull() {
		it.state.Store(refused)
		in.wake()
	} else if !in.push(&it.node) {
		it.state.Store(refused)
	}
}

// isFull reports whether there is no room for one more skeleton. Skeletons in the queue,
// and those that the pipeline has taken and not yet encoded, are not charged to the budget:
// their records need that room.
func (in *Intake) isFull() bool {
	skeletons := int64(in.queue.Depth()) + in.waiting.Load() + 1
	return in.budget.Used()+skeletons*ItemBytes > in.budget.Max()
}

// End accepts an item that ended. Its Span is complete, and belongs to the pipeline
// from now on.
func (in *Intake) End(it *Item) {
	if it.Refused() {
		in.refuse()
		return
	}
	if in.write != nil && in.write(it) {
		return
	}
	root := it.Span.Marks.Has(record.Root) // read now: the pipeline may own the item soon
	in.charge(it)
	size := it.charged()
	if it.state.Swap(ended) == held && !in.push(&queue.Node[*Item]{Value: it}) {
		in.late.Add(1)
		in.budget.Add(-size)
		return
	}
	if root {
		in.Hurry()
	}
}

// Adopt accepts the deferred items of one trace, parents first. All have ended. If
// there is no room for one, it and the ones after it are refused.
func (in *Intake) Adopt(items []*Item) {
	for i, it := range items {
		if in.isFull() {
			for _, it := range items[i:] {
				it.state.Store(refused)
				in.refuse()
			}
			in.wake()
			return
		}
		if in.write != nil && in.write(it) {
			continue
		}
		root := it.Span.Marks.Has(record.Root)
		in.charge(it)
		size := it.charged()
		it.node.Value = it
		it.state.Store(ended)
		if !in.push(&it.node) {
			in.late.Add(1)
			in.budget.Add(-size)
		} else if root {
			in.Hurry()
		}
	}
}

// Late accepts an item that has only events, of a span that has already ended.
func (in *Intake) Late(it *Item) {
	it.node.Value = it
	it.state.Store(ended)
	size, events := it.charged(), int64(it.Span.Events.Len())
	if in.budget.Add(size) > in.budget.PayloadMax() || !in.push(&it.node) {
		in.budget.Add(-size)
		in.wake()
		in.events.Add(events)
	}
}

// charge charges the budget for an item's bytes beyond an ordinary skeleton. It drops
// the payload if there is no room.
func (in *Intake) charge(it *Item) {
	size := it.charged()
	if size == 0 {
		return
	}
	used := in.budget.Add(size)
	if used >= in.weight.Load() {
		in.wake()
	}
	if used > in.budget.PayloadMax() && it.Span.Size > 0 {
		in.budget.Add(-int64(it.Span.Size))
		it.Span.Strip()
	}
}

// refuse counts a span that ended without having been queued.
func (in *Intake) refuse() {
	if in.closed.Load() {
		in.late.Add(1)
	} else {
		in.full.Add(1)
	}
}

// Hurry asks the pipeline to send soon, because a local root has ended.
func (in *Intake) Hurry() {
	if !in.soon.Load() && in.soon.CompareAndSwap(false, true) {
		in.wake()
	}
}

// DropEvent counts an event that its span had no room for.
func (in *Intake) DropEvent() { in.events.Add(1) }

func (in *Intake) push(n *queue.Node[*Item]) bool {
	depth, ok := in.queue.Push(n)
	// The order matters. The pipeline stores the threshold and then reads the depth; the
	// producer does the reverse. Either the pipeline finds the threshold reached, or one
	// producer will reach it. Only that one wakes the pipeline: the depth grows one by one.
	if ok && int64(depth) == in.depth.Load() {
		in.wake()
	}
	return ok
}

// Closed reports whether the intake refuses items.
func (in *Intake) Closed() bool { return in.closed.Load() }
