// Package clock tells the time with one reading of the monotonic clock where time.Now
// takes two readings, of the wall clock and of the monotonic clock.
package clock

import (
	"sync/atomic"
	"time"
)

// trusted is how long the difference between the two clocks is taken for constant. A step
// of the wall clock is followed after that time at the latest. So is a suspend of the
// machine, during which the monotonic clock stands still: to freeze and to thaw a process
// takes far longer than that.
const trusted = time.Millisecond

// read is the last result of time.Now here.
var read atomic.Pointer[time.Time]

func init() {
	now := time.Now()
	read.Store(&now)
}

// Now is time.Now. It takes half the time if the last call was less than a millisecond ago,
// as in a burst of spans, of which it is a tenth.
func Now() time.Time {
	last := read.Load()
	// A goroutine in a bubble of testing/synctest has clocks of its own, which are years
	// before or after those of others.
	if since := time.Since(*last); 0 <= since && since < trusted {
		return last.Add(since)
	}
	now := time.Now()
	read.Store(&now)
	return now
}
