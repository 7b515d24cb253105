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

// An Intake takes items from any goroutine.
type Intake struct {
	budget *memory.Budget
	wake   func() // must not block
	write  func(*Item) bool

	queue queue.Queue[*Item]
	// depth is the depth of the queue at which a producer wakes the pipeline. Only
	// the pipeline writes it, before it goes to sleep.
	depth atomic.Int64
	// weight is the use of the budget at which a producer wakes the pipeline. It is
	// like depth, for payload.
	weight atomic.Int64
	// soon asks the pipeline to send soon. Producers set it, the pipeline clears it.
	soon   atomic.Bool
	closed atomic.Bool

	full   atomic.Int64 // spans that ended and had found no room when they began
	late   atomic.Int64 // spans that ended after Close
	events atomic.Int64 // events that found no room or came after Close
}

// New returns an Intake that accounts for bytes in budget and calls wake when there
// is something to do. write, if it is not nil, may put a span that ends on disk; it
// returns false if the span has to go through the queue.
func New(budget *memory.Budget, wake func(), write func(*Item) bool) *Intake {
	in := &Intake{budget: budget, wake: wake, write: write}
	in.depth.Store(1)
	return in
}

// Begin takes in an item that starts, or refuses it, for good, if there is no
// room for its skeleton. A parent begins before its children, and what inherits
// from a refused item is refused too: so what is kept of a trace always hangs
// together.
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

// isFull reports whether there is no room for one more skeleton. The skeletons in the
// queue are not in the budget: the queue knows their number.
func (in *Intake) isFull() bool {
	return in.budget.Used()+int64(in.queue.Depth()+1)*itemBytes > in.budget.Max()
}

// End takes in an item that ended: its Span is complete, and from now on the
// pipeline's.
func (in *Intake) End(it *Item) {
	if it.Refused() {
		in.refuse()
		return
	}
	if in.write != nil && in.write(it) {
		return
	}
	root := it.Span.Marks.Has(record.Root) // read now: the item may be the pipeline's soon
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

// Adopt takes in deferred items of one trace, parents first, that all have ended.
// If there is no room for one, the ones after it are refused with it.
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

// Late takes in an item that has nothing but events of a span that ended before.
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

// charge reserves room for what an item has beyond an ordinary skeleton, and drops its
// payload if there is none.
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

// refuse counts a span that ended without ever having been queued.
func (in *Intake) refuse() {
	if in.closed.Load() {
		in.late.Add(1)
	} else {
		in.full.Add(1)
	}
}

// Hurry has the pipeline send soon: a local root has ended.
func (in *Intake) Hurry() {
	if !in.soon.Load() && in.soon.CompareAndSwap(false, true) {
		in.wake()
	}
}

// DropEvent counts an event that its span had no room for.
func (in *Intake) DropEvent() { in.events.Add(1) }

func (in *Intake) push(n *queue.Node[*Item]) bool {
	depth, ok := in.queue.Push(n)
	// The order matters: the pipeline first stores the threshold, then looks at the
	// depth; here it is the other way round. One of the two notices.
	if ok && int64(depth) >= in.depth.Load() {
		in.wake()
	}
	return ok
}

// Closed reports whether nothing more is taken in.
func (in *Intake) Closed() bool { return in.closed.Load() }
