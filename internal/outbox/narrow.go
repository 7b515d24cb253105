package outbox

import "slices"

// A probe is the search for what a destination did not find acceptable in a request.
// The parts of the request share it.
type probe struct {
	requests int  // that were refused, the first one included
	accepted bool // whether any part was accepted
}

const (
	// enoughAlike is how many refused parts, and none accepted, say that everything is
	// refused alike: the halves, quarters and so on to 32 parts.
	enoughAlike = 63
	// enoughRequests bounds what one request may cost.
	enoughRequests = 256
)

// Narrow deals with a parcel of which something was not acceptable: it is halved, and
// the halves go by themselves, until the culprit is alone. The search goes on in
// breadth, so that a destination that refuses everything is known soon.
func (o *Outbox) Narrow(p *Parcel, why error) {
	o.landed(p)
	if p.probe == nil {
		p.probe = new(probe)
	}
	p.probe.requests++
	if p.Len() == 1 {
		o.drop(p, ReasonRejected, why)
		return
	}
	alike := !p.probe.accepted && p.probe.requests >= enoughAlike
	if alike || p.probe.requests >= enoughRequests {
		o.drop(p, ReasonRejected, why)
		o.dropSuspects(p.probe, why)
		return
	}
	o.suspects = append(o.suspects, o.halve(p)...)
}

// dropSuspects drops the other parts of a search that was given up.
func (o *Outbox) dropSuspects(given *probe, why error) {
	kept := o.suspects[:0]
	for _, p := range o.suspects {
		if p.probe == given {
			o.records -= p.Len()
			o.drop(p, ReasonRejected, why)
		} else {
			kept = append(kept, p)
		}
	}
	clear(o.suspects[len(kept):])
	o.suspects = kept
}

// halve makes two parcels of p.
func (o *Outbox) halve(p *Parcel) []*Parcel {
	rest := p.split(p.Len() / 2)
	o.weigh(rest)
	o.weigh(p)
	o.records += p.Len() + rest.Len()
	return []*Parcel{p, rest}
}

// Shrink deals with a parcel that was too large: it is halved. A single span goes
// without its payload, and if even that is too large, not at all. The parts go first:
// the sooner one is small enough, the sooner there is room again.
func (o *Outbox) Shrink(p *Parcel, why error) {
	o.landed(p)
	if p.probe == nil {
		p.probe = &probe{accepted: true} // the size is at fault, not the content
	}
	if p.Len() > 1 {
		o.suspects = slices.Insert(o.suspects, 0, o.halve(p)...)
		return
	}
	before, on := p.Size(), p.entries[0].place
	o.strip(p)
	switch {
	case p.Len() == 0: // nothing but events, which are counted
		if on.segment != nil {
			on.segment.SettleAt(on.at)
		}
		o.done(p)
	case p.Size() < before:
		o.records++
		o.suspects = slices.Insert(o.suspects, 0, p)
	default:
		o.drop(p, ReasonTooLarge, why)
	}
}
