package gzip

import (
	"encoding/binary"
	"math/bits"
)

const (
	maxDistance = 32 << 10 // of a repetition from what it repeats
	windowBytes = 96 << 10
	hashBits    = 14
	hashBytes   = 5 // bytes that are hashed; 4 or 6 make English text 2 % larger
	tail        = 8 // bytes that are read at a position
)

// A compressor finds repetitions. Positions are those in the whole input.
type compressor struct {
	window [windowBytes]byte
	base   int // position of the window
	next   int // index of the next byte to encode
	end    int // index of the end of what is known

	table    [1 << hashBits]uint32 // the last position of each hash, plus one
	distance int                   // of the last repetition
	block    block
	bits     bitWriter
}

func (c *compressor) reset() {
	clear(c.table[:])
	c.base, c.next, c.end, c.distance = 0, 0, 0, 1
	c.block.reset()
}

// slide makes room in the window. It keeps the bytes that may be repeated.
func (c *compressor) slide() {
	from := c.next - maxDistance
	c.end = copy(c.window[:], c.window[from:c.end])
	c.next -= from
	c.base += from
}

// search encodes the window. Unless it is the last, it leaves a few bytes whose
// repetition may be longer than what is known.
func (c *compressor) search(last bool) {
	src := c.window[:c.end]
	i, literals := c.next, c.next // literals begin where the last repetition ends
	for i+tail <= len(src) {
		now := binary.LittleEndian.Uint64(src[i:])
		slot := &c.table[hash(now)]
		from := int(*slot) - 1 - c.base
		*slot = uint32(c.base + i + 1)
		if from < 0 || uint(i-from-1) >= maxDistance || uint32(now) != binary.LittleEndian.Uint32(src[from:]) {
			// The rest of what was repeated last may be known by its distance only.
			from = i - c.distance
			if from < 0 || uint32(now) != binary.LittleEndian.Uint32(src[from:]) {
				i += 1 + (i-literals)>>6 // what repeats nothing is most often long
				continue
			}
		}
		n := 4 + common(src[i+4:], src[from+4:])
		for i > literals && from > 0 && src[i-1] == src[from-1] {
			i, from, n = i-1, from-1, n+1
		}
		c.literals(src[literals:i])
		c.distance = i - from
		c.repeat(n)
		i += n
		literals = i
		if i+tail <= len(src) { // the next repetition of this text often begins here
			c.table[hash(binary.LittleEndian.Uint64(src[i-2:]))] = uint32(c.base + i - 2 + 1)
		}
	}
	if last {
		i = len(src)
	}
	i = min(i, len(src))
	c.literals(src[literals:i])
	c.next = i
}

func hash(b uint64) uint64 {
	return b << (64 - 8*hashBytes) * 0xcf1bbcdcb7a56463 >> (64 - hashBits)
}

// common returns how many bytes the beginnings of a and b have in common. b is not
// shorter than a.
func common(a, b []byte) (n int) {
	b = b[:len(a)]
	for ; n+8 <= len(a); n += 8 {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
	}
	for n < len(a) && a[n] == b[n] {
		n++
	}
	return n
}

func (c *compressor) literals(text []byte) {
	for len(text) > 0 {
		n := c.block.addLiterals(text)
		text = text[n:]
		if c.block.full() {
			c.block.write(&c.bits, false)
		}
	}
}

// repeat encodes a repetition of n bytes, at least four.
func (c *compressor) repeat(n int) {
	for n > 0 {
		length := min(n, maxLength)
		if rest := n - length; 0 < rest && rest < minLength {
			length -= minLength
		}
		n -= length
		c.block.addRepetition(length, c.distance)
		if c.block.full() {
			c.block.write(&c.bits, false)
		}
	}
}
