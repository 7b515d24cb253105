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

// A frame is a request in the making: what goes between the spans, and the spans
// themselves where they are.
type frame struct {
	packets []packet
	next    []int32 // of the trace of the i-th packet, 0 if it is the last
	first   []int32 // packet of each trace, traces in the order of their first packet
	table   []int32 // see link
	clock   jsontext.Clock

	text   []byte // what goes between the spans, back to back
	pieces [][]byte
	from   int // where in text the next piece begins
}

var frames = sync.Pool{New: func() any { return new(frame) }}

// maxFrame is the size of the text up to which a frame's memory is kept.
const maxFrame = 1 << 20

// Frame makes the body of a request: spans grouped by trace, in the order in which
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
	// Everything in text is known to fit, so that pieces never move.
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

// free keeps the frame's memory for another one. The records are not the frame's.
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
	if legacy && len(process) == 0 { // which has a word that the API has no key for, or nothing
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

// What the packets of a trace say of it together.
type about struct {
	start  int64  // the least
	root   int    // packet, -1 if it is not there
	common []byte // of the first that says anything
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

// splitCommon returns the typed members and those of the metadata.
func splitCommon(common []byte) (typed, metadata []byte) {
	typed, rest, ok := cutPart(common)
	if !ok {
		return nil, nil
	}
	metadata, _, _ = cutPart(rest)
	return typed, metadata
}

// link connects the packets of each trace. The table is a hash table with linear
// probing, from a trace to its last packet so far; a Go map would be a tenth of
// the cost of the whole encoding.
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

// zeros returns n zeros, in the memory of s if it has room for them.
func zeros(s []int32, n int) []int32 {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}

// seed keeps whoever chooses trace ids from choosing ones that collide.
var seed = maphash.MakeSeed()

// lostBytes is room for what was lost: every reason that there is.
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
