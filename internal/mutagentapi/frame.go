package mutagentapi

import (
	"encoding/hex"
	"hash/maphash"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/jsontext"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A frame is a request body under construction. It holds the text between the spans and
// refers to the spans.
type frame struct {
	packets []packet
	next    []int32 // for each packet, the next one of its trace; 0 if it is the last
	first   []int32 // first packet of each trace, in order
	table   []int32 // see link
	clock   jsontext.Clock

	text   []byte // the text between the spans, back to back
	pieces [][]byte
	from   int // start of the next piece in text
}

var frames = sync.Pool{New: func() any { return new(frame) }}

// maxFrame is the largest text of a frame that is reused.
const maxFrame = 1 << 20

// Frame makes the body of a request. It groups spans by trace, in the order in which
// they were added.
func (s *service) Frame(preamble []byte, records destination.Records, lost record.Lost) *destination.Body {
	typed, metadata := splitCommon(preamble)
	f := frames.Get().(*frame)
	f.packets = f.packets[:0]
	for i := range records.Len() {
		if p, ok := unpack(records.At(i)); ok {
			f.packets = append(f.packets, p)
		}
	}
	f.link()
	// The capacity is enough for everything in text, so that pieces never move.
	f.text = slices.Grow(f.text[:0], 64+len(f.first)*(400+len(preamble))+f.commonBytes()+len(f.packets)+lostBytes)
	f.pieces = slices.Grow(f.pieces[:0], 2*len(f.packets)+1)
	f.from = 0
	f.text = append(f.text, `{"traces":[`...)
	for i, first := range f.first {
		if i > 0 {
			f.text = append(f.text, ',')
			lost = record.Lost{}
		}
		f.appendTrace(int(first), typed, metadata, lost, s.legacy)
	}
	f.text = append(f.text, `]}`...)
	f.cut()
	return &destination.Body{Pieces: f.pieces, Free: f.free}
}

// free makes the frame available for reuse. It does not keep the records.
func (f *frame) free() {
	clear(f.packets)
	clear(f.pieces)
	if cap(f.text) <= maxFrame {
		frames.Put(f)
	}
}

func (f *frame) commonBytes() (n int) {
	for i := range f.packets {
		n += len(f.packets[i].common) + len(f.packets[i].root)
	}
	return n
}

// cut ends a piece of text.
func (f *frame) cut() {
	f.pieces = append(f.pieces, f.text[f.from:len(f.text):len(f.text)])
	f.from = len(f.text)
}

func (f *frame) appendTrace(first int, typed, metadata []byte, lost record.Lost, legacy bool) {
	about := f.about(first)
	f.text = append(f.text, `{"traceId":"`...)
	f.text = hex.AppendEncode(f.text, f.packets[first].trace[:])
	f.text = append(f.text, '"')
	f.text = append(f.text, typed...)
	ours, oursMetadata := splitCommon(about.common)
	f.text = append(f.text, ours...)
	f.text = append(f.text, `,"startTime":`...)
	f.text = f.clock.AppendTime(f.text, time.Unix(0, about.start))
	if !legacy && about.root >= 0 {
		root := &f.packets[about.root]
		f.text = append(f.text, root.root...)
		if root.end != 0 {
			f.text = append(f.text, `,"endTime":`...)
			f.text = f.clock.AppendTime(f.text, time.Unix(0, root.end))
		}
	}
	f.appendMetadata(metadata, oursMetadata, lost, legacy)
	f.text = append(f.text, `,"spans":[`...)
	for i := first; ; i = int(f.next[i]) {
		f.cut()
		f.pieces = append(f.pieces, f.packets[i].json)
		if f.next[i] == 0 {
			break
		}
		f.text = append(f.text, ',')
	}
	f.text = append(f.text, `]}`...)
}

func (f *frame) appendMetadata(process, trace []byte, lost record.Lost, legacy bool) {
	if legacy && len(process) == 0 { // in this form, process has only values that the API has no key for
		return
	}
	f.text = append(f.text, `,"metadata":{`...)
	f.text = append(f.text, process...)
	if !legacy && len(trace) > 0 {
		f.text = append(append(f.text, ','), trace...)
	}
	if !legacy && lost.Any() {
		f.text = appendLost(jsontext.AppendKey(f.text, "mutagent.lost"), lost)
	}
	f.text = append(f.text, '}')
}

// about is what the packets of a trace say about the trace together.
type about struct {
	start  int64  // the earliest start
	root   int    // index of the root's packet, -1 if it is missing
	common []byte // from the first packet that has any
}

func (f *frame) about(first int) about {
	a := about{start: f.packets[first].start, root: -1}
	for i := first; ; i = int(f.next[i]) {
		p := &f.packets[i]
		a.start = min(a.start, p.start)
		if p.flags&isRoot != 0 && (a.root < 0 || f.packets[a.root].end == 0) {
			a.root = i
		}
		if len(a.common) == 0 {
			a.common = p.common
		}
		if f.next[i] == 0 {
			return a
		}
	}
}

// splitCommon returns the typed members and the members of the metadata.
func splitCommon(common []byte) (typed, metadata []byte) {
	typed, rest, ok := cutPart(common)
	if !ok {
		return nil, nil
	}
	metadata, _, _ = cutPart(rest)
	return typed, metadata
}

// link links the packets of each trace. The table is a hash table with linear probing,
// from a trace to its last packet so far. A Go map would take a tenth of the time of
// the whole encoding.
func (f *frame) link() {
	size := 1 << bits.Len(uint(2*len(f.packets)))
	f.table = zeros(f.table, size)
	f.next = zeros(f.next, len(f.packets))
	f.first = f.first[:0]
	table := f.table
	for i := range f.packets {
		trace := f.packets[i].trace
		at := maphash.Bytes(seed, trace[:]) & uint64(size-1)
		for ; table[at] != 0; at = (at + 1) & uint64(size-1) {
			if last := table[at] - 1; f.packets[last].trace == trace {
				f.next[last] = int32(i)
				break
			}
		}
		if table[at] == 0 {
			f.first = append(f.first, int32(i))
		}
		table[at] = int32(i + 1)
	}
}

// zeros returns n zeros. It reuses the memory of s if that is large enough.
func zeros(s []int32, n int) []int32 {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}

// The random seed prevents someone who chooses trace IDs from choosing ones that
// collide.
var seed = maphash.MakeSeed()

// lostBytes is enough room for the losses, with every reason there is.
const lostBytes = 1 << 10

func appendLost(dst []byte, l record.Lost) []byte {
	dst = append(dst, `{"spans":`...)
	dst = strconv.AppendInt(dst, l.Spans, 10)
	dst = append(dst, `,"events":`...)
	dst = strconv.AppendInt(dst, l.Events, 10)
	dst = append(dst, `,"truncated":`...)
	dst = strconv.AppendInt(dst, l.Truncated, 10)
	if l.Masked > 0 {
		dst = strconv.AppendInt(append(dst, `,"masked":`...), l.Masked, 10)
	}
	if l.Withheld > 0 {
		dst = strconv.AppendInt(append(dst, `,"withheld":`...), l.Withheld, 10)
	}
	dst = append(dst, `,"reasons":{`...)
	for _, reason := range slices.Sorted(maps.Keys(l.Reasons)) {
		dst = strconv.AppendInt(jsontext.AppendKey(dst, reason), l.Reasons[reason], 10)
	}
	return append(dst, `}}`...)
}
