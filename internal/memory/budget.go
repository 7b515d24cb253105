// Package memory counts the bytes that a client holds for delivery.
package memory

import "sync/atomic"

// A Budget counts all bytes that a client keeps: payload in the queue, added by
// producers, and everything in outboxes. It is safe for concurrent use.
type Budget struct {
	max  int64
	used atomic.Int64
}

// NewBudget returns a Budget of max bytes.
func NewBudget(max int64) *Budget { return &Budget{max: max} }

// Add adds n bytes, which may be negative, and returns the new total.
func (b *Budget) Add(n int64) int64 { return b.used.Add(n) }

// Used returns the current total.
func (b *Budget) Used() int64 { return b.used.Load() }

// Max returns the limit.
func (b *Budget) Max() int64 { return b.max }

// PayloadMax returns the limit for payload. A quarter of the budget is reserved for
// skeletons.
func (b *Budget) PayloadMax() int64 { return b.max / 4 * 3 }
