package intake

import "slices"

// The methods in this file are for the consumer only, which is the pipeline.

// Threshold makes producers wake the consumer when n items wait, or when weight bytes
// are used. It returns the number of items that already wait.
func (in *Intake) Threshold(n int, weight int64) (waiting int) {
	in.depth.Store(int64(n))
	in.weight.Store(weight)
	return in.queue.Depth()
}

// Depth returns the number of items that wait.
func (in *Intake) Depth() int { return in.queue.Depth() }

// SetWaiting sets the number of items that were taken and are not yet encoded.
func (in *Intake) SetWaiting(n int) { in.waiting.Store(int64(n)) }

// Waiting returns that number. Any goroutine may call it.
func (in *Intake) Waiting() int64 { return in.waiting.Load() }

// IsHeavy reports whether the budget's use has reached the weight given to Threshold.
func (in *Intake) IsHeavy() bool { return in.budget.Used() >= in.weight.Load() }

// Soon reports whether Hurry was called since the last call of Soon.
func (in *Intake) Soon() bool { return in.soon.Load() && in.soon.Swap(false) }

// Take appends the waiting items to list and empties the queue.
func (in *Intake) Take(list []*Item) []*Item { return slices.AppendSeq(list, in.queue.Take()) }

// Refuse makes every later Begin, End and Late fail. Items that still wait can be taken
// by Close.
func (in *Intake) Refuse() { in.closed.Store(true) }

// Close is Take, and closes the queue.
func (in *Intake) Close(list []*Item) []*Item {
	in.closed.Store(true)
	return slices.AppendSeq(list, in.queue.Close())
}

// Release returns an encoded item's bytes to the budget. It also drops the payload,
// because the program may keep the span's context for long.
func (in *Intake) Release(it *Item) {
	if size := it.charged(); size > 0 {
		in.budget.Add(-size)
		it.Span.Release()
	}
}

// Losses are the losses that producers detected. They are rare.
type Losses struct {
	Full   int64 // spans that ended, for which there was no room when they began
	Late   int64 // spans that ended after Close
	Events int64 // events for which there was no room, or that came after Close
}

// Losses returns the losses so far. Any goroutine may call it.
func (in *Intake) Losses() Losses {
	return Losses{Full: in.full.Load(), Late: in.late.Load(), Events: in.events.Load()}
}
