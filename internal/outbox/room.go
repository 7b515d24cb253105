package outbox

import (
	"slices"

	"github.com/mutagent-io/mutagent-go/internal/destination"
)

// This file manages memory: what is dropped when it runs short, and what is reused.

// makeRoom reports whether the budget has room for size bytes, if necessary after it
// has stripped older records. The intake admits a span by an estimate; a record can be
// larger.
func (o *Outbox) makeRoom(size int) bool {
	fits := func() bool { return o.budget.Used()+int64(size) <= o.budget.Max() }
	if fits() {
		return true
	}
	o.Relieve()
	return fits()
}

// refuse counts a record as lost because there is no room.
func (o *Outbox) refuse(flags destination.Flags) {
	if !flags.Has(destination.Ended) {
		o.dropEvents(1)
		return
	}
	o.counts.change(func(c *Counts) {
		c.Pending--
		c.drop(ReasonFull, 1)
	})
	o.lost.Add(ReasonFull, 1)
}

// Relieve strips the oldest parcels to skeletons while the budget exceeds the share of
// payload.
func (o *Outbox) Relieve() {
	if o.budget.Used() <= o.budget.PayloadMax() {
		return
	}
	for _, p := range slices.Concat(o.suspects, o.waiting) {
		if o.budget.Used() <= o.budget.PayloadMax() {
			break
		}
		if !p.lean && !p.onDisk() {
			o.records -= p.Len()
			o.strip(p)
			o.records += p.Len()
		}
	}
	isEmpty := func(p *Parcel) bool { return p.Len() == 0 }
	o.suspects = slices.DeleteFunc(o.suspects, isEmpty)
	o.waiting = slices.DeleteFunc(o.waiting, isEmpty)
}

// strip reduces the records of p to skeletons.
func (o *Outbox) strip(p *Parcel) {
	stripped, gone := p.strip(o.dest)
	if !p.foreign() {
		o.counts.change(func(c *Counts) { c.Truncated += int64(stripped) })
		o.lost.Truncated += int64(stripped)
	}
	o.dropEvents(int64(gone))
	o.weigh(p)
}

// spareShare is the fraction 1/8 of the budget that empty parcels may use in addition.
const spareShare = 8

// recycle keeps an empty parcel, so that its memory is reused.
func (o *Outbox) recycle(p *Parcel) {
	if size := cap(p.buf); int64(o.spareSize+size) <= o.budget.Max()/spareShare {
		p.reset()
		o.spare, o.spareSize = append(o.spare, p), o.spareSize+size
	}
}

// DropSpare frees the memory of empty parcels.
func (o *Outbox) DropSpare() { o.spare, o.spareSize = nil, 0 }
