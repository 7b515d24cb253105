package spool

import (
	"encoding/binary"
	"slices"
)

// A mark is a frame that says which records of its segment are settled. It is
// written behind them when only some are, so that whoever takes over the segment
// does not repeat those. Its body is pairs of 4 bytes each, little-endian: the
// number of a record, from 0, and how many there are from there on.

// appendMark appends the mark of records, whose numbers it sorts.
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

// readMark sets what a mark says of settled records. What it says of records that
// are not there means nothing.
func readMark(body []byte, settled []bool) {
	for ; len(body) >= 8; body = body[8:] {
		from := uint64(binary.LittleEndian.Uint32(body))
		to := from + uint64(binary.LittleEndian.Uint32(body[4:]))
		for i := from; i < min(to, uint64(len(settled))); i++ {
			settled[i] = true
		}
	}
}
