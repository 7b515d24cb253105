package otlp

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// Wire types of protobuf. A tag is a field's number and its wire type.
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

// appendString writes a string as protobuf wants it, in UTF-8.
func appendString(dst []byte, field int, s string) []byte {
	s = valid(s)
	dst = binary.AppendUvarint(appendTag(dst, field, wireBytes), uint64(len(s)))
	return append(dst, s...)
}

// valid returns s with U+FFFD in the place of each byte that is no UTF-8.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return string([]rune(s))
}

// begin opens a message in a message. Its length is not known yet, so end makes room
// for it.
func begin(dst []byte, field int) (_ []byte, start int) {
	dst = appendTag(dst, field, wireBytes)
	return dst, len(dst)
}

// end closes what begin opened at start.
func end(dst []byte, start int) []byte {
	n := uint64(len(dst) - start)
	var room [binary.MaxVarintLen64]byte
	return slices.Insert(dst, start, room[:binary.PutUvarint(room[:], n)]...)
}

// sizeVarint returns how many bytes v takes as a varint.
func sizeVarint(v uint64) int { return (bits.Len64(v|1) + 6) / 7 }

// sizeBytes returns how many bytes a field of n bytes takes whose tag takes one.
func sizeBytes(n int) int { return 1 + sizeVarint(uint64(n)) + n }

// next splits the first field off encoded, which was encoded here: it is well-formed.
// The value is without its tag and length.
func next(encoded []byte) (number int, value, rest []byte) {
	tag, n := binary.Uvarint(encoded)
	rest = encoded[n:]
	switch tag & 7 {
	case wireVarint:
		_, n = binary.Uvarint(rest)
	case wireFixed64:
		n = 8
	case wireFixed32:
		n = 4
	case wireBytes:
		var size uint64
		size, n = binary.Uvarint(rest)
		rest = rest[n:]
		n = int(size)
	}
	return int(tag >> 3), rest[:n], rest[n:]
}
