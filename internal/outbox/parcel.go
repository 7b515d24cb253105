package outbox

import (
	"slices"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// A Parcel holds the records of one request, back to back. The outbox owns it, but must
// not change it while a request is under way. It implements [destination.Records].
type Parcel struct {
	seq     int // number of its newest put, see [Outbox.Mark]
	buf     []byte
	entries []entry
	traces  traceSet
	size    int64 // bytes charged to the budget
	lean    bool  // stripped of payload

	// Set for a parcel that was read from disk. Nothing is added to it.
	read     bool
	preamble []byte // of the process that wrote the records; nil if that is this one

	probe *probe // the search that it is part of; nil if it was never split
}

// An entry locates one record. It begins where the previous one ends.
type entry struct {
	end int
	place
}

// A place is the position of a record on disk. The segment is nil if the record is not
// on disk.
type place struct {
	segment *spool.Segment
	at      int // among the segment's records
}

// entryBytes is the size of an entry.
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

// Size returns the bytes of the parcel that count towards the limits of a request.
func (p *Parcel) Size() int { return len(p.buf) + len(p.entries)*entryBytes }

// memory returns the bytes of memory that the parcel uses, including unused capacity.
func (p *Parcel) memory() int { return cap(p.buf) + cap(p.entries)*entryBytes }

// foreign reports whether the records are of another process.
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

// own returns the number of ended spans of this process.
func (p *Parcel) own() int64 {
	if p.foreign() {
		return 0
	}
	return int64(p.count(destination.Ended))
}

// Detach copies the parcel's buffer, because a body may still read the old one.
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

// add adds a record. The caller has checked that there is room.
func (p *Parcel) add(rec []byte, on place, limits destination.Limits) {
	// Doubling costs less than the smaller steps in which append grows a large slice.
	// It also ends at a power of two, such as the limit of a request.
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

// reset empties the parcel but keeps its memory.
func (p *Parcel) reset() {
	clear(p.entries)
	p.traces.reset()
	*p = Parcel{buf: p.buf[:0], entries: p.entries[:0], traces: p.traces}
}

// split moves the records from the n-th on into a new parcel.
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

// strip drops the payload of every record. It returns how many records lost payload
// now, and how many had nothing else and were removed. The memory is freed.
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
	p.buf = slices.Clone(p.buf) // skeletons are small; the buffer has half the size of the old one
	p.lean = true
	return stripped, gone
}

// onDisk reports whether any record is on disk.
func (p *Parcel) onDisk() bool {
	return slices.ContainsFunc(p.entries, func(e entry) bool { return e.segment != nil })
}

// settleOnDisk settles the records in their segments.
func (p *Parcel) settleOnDisk() {
	var places []int // in one segment
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
