// Package outbox holds the spans that wait for one destination, in memory and, if there
// is a spool, on disk. It counts delivered, pending and lost spans.
package outbox

import (
	"slices"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/memory"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// An Outbox is used by one goroutine, the pipeline's. Other goroutines may call only
// Counts, SpoolErrors, Append and Frame.
type Outbox struct {
	dest   destination.Destination
	limits destination.Limits
	budget *memory.Budget
	onDrop func(upTo int, cause error)

	waiting   []*Parcel // to be sent, oldest first; the last one is being filled
	suspects  []*Parcel // parts of a request that was refused; they are sent first
	inflight  []*Parcel
	records   int // number in waiting and suspects
	spare     []*Parcel
	spareSize int // bytes
	seq       int // of the newest parcel

	record []byte // the last encoded record
	counts ledger
	lost   record.Lost // losses not yet reported to the destination

	disk
}

// Options describe an outbox.
type Options struct {
	Destination destination.Destination
	Budget      *memory.Budget
	Spool       *spool.Spool // keeps records on disk until they are settled; nil for none
	Sync        bool         // sync the spool's files after writing
}

// New returns an empty outbox.
func New(opts Options) *Outbox {
	return &Outbox{
		dest:   opts.Destination,
		limits: opts.Destination.Limits(),
		budget: opts.Budget,
		onDrop: func(int, error) {},
		disk:   disk{spool: opts.Spool, sync: opts.Sync},
	}
}

// OnDrop sets a function that is called when spans are dropped. upTo is the mark of the
// newest dropped span, and cause is the reason.
func (o *Outbox) OnDrop(f func(upTo int, cause error)) { o.onDrop = f }

// Counts returns the current counts. Any goroutine may call it.
func (o *Outbox) Counts() Counts { return o.counts.read() }

// Put encodes a span and keeps it, also on disk if there is a spool.
func (o *Outbox) Put(s *record.Span) {
	if !o.encode(s) {
		return
	}
	if destination.FlagsOf(o.record).Has(destination.Ended) {
		o.counts.change(func(c *Counts) {
			c.Put++
			c.Pending++
			if s.Truncated {
				c.Truncated++
			}
		})
		if s.Truncated {
			o.lost.Truncated++
		}
	}
	switch {
	case o.spool != nil:
		o.putOnDisk(o.record)
	case o.makeRoom(len(o.record)):
		o.put(o.record, place{})
	default:
		o.refuse(destination.FlagsOf(o.record))
	}
}

// Show is Put for a span that is still open. It does not write to disk: after a crash
// the open span could be sent after the ended one.
func (o *Outbox) Show(s *record.Span) {
	if o.encode(s) {
		o.put(o.record, place{})
	}
}

// encode encodes the record of a span. It reports whether the destination wants it.
func (o *Outbox) encode(s *record.Span) bool {
	if cap(o.record) > maxRecord {
		o.record = nil
	}
	// Room for the payload and its escapes: a large buffer that grows is copied many times.
	room := int(s.Size) + int(s.Size)/8
	o.record = o.dest.Encode(slices.Grow(o.record[:0], room), s)
	return len(o.record) > 0
}

// maxRecord is the largest buffer of a record that is reused.
const maxRecord = 256 << 10

// put adds a record to the parcel that is being filled. on is its place on disk, if
// any.
func (o *Outbox) put(rec []byte, on place) {
	p := o.tail(destination.TraceOf(rec), len(rec))
	p.add(rec, on, o.limits)
	o.records++
	o.weigh(p)
}

// tail returns the parcel that is being filled, or a new one if that has no room.
func (o *Outbox) tail(trace record.TraceID, size int) *Parcel {
	if n := len(o.waiting); n > 0 {
		if p := o.waiting[n-1]; p.hasRoom(trace, size, o.limits) {
			return p
		}
	}
	p := o.newParcel()
	o.waiting = append(o.waiting, p)
	return p
}

func (o *Outbox) newParcel() *Parcel {
	o.seq++
	p := new(Parcel)
	if n := len(o.spare); n > 0 {
		p, o.spare = o.spare[n-1], o.spare[:n-1]
		o.spareSize -= cap(p.buf)
	}
	p.seq = o.seq
	return p
}

// weigh updates the budget with the current size of p.
func (o *Outbox) weigh(p *Parcel) {
	size := int64(p.memory())
	o.budget.Add(size - p.size)
	p.size = size
}

// Waiting returns the number of records that wait to be sent.
func (o *Outbox) Waiting() int { return o.records }

// IsFull reports whether the waiting records fill a request.
func (o *Outbox) IsFull() bool {
	return len(o.suspects) > 0 || len(o.waiting) > 1 || len(o.waiting) == 1 && o.waiting[0].read
}

// Inflight returns the number of parcels that Next returned and that are not settled.
func (o *Outbox) Inflight() int { return len(o.inflight) }

// InflightSize returns the bytes of memory of those parcels.
func (o *Outbox) InflightSize() (n int64) {
	for _, p := range o.inflight {
		n += p.size
	}
	return n
}

// Next returns the parcel to send next, or nil if nothing waits. The caller must pass
// it to exactly one of Deliver, Return, Narrow, Shrink and Reject.
func (o *Outbox) Next() *Parcel {
	from := &o.suspects
	if len(*from) == 0 {
		from = &o.waiting
	}
	if len(*from) == 0 || (*from)[0].Len() == 0 {
		return nil
	}
	p := (*from)[0]
	(*from)[0] = nil
	*from = (*from)[1:]
	o.records -= p.Len()
	o.inflight = append(o.inflight, p)
	return p
}

// Frame makes the body of a request for p. Any goroutine may call it between Next and
// the call that settles p.
func (o *Outbox) Frame(p *Parcel, lost record.Lost) *destination.Body {
	preamble := p.preamble
	if preamble == nil {
		preamble = o.dest.Preamble()
	}
	return o.dest.Frame(preamble, p, lost)
}

// Mark returns a number that covers everything put so far.
func (o *Outbox) Mark() int { return o.seq }

// Oldest returns the number of the oldest unsettled put. Everything up to a mark is
// settled when Oldest is greater than the mark.
func (o *Outbox) Oldest() int {
	oldest := o.seq + 1
	for _, list := range [][]*Parcel{o.waiting, o.suspects, o.inflight} {
		for _, p := range list {
			if p.Len() > 0 {
				oldest = min(oldest, p.seq)
			}
		}
	}
	if len(o.backlog) > 0 {
		oldest = min(oldest, o.backlog[0].seq)
	}
	return oldest
}

// Seal separates later puts from those that the current mark covers.
func (o *Outbox) Seal() { o.sealBacklog() }

// Note adds losses from before the outbox, to be reported to the destination.
func (o *Outbox) Note(lost record.Lost) { o.lost.Merge(lost) }

// TakeLost returns the unreported losses, for a request to report.
func (o *Outbox) TakeLost() record.Lost {
	lost := o.lost
	o.lost = record.Lost{}
	return lost
}

// GiveBackLost takes back losses that a request did not report.
func (o *Outbox) GiveBackLost(lost record.Lost) { o.lost.Merge(lost) }

// Close drops everything that waits, except records that are on disk.
func (o *Outbox) Close(why error) {
	o.Commit()
	o.sealBacklog()
	for _, p := range slices.Concat(o.suspects, o.waiting, o.inflight) {
		o.leave(p, why)
	}
	o.suspects, o.waiting, o.inflight, o.records = nil, nil, nil, 0
	if o.spool != nil {
		o.spool.Close()
	}
}
