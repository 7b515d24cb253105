package spool

import (
	"encoding/binary"
	"slices"
)

// A mark is a frame that lists settled records of its segment. It is appended when only
// some are settled, so that a process that takes over the segment does not repeat them.
// Its body is pairs of 4 bytes each, little-endian: the number of a record, from 0, and
// the count of records from there on.

// appendMark appends a mark for the records with these numbers. It sorts numbers.
func appendMark(dst []byte, numbers []int) []byte {
	slices.Sort(numbers)
	start := len(dst)
	dst = BeginFrame(dst)
	for i := 0; i < len(numbers); {
		n := 1
		for i+n < len(numbers) && numbers[i+n] == numbers[i]+n {
			n++
		}
		dst = binary.LittleEndian.AppendUint32(dst, uint32(numbers[i]))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
		i += n
	}
	endFrame(dst[start:], markBit)
	return dst
}

// readMark sets settled for the records that a mark lists. It ignores records that do
// not exist.
func readMark(body []byte, settled []bool) {
	for ; len(body) >= 8; body = body[8:] {
		from := uint64(binary.LittleEndian.Uint32(body))
		to := from + uint64(binary.LittleEndian.Uint32(body[4:]))
		for i := from; i < min(to, uint64(len(settled))); i++ {
			settled[i] = true
		}
	}
}
