package outbox

import (
	"slices"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// A disk is what the outbox knows of its spool. What is put goes there first. Then it
// either stays in memory too, in a parcel, and its segment is told when that is
// settled; or, when memory runs short, it stays on disk only, and whole segments are
// read back later.
type disk struct {
	spool *spool.Spool // nil for none
	sync  bool

	scratch []byte // frames, not yet on disk
	starts  []int  // where in scratch the record of each frame begins
	ends    []int

	backlog  []backlog // segments that have the only copy, the oldest first
	lookAt   time.Time // when to look next for what dead processes left
	lookedAt time.Time // when they had left nothing
	readAt   time.Time // when the next segment may be read
	retryAt  time.Time // not before, since the machine has kept the outbox from it
	readFrom time.Time // when the last one was
}

// A backlog is a segment of ours that has the only copy of its records.
type backlog struct {
	*spool.Segment
	seq   int   // like that of a parcel
	ended int64 // spans in it
	late  int64
}

// chunk is how much is written at once.
const chunk = 256 << 10

// HasSpool reports whether there is a disk.
func (o *Outbox) HasSpool() bool { return o.spool != nil }

// SpoolErrors returns how often writing or reading failed, and the last error.
func (o *Outbox) SpoolErrors() (int64, error) {
	if o.spool == nil {
		return 0, nil
	}
	return o.spool.Errors()
}

// putOnDisk keeps a record until the next Commit.
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

// Commit writes to disk what was put since the last time.
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
	if cap(o.scratch) > 4*chunk { // of a span that was larger than usual
		o.scratch = nil
	}
}

// keep notes where on disk rec is, and keeps it in memory too, unless the disk has the
// only copy.
func (o *Outbox) keep(rec []byte, on place) {
	if on.segment != nil && on.segment.Spilled {
		o.spill(on.segment, destination.FlagsOf(rec))
	} else {
		o.put(rec, on)
	}
}

// Append writes a record, given as a frame, to disk at once, and returns where it is:
// in no segment without a spool, and when that did not work. Any goroutine may call it;
// Written is to follow.
func (o *Outbox) Append(frame []byte) (segment *spool.Segment, at int) {
	if o.spool == nil {
		return nil, 0
	}
	return o.spool.AppendAt(frame, 1)
}

// Written takes in a record that its span's end has put on disk itself, in a segment,
// or could not, and then that is nil. Rec is nil if the disk has the only copy.
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

// Sync has the disk write what was committed.
func (o *Outbox) Sync() {
	if o.sync && o.spool != nil {
		o.spool.Sync()
	}
}

// spill notes that a span is only on disk.
func (o *Outbox) spill(segment *spool.Segment, flags destination.Flags) {
	ended := flags.Has(destination.Ended)
	if ended {
		o.counts.change(func(c *Counts) {
			c.Pending--
			c.Spooled++
		})
	}
	if segment.Taken {
		return // read back before the outbox had heard of all that is in it
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

// sealBacklog has spans that end from now on go to another segment, so that a
// flush need not wait for them.
func (o *Outbox) sealBacklog() {
	if n := len(o.backlog); n > 0 {
		o.backlog[n-1].Seal()
	}
}

// spillOrKeep has spans stay on disk only while half of the room is taken, until three
// quarters are free again.
func (o *Outbox) spillOrKeep() {
	switch used := o.budget.Used(); {
	case used > o.budget.Max()/2:
		o.spool.Spill(true)
	case used < o.budget.Max()/4:
		o.spool.Spill(false)
	}
}

// Tidy keeps the directory within its limits.
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
			continue // memory has it too
		}
		b := o.backlog[i]
		o.backlog = slices.Delete(o.backlog, i, i+1)
		b.Taken = true
		o.loseBacklog(&b, reason)
	}
}

// loseBacklog counts what b says is on disk as lost.
func (o *Outbox) loseBacklog(b *backlog, reason string) {
	o.counts.change(func(c *Counts) {
		c.Spooled -= b.ended
		c.drop(reason, b.ended)
	})
	o.lost.Add(reason, b.ended)
	o.dropEvents(b.late)
	o.onDrop(b.seq, errSpool[reason])
}

// leave parts with p at the end: what is on disk stays there.
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
