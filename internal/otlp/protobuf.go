package otlp

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// Wire types of protobuf. A tag combines a field's number and its wire type.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

func appendTag(dst []byte, field, wireType int) []byte {
	return binary.AppendUvarint(dst, uint64(field<<3|wireType))
}

func appendVarint(dst []byte, field int, v uint64) []byte {
	return binary.AppendUvarint(appendTag(dst, field, wireVarint), v)
}

func appendFixed64(dst []byte, field int, v uint64) []byte {
	return binary.LittleEndian.AppendUint64(appendTag(dst, field, wireFixed64), v)
}

func appendFixed32(dst []byte, field int, v uint32) []byte {
	return binary.LittleEndian.AppendUint32(appendTag(dst, field, wireFixed32), v)
}

func appendDouble(dst []byte, field int, v float64) []byte {
	return appendFixed64(dst, field, math.Float64bits(v))
}

func appendBytes(dst []byte, field int, b []byte) []byte {
	dst = binary.AppendUvarint(appendTag(dst, field, wireBytes), uint64(len(b)))
	return append(dst, b...)
}

// appendString writes a string field in UTF-8, as protobuf requires.
func appendString(dst []byte, field int, s string) []byte {
	s = valid(s)
	dst = binary.AppendUvarint(appendTag(dst, field, wireBytes), uint64(len(s)))
	return append(dst, s...)
}

// valid returns s with each byte that is not UTF-8 replaced by U+FFFD.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// begin opens a nested message. Its length is not yet known, so end makes room for it.
func begin(dst []byte, field int) (_ []byte, start int) {
	dst = appendTag(dst, field, wireBytes)
	return dst, len(dst)
}

// end closes the message that begin opened at start.
func end(dst []byte, start int) []byte {
	n := uint64(len(dst) - start)
	var room [binary.MaxVarintLen64]byte
	return slices.Insert(dst, start, room[:binary.PutUvarint(room[:], n)]...)
}

// sizeVarint returns the encoded size of v as a varint.
func sizeVarint(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

// sizeBytes returns the encoded size of a field of n bytes whose tag takes one byte.
func sizeBytes(n int) int { return 1 + sizeVarint(uint64(n)) + n }

// next splits off the first field of a message. It returns the tag and the value,
// without tag and length. The tag is 0 at the end, and where the message is malformed.
// Messages from disk or from a server can be malformed.
func next(encoded []byte) (tag uint64, value, rest []byte) {
	tag, n := binary.Uvarint(encoded)
	if n <= 0 {
		return 0, nil, nil
	}
	rest = encoded[n:]
	size := uint64(0)
	switch tag & 7 {
	case wireVarint:
		_, n = binary.Uvarint(rest)
		size = uint64(max(n, 0))
	case wireFixed64:
		size = 8
	case wireFixed32:
		size = 4
	case wireBytes:
		if size, n = binary.Uvarint(rest); n > 0 {
			rest = rest[n:]
		}
	default:
		n = 0
	}
	if n <= 0 || size > uint64(len(rest)) {
		return 0, nil, nil
	}
	return tag, rest[:size], rest[size:]
}
