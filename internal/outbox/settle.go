package outbox

import (
	"slices"

	"github.com/mutagent-io/mutagent-go/internal/destination"
)

func (o *Outbox) landed(p *Parcel) {
	o.inflight = slices.DeleteFunc(o.inflight, func(other *Parcel) bool { return other == p })
}

// Deliver settles p: the destination accepted it, except for rejected of its spans. It
// returns the number of spans of this process that were delivered.
func (o *Outbox) Deliver(p *Parcel, rejected int, why error) (delivered int64) {
	o.landed(p)
	own, all := p.own(), int64(p.count(destination.Ended))
	lost := min(int64(rejected), all)
	if own > 0 {
		delivered = own - lost
		o.counts.change(func(c *Counts) {
			c.Pending -= own
			c.Delivered += delivered
			c.drop(ReasonRejected, lost)
		})
		o.lost.Add(ReasonRejected, lost)
	} else {
		o.counts.change(func(c *Counts) {
			c.Replayed += all - lost
			c.ReplayLost += lost
		})
	}
	if lost > 0 {
		o.onDrop(p.seq, why)
	}
	if p.probe != nil {
		p.probe.accepted = true
	}
	o.done(p)
	o.recycle(p)
	return delivered
}

// Return puts p back, to be sent again before everything else.
func (o *Outbox) Return(p *Parcel) {
	o.landed(p)
	o.records += p.Len()
	if p.probe != nil {
		o.suspects = slices.Insert(o.suspects, 0, p)
	} else {
		o.waiting = slices.Insert(o.waiting, 0, p)
	}
}

// Reject drops p for good.
func (o *Outbox) Reject(p *Parcel, reason string, why error) {
	o.landed(p)
	o.drop(p, reason, why)
}

// drop counts the spans of p as lost, and releases p.
func (o *Outbox) drop(p *Parcel, reason string, why error) {
	own, all := p.own(), int64(p.count(destination.Ended))
	late := int64(p.count(destination.Late))
	o.counts.change(func(c *Counts) {
		c.Pending -= own
		c.ReplayLost += all - own
		c.drop(reason, own)
	})
	o.lost.Add(reason, own)
	o.dropEvents(late)
	o.onDrop(p.seq, why)
	o.done(p)
}

// done releases the memory and disk space of p.
func (o *Outbox) done(p *Parcel) {
	o.budget.Add(-p.size)
	p.size = 0
	p.settleOnDisk()
	o.replayed(p)
}

func (o *Outbox) dropEvents(n int64) {
	o.counts.change(func(c *Counts) { c.DroppedEvents += n })
	o.lost.Events += n
}
