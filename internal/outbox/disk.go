package outbox

import (
	"slices"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// A disk is the outbox's view of its spool. Records are written to disk first. Most
// also stay in memory, in a parcel, and are settled in their segment when the parcel is
// settled. When memory runs short, records stay only on disk, and whole segments are
// read back later.
type disk struct {
	spool *spool.Spool // nil for none
	sync  bool

	scratch []byte // frames not yet on disk
	starts  []int  // where in scratch the record of each frame begins
	ends    []int

	backlog  []backlog // segments with the only copy of their records, oldest first
	lookAt   time.Time // when to look next for segments of dead processes
	lookedAt time.Time // when a search last found no segments of dead processes
	readAt   time.Time // when the next segment may be read
	retryAt  time.Time // when reading may be tried again after it failed
	readFrom time.Time // when the last segment was read
}

// A backlog is a segment of this process that has the only copy of its records.
type backlog struct {
	*spool.Segment
	seq   int   // like a parcel's
	ended int64 // ended spans in it
	late  int64
}

// chunk is the number of bytes written at once.
const chunk = 256 << 10

// HasSpool reports whether there is a spool.
func (o *Outbox) HasSpool() bool { return o.spool != nil }

// SpoolErrors returns how often writing or reading failed, and the last error.
func (o *Outbox) SpoolErrors() (int64, error) {
	if o.spool == nil {
		return 0, nil
	}
	return o.spool.Errors()
}

// putOnDisk buffers a record until the next Commit.
func (o *Outbox) putOnDisk(rec []byte) {
	from := len(o.scratch)
	o.scratch = spool.BeginFrame(o.scratch)
	o.starts = append(o.starts, len(o.scratch))
	o.scratch = append(o.scratch, rec...)
	o.ends = append(o.ends, len(o.scratch))
	spool.EndFrame(o.scratch[from:])
	if len(o.scratch) >= chunk {
		o.Commit()
	}
}

// Commit writes the buffered records to disk.
func (o *Outbox) Commit() {
	if len(o.starts) == 0 {
		return
	}
	segment, first := o.spool.AppendAt(o.scratch, len(o.starts))
	for i := range o.starts {
		o.keep(o.scratch[o.starts[i]:o.ends[i]], place{segment, first + i})
	}
	o.spillOrKeep()
	o.scratch, o.starts, o.ends = o.scratch[:0], o.starts[:0], o.ends[:0]
	if cap(o.scratch) > 4*chunk { // after a span that was larger than usual
		o.scratch = nil
	}
}

// keep records where rec is on disk. It also keeps rec in memory, unless the disk is to
// have the only copy.
func (o *Outbox) keep(rec []byte, on place) {
	if on.segment != nil && on.segment.Spilled {
		o.spill(on.segment, destination.FlagsOf(rec))
	} else {
		o.put(rec, on)
	}
}

// Append writes a framed record to disk immediately, and returns where it is. The
// segment is nil if there is no spool or the write failed. Any goroutine may call it; a
// call of Written must follow.
func (o *Outbox) Append(frame []byte) (segment *spool.Segment, at int) {
	if o.spool == nil {
		return nil, 0
	}
	return o.spool.AppendAt(frame, 1)
}

// Written accepts a record that was written to disk when its span ended. The segment is
// nil if that write failed. rec is nil if the disk has the only copy.
func (o *Outbox) Written(rec []byte, segment *spool.Segment, at int, truncated bool) {
	o.counts.change(func(c *Counts) {
		c.Put++
		c.Pending++
		if truncated {
			c.Truncated++
		}
	})
	if truncated {
		o.lost.Truncated++
	}
	if rec == nil {
		o.spill(segment, destination.Ended)
	} else {
		o.put(rec, place{segment, at})
	}
}

// Sync syncs the committed records to disk.
func (o *Outbox) Sync() {
	if o.sync && o.spool != nil {
		o.spool.Sync()
	}
}

// spill records that a span is only on disk.
func (o *Outbox) spill(segment *spool.Segment, flags destination.Flags) {
	ended := flags.Has(destination.Ended)
	if ended {
		o.counts.change(func(c *Counts) {
			c.Pending--
			c.Spooled++
		})
	}
	if segment.Taken {
		return // the segment was read back before the outbox heard of all its records
	}
	i := slices.IndexFunc(o.backlog, func(b backlog) bool { return b.Segment == segment })
	if i < 0 {
		o.seq++
		i = len(o.backlog)
		o.backlog = append(o.backlog, backlog{Segment: segment, seq: o.seq})
	}
	if ended {
		o.backlog[i].ended++
	} else {
		o.backlog[i].late++
	}
}

// sealBacklog makes later spans go to another segment, so that a flush need not wait
// for them.
func (o *Outbox) sealBacklog() {
	if n := len(o.backlog); n > 0 {
		o.backlog[n-1].Seal()
	}
}

// spillOrKeep keeps spans only on disk when more than half of the budget is used, until
// less than a quarter is used.
func (o *Outbox) spillOrKeep() {
	switch used := o.budget.Used(); {
	case used > o.budget.Max()/2:
		o.spool.Spill(true)
	case used < o.budget.Max()/4:
		o.spool.Spill(false)
	}
}

// Tidy keeps the spool directory within its limits.
func (o *Outbox) Tidy() {
	if o.spool == nil {
		return
	}
	o.spillOrKeep()
	for _, drop := range o.spool.Tidy() {
		reason := ReasonSpoolFull
		if drop.Expired {
			reason = ReasonSpoolExpired
		}
		o.counts.change(func(c *Counts) { c.ReplayLost += int64(drop.Records) })
		i := slices.IndexFunc(o.backlog, func(b backlog) bool { return b.Segment == drop.Segment })
		if i < 0 {
			continue // memory has the records too
		}
		b := o.backlog[i]
		o.backlog = slices.Delete(o.backlog, i, i+1)
		b.Taken = true
		o.loseBacklog(&b, reason)
	}
}

// loseBacklog counts the spans of b as lost.
func (o *Outbox) loseBacklog(b *backlog, reason string) {
	o.counts.change(func(c *Counts) {
		c.Spooled -= b.ended
		c.drop(reason, b.ended)
	})
	o.lost.Add(reason, b.ended)
	o.dropEvents(b.late)
	o.onDrop(b.seq, errSpool[reason])
}

// leave releases p at shutdown. Records on disk stay there.
func (o *Outbox) leave(p *Parcel, why error) {
	if !p.onDisk() {
		o.drop(p, ReasonShutdown, why)
		return
	}
	o.budget.Add(-p.size)
	p.size = 0
	if p.foreign() {
		return
	}
	var kept, lost, events int64
	for i, e := range p.entries {
		stays := e.segment != nil && !e.segment.Gone()
		switch flags := destination.FlagsOf(p.At(i)); {
		case flags.Has(destination.Ended) && stays:
			kept++
		case flags.Has(destination.Ended):
			lost++
		case flags.Has(destination.Late) && !stays:
			events++
		}
	}
	o.counts.change(func(c *Counts) {
		c.Pending -= kept + lost
		c.Spooled += kept
		c.drop(ReasonShutdown, lost)
	})
	o.dropEvents(events)
}
