package otlp

import (
	"cmp"
	"encoding/binary"
	"hash/fnv"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// items is the field of ScopeSpans and of ScopeLogs that holds spans or log records.
const items = 2

// After the head, a record has the length of the skeleton as four bytes, and the span
// as a field of ScopeSpans. The skeleton's fields come first in the span, so that
// cutting the span off removes its payload.
const skeletonAt = destination.HeadBytes

const spanAt = skeletonAt + 4

// traces is the destination of spans.
type traces struct {
	signal
	openInference bool
	events        bool
}

func (d *traces) Encode(dst []byte, s *record.Span) []byte {
	if s.Marks.Has(record.Late) {
		if !d.events || s.Events.Len() == 0 {
			return dst
		}
		child := lateSpan(s)
		s = &child
	}
	dst = destination.AppendHead(dst, s)
	dst = append(dst, 0, 0, 0, 0)
	skeleton := len(dst) - 4
	dst, start := begin(dst, items)
	w := spanWriter{attributes: attributes{dst: dst, field: spanAttributes}, span: s, openInference: d.openInference}
	w.skeleton()
	binary.LittleEndian.PutUint32(w.dst[skeleton:], uint32(len(w.dst)-start))
	w.payload(d.events)
	return end(w.dst, start)
}

// Strip keeps the skeleton. It appends nothing for late events, which have only
// payload.
func (d *traces) Strip(dst, rec []byte) []byte {
	flags := destination.FlagsOf(rec)
	if flags.Has(destination.Late) {
		return dst
	}
	n := binary.LittleEndian.Uint32(rec[skeletonAt:])
	_, span, _ := next(rec[spanAt:])
	if int64(n) >= int64(len(span)) {
		return append(dst, rec...)
	}
	dst = append(dst, byte(flags|destination.Truncated))
	dst = append(dst, rec[1:spanAt]...)
	dst, start := begin(dst, items)
	a := attributes{dst: append(dst, span[:n]...), field: spanAttributes}
	a.bool(facts[truncated].key, true)
	return end(a.dst, start)
}

// lateSpan makes a span of events that were logged after the end of s. OTLP cannot add
// to a span that was sent, and backends store a second span with the same ID beside the
// first. So the events go to a child span that lasts until the last event.
func lateSpan(s *record.Span) record.Span {
	child := record.Span{
		TraceID: s.TraceID, ID: lateID(s), ParentID: s.ID, Trace: s.Trace,
		Kind: "custom", Start: s.Start.Add(s.Duration), Ended: true,
		Marks: record.Late, Truncated: s.Truncated, Events: s.Events,
	}
	for _, piece := range s.Events {
		if len(piece) > 0 {
			child.Name, child.Start = piece[0].Name, cmp.Or(piece[0].Time, child.Start)
			break
		}
	}
	return child
}

// lateID derives the ID from the late events of s, so that it is the same whenever they
// are encoded.
func lateID(s *record.Span) (id record.SpanID) {
	h := fnv.New64a()
	h.Write(s.TraceID[:])
	h.Write(s.ID[:])
	for _, piece := range s.Events {
		for i := range piece {
			h.Write(binary.LittleEndian.AppendUint64(nil, nanos(piece[i].Time)))
			h.Write([]byte(piece[i].Name))
		}
	}
	binary.BigEndian.PutUint64(id[:], max(1, h.Sum64())) // an ID must not be all zeros
	return id
}

// lastEvent returns the latest time of an event of s, or zero.
func lastEvent(s *record.Span) (last time.Time) {
	for _, piece := range s.Events {
		for i := range piece {
			if t := piece[i].Time; t.After(last) {
				last = t
			}
		}
	}
	return last
}
