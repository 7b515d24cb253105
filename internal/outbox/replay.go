package outbox

import (
	"math"
	"slices"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// lookAround is how often the directory is searched for segments of other processes.
const lookAround = 5 * time.Second

// A Mood is the state of delivery that decides when the outbox reads back from disk.
type Mood struct {
	Now     time.Time
	Flush   time.Time // when the newest waiting flush began; zero for none
	Failing bool      // the last round failed
	RestTo  time.Time // no request before this time, except for a flush
}

// longestBreath bounds the pause between two segments.
const longestBreath = 100 * time.Millisecond

// Replay reads the next segment back if it is time. A segment is read when the previous
// one is settled, after a pause as long as that took, at most 100 ms. A destination
// that has just recovered therefore gets old segments one at a time, while new spans
// are sent as usual.
func (o *Outbox) Replay(mood Mood) {
	if o.spool == nil {
		return
	}
	if at := o.ReplayTime(mood); at.IsZero() || mood.Now.Before(at) {
		return
	}
	o.readFrom = mood.Now
	// A flush looks for segments of dead processes at once. While the program
	// continues, there may always be a backlog.
	if len(o.backlog) == 0 || !mood.Failing && o.lookedAt.Before(mood.Flush) {
		if segment := o.spool.Leftover(); segment != nil {
			o.readLeftover(segment)
			return
		}
		o.lookAt, o.lookedAt = mood.Now.Add(lookAround), mood.Now
		o.countKept()
	}
	if len(o.backlog) > 0 {
		b := o.backlog[0]
		o.backlog = slices.Delete(o.backlog, 0, 1)
		o.readBacklog(&b)
	}
}

// countKept counts the spool's files of other versions.
func (o *Outbox) countKept() {
	var kept int64
	for _, k := range o.spool.Kept() {
		kept += int64(k.Segments)
	}
	o.counts.change(func(c *Counts) { c.Kept = kept })
}

// ReplayTime returns when the next segment may be read. It is zero if only an event can
// change anything.
func (o *Outbox) ReplayTime(mood Mood) time.Time {
	switch {
	case o.spool == nil || o.isReplaying():
		return time.Time{}
	case !mood.Flush.IsZero() && (len(o.backlog) > 0 || !mood.Failing && o.HasLeftovers(mood.Flush)):
		return later(mood.Now, o.retryAt) // a flush does not wait for the end of a pause
	case mood.Failing && o.records > 0:
		return time.Time{} // the waiting records show whether the destination has recovered
	}
	at := o.readAt
	if len(o.backlog) == 0 && at.Before(o.lookAt) {
		at = o.lookAt
	}
	at = later(later(at, mood.RestTo), o.retryAt)
	if at.IsZero() {
		at = mood.Now
	}
	return at
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// readPause is how long reading pauses after a segment could not be read.
const readPause = time.Second

// HasLeftovers reports whether segments of dead processes may be unsettled: the
// directory has not been seen without them since the given time, or some are being
// sent.
func (o *Outbox) HasLeftovers(since time.Time) bool {
	return o.spool != nil && (o.lookedAt.Before(since) || o.has((*Parcel).foreign))
}

// isReplaying reports whether a parcel from disk is waiting or being sent.
func (o *Outbox) isReplaying() bool {
	return o.has(func(p *Parcel) bool { return p.read })
}

// has reports whether any parcel satisfies such.
func (o *Outbox) has(such func(*Parcel) bool) bool {
	return slices.ContainsFunc(o.inflight, such) || slices.ContainsFunc(o.waiting, such) || slices.ContainsFunc(o.suspects, such)
}

// readBacklog makes parcels of a segment whose records were only on disk.
func (o *Outbox) readBacklog(b *backlog) {
	b.Seal()
	b.Taken = true
	_, records := b.Read()
	if b.Err() != nil { // the segment is still on disk; it is tried again later
		b.Taken = false
		o.backlog = append(o.backlog, *b) // other segments may be readable
		o.retryAt = o.readFrom.Add(readPause)
		return
	}
	left := *b
	for i, rec := range records {
		if len(rec) < destination.HeadBytes {
			records = records[:i]
			break
		}
		if destination.FlagsOf(rec).Has(destination.Ended) {
			left.ended--
		} else {
			left.late--
		}
	}
	o.counts.change(func(c *Counts) {
		c.Spooled -= b.ended - left.ended
		c.Pending += b.ended - left.ended
	})
	o.load(records, b.Segment, Parcel{seq: b.seq})
	if lost := left.ended + left.late; lost > 0 {
		o.loseBacklog(&left, ReasonSpoolCorrupt)
		b.Settle(int(lost))
	}
}

// readLeftover makes parcels of the records of a dead process. They do not count as
// spans of this process.
func (o *Outbox) readLeftover(segment *spool.Segment) {
	preamble, records := segment.Read()
	if slices.ContainsFunc(records, func(rec []byte) bool { return len(rec) < destination.HeadBytes }) {
		segment.Leave() // another version may be able to read it
		return
	}
	if preamble == nil {
		preamble = []byte{}
	}
	segment.Keep(len(records))
	o.load(records, segment, Parcel{seq: math.MaxInt, preamble: preamble})
}

// load makes parcels of the records of a segment, and puts them before everything that
// waits. like has the fields that the parcels share.
func (o *Outbox) load(records [][]byte, segment *spool.Segment, like Parcel) {
	var parcels []*Parcel
	for i, rec := range records {
		n := len(parcels)
		if n == 0 || !parcels[n-1].hasRoom(destination.TraceOf(rec), len(rec), o.limits) {
			parcels = append(parcels, &Parcel{seq: like.seq, preamble: like.preamble})
			n++
		}
		parcels[n-1].add(rec, place{segment, i}, o.limits)
	}
	for _, p := range parcels {
		p.read = true
		o.weigh(p)
		o.records += p.Len()
	}
	o.waiting = slices.Insert(o.waiting, 0, parcels...)
}

// replayed is called when parcels are settled. A pause follows the last one of a
// segment.
func (o *Outbox) replayed(p *Parcel) {
	if !p.read || o.isReplaying() {
		return
	}
	now := time.Now()
	o.readAt = now.Add(min(now.Sub(o.readFrom), longestBreath))
}
