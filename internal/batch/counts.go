package batch

import (
	"errors"
	"fmt"
	"maps"
	"sync/atomic"

	"github.com/mutagent-io/mutagent-go/internal/redact"
)

// Counts says what became of the spans: at any moment
//
//	Ended = Delivered + Pending + Spooled + the sum of Dropped
type Counts struct {
	Open      int64 // started and not ended
	Ended     int64
	Delivered int64 // accepted by the server
	Pending   int64 // waiting, or in a request that has no answer yet
	Spooled   int64 // waiting on disk only
	Dropped   map[string]int64

	Unfinished    int64 // sent by Shutdown although they had not ended
	Abandoned     int64 // garbage-collected without having ended
	Truncated     int64 // kept, but without some of their payload
	DroppedEvents int64 // events that are not part of a span that was dropped
	Masked        int64 // places in texts that redaction changed
	Withheld      int64 // kept, but without any text, which could not be vetted
	Requests      int64 // rounds of attempts begun

	// These are spans of other processes, which count nowhere else.
	Replayed   int64 // delivered for a process that died
	ReplayLost int64 // left by a process that died, and dropped

	SpoolErrors int64 // failed attempts to write, read or lock files
}

// Why spans are dropped.
const (
	reasonFull     = "queue_full" // no room even for the skeleton
	reasonRejected = "rejected"   // the server will never take it
	reasonTooLarge = "too_large"  // the server does not even take it alone and stripped
	reasonShutdown = "shutdown"   // ended or undelivered when Shutdown was over

	reasonSpoolFull    = "spool_full"    // the oldest on disk, when that had no room
	reasonSpoolExpired = "spool_expired" // on disk for too long
	reasonSpoolCorrupt = "spool_corrupt" // could not be read back
)

// lateCounts is what producers find out themselves, mostly losses. They are rare.
type lateCounts struct {
	full   atomic.Int64 // spans that ended and had found no room when they began
	closed atomic.Int64 // spans that ended after the shutdown
	events atomic.Int64 // events that found no room or came after the shutdown
	kept   atomic.Int64 // spans that ended after the shutdown, and are on disk
	told   atomic.Int64 // how much of closed a flush after the shutdown has told of

	masked   atomic.Int64 // places, by the loop too
	withheld atomic.Int64 // spans, by the loop too
}

func (c *lateCounts) redacted(r redact.Report) {
	if r.Masked > 0 {
		c.masked.Add(int64(r.Masked))
	}
	if r.Withheld {
		c.withheld.Add(1)
	}
}

func (c *lateCounts) addTo(n Counts) Counts {
	n.Dropped = maps.Clone(n.Dropped)
	if n.Dropped == nil {
		n.Dropped = map[string]int64{}
	}
	full, closed := c.full.Load(), c.closed.Load()
	kept := c.kept.Load()
	n.Ended += full + closed + kept
	n.Spooled += kept
	if full > 0 {
		n.Dropped[reasonFull] += full
	}
	if closed > 0 {
		n.Dropped[reasonShutdown] += closed
	}
	n.DroppedEvents += c.events.Load()
	n.Masked, n.Withheld = c.masked.Load(), c.withheld.Load()
	return n
}

var errShutdown = errors.New("spans ended after the shutdown")

// A FlushError says what a flush could not do.
type FlushError struct {
	Sent    int64 // spans the server took during the call
	Pending int64 // spans kept, to be sent later
	Spooled int64 // spans kept on disk only, to be sent later
	Dropped int64 // spans lost, since a flush last told
	Cause   error
}

func (e *FlushError) Error() string {
	spooled := ""
	if e.Spooled > 0 {
		spooled = fmt.Sprintf("%d spooled, ", e.Spooled)
	}
	return fmt.Sprintf("%d spans sent, %d pending, %s%d dropped: %v", e.Sent, e.Pending, spooled, e.Dropped, e.Cause)
}

func (e *FlushError) Unwrap() error { return e.Cause }
