package wire

import (
	"bytes"
	"slices"
)

// A Batch is a number of encoded spans, in the order they were added. It is not
// safe for concurrent use.
type Batch struct {
	buf   []byte // the spans' JSON, back to back, each after a comma
	spans []entry
	clock clockFace

	// Kept for their memory between one Body and the next.
	table []int32
	frame []byte
	cuts  []cut
}

// An entry is the place of one span in a batch's buffer.
type entry struct {
	trace    TraceID
	common   *Trace
	end      int   // of the span; it begins where the one before it ends
	payload  int   // where its payload begins
	next     int32 // the next span of the trace, 0 if there is none; set by link
	first    bool  // of its trace; set by link
	ended    bool  // a whole span, neither unfinished nor an addendum
	addendum bool  // late events of a span that is or was in another entry
}

// Add encodes s.
func (b *Batch) Add(s *Span) {
	// Doubling costs less than the smaller steps in which append grows a large
	// slice, and ends at a power of two, such as the limit of a batch. What is
	// reserved here is about what a span takes.
	if cap(b.buf)-len(b.buf) < typicalBytes {
		b.buf = append(make([]byte, 0, max(2*cap(b.buf), 16*typicalBytes)), b.buf...)
	}
	var payload int
	b.buf, payload = b.clock.appendSpan(append(b.buf, ','), s)
	b.spans = append(b.spans, entry{
		trace:    s.TraceID,
		common:   s.Trace,
		end:      len(b.buf),
		payload:  payload,
		ended:    s.Ended,
		addendum: s.Start.IsZero(),
	})
}

// Reset empties the batch, and keeps its memory.
func (b *Batch) Reset() { b.buf, b.spans = b.buf[:0], b.spans[:0] }

// Detach moves the batch to memory of its own, away from a body that may still be
// read.
func (b *Batch) Detach() {
	b.buf = slices.Clone(b.buf)
	b.frame, b.cuts = nil, nil
}

// Len returns the number of entries: ended spans, unfinished ones, addenda.
func (b *Batch) Len() int { return len(b.spans) }

// Ended returns the number of entries that are ended spans.
func (b *Batch) Ended() (n int64) {
	for i := range b.spans {
		if b.spans[i].ended {
			n++
		}
	}
	return n
}

// typicalBytes is about what a span with short texts takes.
const typicalBytes = 1 << 10

// Addenda returns the number of entries that only add events to a span.
func (b *Batch) Addenda() (n int64) {
	for i := range b.spans {
		if b.spans[i].addendum {
			n++
		}
	}
	return n
}

// entryBytes is about what an entry itself takes.
const entryBytes = 48

// Cap returns the bytes that the batch has room for.
func (b *Batch) Cap() int { return cap(b.buf) }

// Size returns the bytes that the batch holds.
func (b *Batch) Size() int { return len(b.buf) + len(b.spans)*entryBytes }

// start returns where the i-th span begins, with its comma.
func (b *Batch) start(i int) int {
	if i == 0 {
		return 0
	}
	return b.spans[i-1].end
}

// MoveLast moves the last span to an empty batch.
func (b *Batch) MoveLast(to *Batch) {
	last := len(b.spans) - 1
	start := b.start(last)
	e := b.spans[last]
	to.buf = append(to.buf[:0], b.buf[start:]...)
	e.end, e.payload = e.end-start, e.payload-start
	to.spans = append(to.spans[:0], e)
	b.buf, b.spans = b.buf[:start], b.spans[:last]
}

// Split moves the spans from the n-th on into a batch of their own.
func (b *Batch) Split(n int) *Batch {
	start := b.start(n)
	tail := &Batch{buf: slices.Clone(b.buf[start:]), spans: slices.Clone(b.spans[n:])}
	for i := range tail.spans {
		tail.spans[i].end -= start
		tail.spans[i].payload -= start
	}
	b.buf, b.spans = b.buf[:start], b.spans[:n]
	return tail
}

// Strip drops the payload of every span and marks those that had some. It
// returns the number of those that were not marked before. Addenda are nothing but payload: they go whole, and the number
// of these is returned too. The memory is really given back.
func (b *Batch) Strip() (stripped, addenda int) {
	old := *b
	b.buf = make([]byte, 0, len(b.buf)/2)
	b.spans = make([]entry, 0, len(old.spans))
	start := 0
	for _, e := range old.spans {
		skeleton, payload := old.buf[start:e.payload], old.buf[e.payload:e.end]
		start = e.end
		if e.addendum {
			addenda++
			continue
		}
		b.buf = append(b.buf, skeleton...)
		e.payload = len(b.buf)
		if string(payload) == "}" {
			b.buf = append(b.buf, '}')
		} else {
			if !bytes.HasSuffix(payload, []byte(truncatedMark+"}")) {
				stripped++
			}
			b.buf = append(b.buf, truncatedMark+"}"...)
		}
		e.end = len(b.buf)
		b.spans = append(b.spans, e)
	}
	b.buf = slices.Clone(b.buf) // skeletons are small, and half of the old buffer is not
	return stripped, addenda
}
