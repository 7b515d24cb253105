package outbox

import (
	"slices"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// A Parcel is what one request will carry: records, back to back. The outbox owns it,
// except while a request is under way: then nobody changes it. It implements
// [destination.Records].
type Parcel struct {
	seq     int // of the newest put that it has, see [Outbox.Mark]
	buf     []byte
	entries []entry
	traces  traceSet
	size    int64 // its part of the budget
	lean    bool  // stripped of payload

	// Of one that was read from disk, and to which nothing is added:
	read     bool
	preamble []byte // of the process that left the records, nil if they are ours

	probe *probe // what it is a part of, nil if it was never split
}

// An entry is the place of one record. It begins where the one before it ends.
type entry struct {
	end int
	place
}

// A place is where on disk a record is; nowhere if it has no segment.
type place struct {
	segment *spool.Segment
	at      int // among the segment's records
}

// entryBytes is what an entry takes.
const entryBytes = 24

// Len returns the number of records.
func (p *Parcel) Len() int { return len(p.entries) }

// At returns the i-th record.
func (p *Parcel) At(i int) []byte { return p.buf[p.start(i):p.entries[i].end] }

func (p *Parcel) start(i int) int {
	if i == 0 {
		return 0
	}
	return p.entries[i-1].end
}

// Size returns the bytes that the parcel holds, as far as limits of requests are concerned.
func (p *Parcel) Size() int { return len(p.buf) + len(p.entries)*entryBytes }

// memory returns the bytes that the parcel takes, with those that it has room for.
func (p *Parcel) memory() int { return cap(p.buf) + cap(p.entries)*entryBytes }

// foreign reports whether the records are another process's.
func (p *Parcel) foreign() bool { return p.preamble != nil }

// count returns the number of records that have all of flags.
func (p *Parcel) count(flags destination.Flags) (n int) {
	for i := range p.entries {
		if destination.FlagsOf(p.At(i)).Has(flags) {
			n++
		}
	}
	return n
}

// own returns the number of ended spans that are this process's.
func (p *Parcel) own() int64 {
	if p.foreign() {
		return 0
	}
	return int64(p.count(destination.Ended))
}

// Detach moves the parcel to memory of its own, away from a body that may still be
// read.
func (p *Parcel) Detach() { p.buf = slices.Clone(p.buf) }

// hasRoom reports whether a record of size bytes may be added.
func (p *Parcel) hasRoom(trace record.TraceID, size int, limits destination.Limits) bool {
	if p.read || p.probe != nil {
		return false
	}
	if len(p.entries) > 0 && limits.Bytes > 0 && p.Size()+size+entryBytes > limits.Bytes {
		return false
	}
	return limits.Traces == 0 || p.traces.hasRoom(trace, limits.Traces)
}

// add adds a record. The caller has made sure of the room.
func (p *Parcel) add(rec []byte, on place, limits destination.Limits) {
	// Doubling costs less than the smaller steps in which append grows a large
	// slice, and ends at a power of two, such as the limit of a request.
	if need := len(p.buf) + len(rec); need > cap(p.buf) {
		p.buf = append(make([]byte, 0, max(2*cap(p.buf), need, leastBuffer)), p.buf...)
	}
	p.buf = append(p.buf, rec...)
	p.entries = append(p.entries, entry{end: len(p.buf), place: on})
	if limits.Traces > 0 {
		p.traces.add(destination.TraceOf(rec), limits.Traces)
	}
	p.lean = false
}

const leastBuffer = 16 << 10

// reset empties the parcel, and keeps its memory.
func (p *Parcel) reset() {
	clear(p.entries)
	p.traces.reset()
	*p = Parcel{buf: p.buf[:0], entries: p.entries[:0], traces: p.traces}
}

// split moves the records from the n-th on into a parcel of their own.
func (p *Parcel) split(n int) *Parcel {
	from := p.start(n)
	tail := &Parcel{
		seq: p.seq, read: p.read, preamble: p.preamble, probe: p.probe, lean: p.lean,
		buf:     slices.Clone(p.buf[from:]),
		entries: slices.Clone(p.entries[n:]),
	}
	for i := range tail.entries {
		tail.entries[i].end -= from
	}
	clear(p.entries[n:])
	p.buf, p.entries = p.buf[:from:from], p.entries[:n:n]
	return tail
}

// strip drops the payload of every record, and returns how many lost some now, and
// how many had nothing else and went whole. The memory is really given back.
func (p *Parcel) strip(d destination.Destination) (stripped, gone int) {
	old := *p
	p.buf, p.entries = make([]byte, 0, len(old.buf)/2), make([]entry, 0, len(old.entries))
	for i, e := range old.entries {
		rec := old.At(i)
		before := len(p.buf)
		p.buf = d.Strip(p.buf, rec)
		lean := p.buf[before:]
		if len(lean) == 0 {
			gone++
			continue
		}
		if destination.FlagsOf(lean).Has(destination.Truncated) && !destination.FlagsOf(rec).Has(destination.Truncated) {
			stripped++
		}
		p.entries = append(p.entries, entry{end: len(p.buf), place: e.place})
	}
	p.buf = slices.Clone(p.buf) // skeletons are small, and half of the old buffer is not
	p.lean = true
	return stripped, gone
}

// onDisk reports whether any record is on disk.
func (p *Parcel) onDisk() bool {
	return slices.ContainsFunc(p.entries, func(e entry) bool { return e.segment != nil })
}

// settleOnDisk says that the records are done with, to the segments that have them.
func (p *Parcel) settleOnDisk() {
	var places []int // in the same segment
	for i, e := range p.entries {
		if e.segment == nil {
			continue
		}
		places = append(places, e.at)
		if i+1 == len(p.entries) || p.entries[i+1].segment != e.segment {
			e.segment.SettleAt(places...)
			places = places[:0]
		}
	}
	for i := range p.entries {
		p.entries[i].place = place{}
	}
}
