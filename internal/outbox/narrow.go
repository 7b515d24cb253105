package outbox

import "slices"

// A probe is the search for the unacceptable spans of a request. The parts of the
// request share it.
type probe struct {
	requests int  // refused requests, including the first
	accepted bool // whether any part was accepted
}

const (
	// enoughAlike is the number of refused parts, with none accepted, after which the
	// whole request is given up. It covers the request and its halves, quarters and so
	// on down to 32 parts.
	enoughAlike = 63
	// enoughRequests bounds the requests of one search.
	enoughRequests = 256
)

// Narrow handles a parcel with something unacceptable in it. The parcel is halved, and
// the halves are sent separately, until the unacceptable span is alone. The search is
// breadth-first, so that a destination that refuses everything is recognized soon.
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

// dropSuspects drops the other parts of an abandoned search.
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

// halve splits p in two.
func (o *Outbox) halve(p *Parcel) []*Parcel {
	rest := p.split(p.Len() / 2)
	o.weigh(rest)
	o.weigh(p)
	o.records += p.Len() + rest.Len()
	return []*Parcel{p, rest}
}

// Shrink handles a parcel that was too large. The parcel is halved. A single span is
// sent without its payload, and dropped if even that is too large. The parts are sent
// first, because memory is freed sooner when one is small enough.
func (o *Outbox) Shrink(p *Parcel, why error) {
	o.landed(p)
	if p.probe == nil {
		p.probe = &probe{accepted: true} // the size is the problem, not the content
	}
	if p.Len() > 1 {
		o.suspects = slices.Insert(o.suspects, 0, o.halve(p)...)
		return
	}
	before, on := p.Size(), p.entries[0].place
	o.strip(p)
	switch {
	case p.Len() == 0: // only events, which strip has counted
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
