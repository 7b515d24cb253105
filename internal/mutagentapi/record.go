package mutagentapi

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A packet is an unpacked record. After its head a record has
//
//	start and end, 8 bytes each, in Unix nanoseconds
//	flags, 1 byte
//	where the payload begins in the span's JSON, 4 bytes
//	what the span says of its trace, JSON members, after their length
//	what the root says of its trace, JSON members, after their length
//	the span's JSON
//
// The skeleton of the span comes first. Cutting the JSON off at payload leaves a span
// without its payload, except for the closing braces.
type packet struct {
	trace      record.TraceID
	start, end int64 // end is 0 if the span has not ended
	flags      byte
	payload    int
	common     []byte
	root       []byte
	json       []byte
}

const (
	isRoot       byte = 1 << iota // has no local or remote parent
	metadataOpen                  // the skeleton ends inside the object "metadata"
)

const (
	flagsAt    = destination.HeadBytes + 8 + 8
	payloadAt  = flagsAt + 1
	fixedBytes = payloadAt + 4
)

// unpack parses rec. It returns false if rec is not a record.
func unpack(rec []byte) (p packet, ok bool) {
	if len(rec) < fixedBytes {
		return p, false
	}
	p.trace = destination.TraceOf(rec)
	rest := rec[destination.HeadBytes:]
	p.start = int64(binary.LittleEndian.Uint64(rest))
	p.end = int64(binary.LittleEndian.Uint64(rest[8:]))
	p.flags = rest[16]
	payload := binary.LittleEndian.Uint32(rest[17:])
	var ok1, ok2 bool
	p.common, rest, ok1 = cutPart(rest[21:])
	p.root, p.json, ok2 = cutPart(rest)
	if !ok1 || !ok2 || uint64(payload) > uint64(len(p.json)) || len(p.json) == 0 || p.json[0] != '{' {
		return p, false
	}
	p.payload = int(payload)
	return p, true
}

// appendPart appends the length of b, then b.
func appendPart(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// cutPart is the reverse of appendPart.
func cutPart(b []byte) (first, rest []byte, ok bool) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, false
	}
	return b[n : n+int(size)], b[n+int(size):], true
}

// The range of times that both RFC 3339 and 64-bit nanoseconds can express.
var (
	earliest = time.Unix(0, math.MinInt64+1).UTC()
	latest   = time.Unix(0, math.MaxInt64).UTC()
)

// within returns t, or the nearest time in that range.
func within(t time.Time) time.Time {
	switch {
	case t.Before(earliest):
		return earliest
	case t.After(latest):
		return latest
	}
	return t
}
