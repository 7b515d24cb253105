package outbox

import (
	"errors"
	"maps"
	"sync"
)

// Counts are the counts of the spans given to an outbox. At any moment
//
//	Put = Delivered + Pending + Spooled + the sum of Dropped
type Counts struct {
	Put       int64 // spans of this process that had ended
	Delivered int64 // accepted by the destination
	Pending   int64 // waiting, or in a request that has no answer yet
	Spooled   int64 // waiting on disk only
	Dropped   map[string]int64

	Truncated     int64 // kept without some of their payload
	DroppedEvents int64 // events lost, except those of dropped spans

	// Spans of other processes are counted only here.
	Replayed   int64 // delivered for a process that died
	ReplayLost int64 // left by a process that died, and dropped
	Kept       int64 // files on disk left for another version to deliver
}

// Lost returns the sum of Dropped.
func (c *Counts) Lost() (n int64) {
	for _, d := range c.Dropped {
		n += d
	}
	return n
}

// drop counts n spans as lost for a reason.
func (c *Counts) drop(reason string, n int64) {
	if n <= 0 {
		return
	}
	if c.Dropped == nil {
		c.Dropped = map[string]int64{}
	}
	c.Dropped[reason] += n
}

// The reasons why spans are dropped.
const (
	ReasonFull     = "queue_full" // no room even for the skeleton
	ReasonRejected = "rejected"   // the destination will never accept it
	ReasonTooLarge = "too_large"  // the destination does not accept it even alone and stripped
	ReasonShutdown = "shutdown"   // ended after Shutdown, or undelivered when it was over
	ReasonPanicked = "panicked"   // a goroutine ended while it had the span

	ReasonSpoolFull    = "spool_full"    // the oldest on disk, dropped to make room
	ReasonSpoolExpired = "spool_expired" // on disk for too long
	ReasonSpoolCorrupt = "spool_corrupt" // could not be read back
)

// errSpool explains why spans that were only on disk are lost.
var errSpool = map[string]error{
	ReasonSpoolFull:    errors.New("the spool was full"),
	ReasonSpoolExpired: errors.New("spans were in the spool for too long"),
	ReasonSpoolCorrupt: errors.New("a segment of the spool is corrupt"),
}

// A ledger holds Counts that one goroutine changes and any may read.
type ledger struct {
	mu sync.Mutex
	c  Counts
}

func (l *ledger) change(f func(c *Counts)) {
	l.mu.Lock()
	f(&l.c)
	l.mu.Unlock()
}

func (l *ledger) read() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.c
	c.Dropped = maps.Clone(c.Dropped)
	return c
}
