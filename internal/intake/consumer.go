package intake

import "slices"

// What follows is the consumer's: the pipeline's, and nobody else's.

// Threshold has producers wake the consumer when n items wait, or when weight bytes
// are used. It returns what waits already.
func (in *Intake) Threshold(n int, weight int64) (waiting int) {
	in.depth.Store(int64(n))
	in.weight.Store(weight)
	return in.queue.Depth()
}

// Depth returns the number of items that wait.
func (in *Intake) Depth() int { return in.queue.Depth() }

// IsHeavy reports whether more is used than the weight that Threshold was given.
func (in *Intake) IsHeavy() bool { return in.budget.Used() >= in.weight.Load() }

// Soon reports whether Hurry was called since the last time.
func (in *Intake) Soon() bool { return in.soon.Load() && in.soon.Swap(false) }

// Take appends the items that wait to list, and empties the queue.
func (in *Intake) Take(list []*Item) []*Item { return slices.AppendSeq(list, in.queue.Take()) }

// Refuse has every later Begin, End and Late refused; what waits still can be taken
// by Close.
func (in *Intake) Refuse() { in.closed.Store(true) }

// Close is Take for the last time.
func (in *Intake) Close(list []*Item) []*Item {
	in.closed.Store(true)
	return slices.AppendSeq(list, in.queue.Close())
}

// Release gives back what an item was charged for, which is encoded now. The
// program may keep the span's context for long, so the payload is let go of.
func (in *Intake) Release(it *Item) {
	if size := it.charged(); size > 0 {
		in.budget.Add(-size)
		it.Span.Release()
	}
}

// Losses are what producers found out themselves. They are rare.
type Losses struct {
	Full   int64 // spans that ended and had found no room when they began
	Late   int64 // spans that ended after Close
	Events int64 // events that found no room or came after Close
}

// Losses returns what was lost so far. Anybody may call it.
func (in *Intake) Losses() Losses {
	return Losses{Full: in.full.Load(), Late: in.late.Load(), Events: in.events.Load()}
}
