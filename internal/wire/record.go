package wire

import (
	"encoding/binary"
	"errors"
	"slices"
)

// An Encoded is one span as it was encoded: on its way from one batch to another,
// or to and from disk. It refers to the memory it was taken from.
type Encoded struct {
	entry // where nothing is set that says where in a batch
	json  []byte
}

// At returns the i-th span. It is valid until the batch changes.
func (b *Batch) At(i int) Encoded {
	start := b.start(i)
	e := b.spans[i]
	e.end, e.payload = e.end-start, e.payload-start
	return Encoded{entry: e, json: b.buf[start:b.spans[i].end]}
}

// Put adds a copy of e.
func (b *Batch) Put(e Encoded) {
	start := len(b.buf)
	b.buf = append(b.buf, e.json...)
	e.end, e.payload = e.end+start, e.payload+start
	b.spans = append(b.spans, e.entry)
}

// Clone returns e with memory of its own.
func (e Encoded) Clone() Encoded {
	e.json = slices.Clone(e.json)
	return e
}

// Size returns the bytes that e takes in a batch.
func (e Encoded) Size() int { return len(e.json) + entryBytes }

// Ended reports whether e is a whole span, neither unfinished nor an addendum.
func (e Encoded) Ended() bool { return e.ended }

// Addendum reports whether e only adds events to a span.
func (e Encoded) Addendum() bool { return e.addendum }

const (
	recordEnded = 1 << iota
	recordAddendum
)

// AppendRecord appends what ReadRecord needs to restore e: the trace's id, flags,
// where the payload begins, what the trace's spans have in common, the span.
func (e Encoded) AppendRecord(dst []byte) []byte {
	dst = append(dst, e.trace[:]...)
	var flags byte
	if e.ended {
		flags |= recordEnded
	}
	if e.addendum {
		flags |= recordAddendum
	}
	dst = append(dst, flags)
	dst = binary.AppendUvarint(dst, uint64(e.payload))
	var common []byte
	if e.common != nil {
		common = appendCommon(nil, e.common)
	}
	dst = appendBytes(dst, common)
	return append(dst, e.json...)
}

var errRecord = errors.New("not a record of a span")

// A RecordReader restores spans. Those of a trace share what they have in
// common, so that a request says it once.
type RecordReader struct{ commons map[string]*Trace }

// Read restores a span. It refers to the memory of record.
func (r *RecordReader) Read(record []byte) (e Encoded, err error) {
	if len(record) < len(e.trace)+1 {
		return Encoded{}, errRecord
	}
	rest := record[copy(e.trace[:], record):]
	e.ended, e.addendum = rest[0]&recordEnded != 0, rest[0]&recordAddendum != 0
	payload, n := binary.Uvarint(rest[1:])
	if n <= 0 {
		return Encoded{}, errRecord
	}
	common, json, ok := cutBytes(rest[1+n:])
	if !ok || len(json) < len(`,{}`) || payload > uint64(len(json)) {
		return Encoded{}, errRecord
	}
	e.common, e.json = r.common(common), json
	e.payload, e.end = int(payload), len(json)
	return e, nil
}

func (r *RecordReader) common(encoded []byte) *Trace {
	if len(encoded) == 0 {
		return nil
	}
	if r.commons[string(encoded)] == nil {
		if r.commons == nil {
			r.commons = map[string]*Trace{}
		}
		r.commons[string(encoded)] = &Trace{encoded: string(encoded)}
	}
	return r.commons[string(encoded)]
}

// AppendRecord appends what ReadHeader needs to restore h.
func (h *Header) AppendRecord(dst []byte) []byte {
	resource := h.encoded
	if resource == nil && len(h.Resource) > 0 {
		var clock clockFace
		resource = clock.appendAttrs(nil, h.Resource)
	}
	dst = appendBytes(dst, resource)
	dst = appendBytes(dst, []byte(h.Environment))
	return appendBytes(dst, []byte(h.Source))
}

// ReadHeader restores the header of another process.
func ReadHeader(record []byte) (*Header, error) {
	resource, record, ok1 := cutBytes(record)
	environment, record, ok2 := cutBytes(record)
	source, record, ok3 := cutBytes(record)
	if !ok1 || !ok2 || !ok3 || len(record) > 0 {
		return nil, errors.New("not the record of a header")
	}
	return &Header{encoded: slices.Clone(resource), Environment: string(environment), Source: string(source)}, nil
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// cutBytes is the reverse of appendBytes.
func cutBytes(b []byte) (first, rest []byte, ok bool) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, false
	}
	return b[n : n+int(size)], b[n+int(size):], true
}
