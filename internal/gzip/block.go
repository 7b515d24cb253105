package gzip

import (
	"math/bits"
	"slices"
)

const (
	minLength, maxLength = 3, 258 // of a repetition
	endOfBlock           = 256
	// maxTokens is the size of a block. Each block has codes of its own, which take
	// about 80 bytes.
	maxTokens = 16 << 10
)

// A token is a literal byte, or a repetition: its flag, its length - 3 in 8 bits, and
// its distance - 1 in 16.
type token uint32

const isRepetition token = 1 << 24

func repetition(length, distance int) token {
	return isRepetition | token(length-minLength)<<16 | token(distance-1)
}

// A symbol is what has a Huffman code: a number, followed by extra bits.
type symbol struct {
	n, extra uint16
	width    uint8 // of extra
}

func (t token) length() symbol {
	l := uint16(t>>16) & 255
	switch {
	case l == maxLength-minLength:
		return symbol{n: 285}
	case l < 8:
		return symbol{n: 257 + l}
	}
	width := bits.Len16(l) - 3
	return symbol{n: 257 + uint16(width)<<2 + l>>width, extra: l & (1<<width - 1), width: uint8(width)}
}

func (t token) distance() symbol {
	d := uint16(t)
	if d < 4 {
		return symbol{n: d}
	}
	width := bits.Len16(d) - 2
	return symbol{n: uint16(width)<<1 + d>>width, extra: d & (1<<width - 1), width: uint8(width)}
}

// A block is the tokens that are encoded with the same codes.
type block struct {
	tokens    [maxTokens]token
	n         int     // of tokens
	literals  huffman // of literals and lengths
	distances huffman
}

func (b *block) full() bool { return b.n == maxTokens }

func (b *block) reset() {
	b.n = 0
	b.literals.reset(286)
	b.distances.reset(30)
}

// addLiterals adds the beginning of text, as much as there is room for, and returns how
// much that is.
func (b *block) addLiterals(text []byte) int {
	room := b.tokens[b.n:]
	n := min(len(room), len(text))
	for i, c := range text[:n] {
		b.literals.count[c]++
		room[i] = token(c)
	}
	b.n += n
	return n
}

func (b *block) addRepetition(length, distance int) {
	t := repetition(length, distance)
	b.literals.count[t.length().n]++
	b.distances.count[t.distance().n]++
	b.tokens[b.n] = t
	b.n++
}

// write writes the block and empties it.
func (b *block) write(w *bitWriter, last bool) {
	b.literals.count[endOfBlock]++
	b.literals.build(15)
	b.distances.build(15)
	w.out = slices.Grow(w.out, b.size())
	final := uint64(0)
	if last {
		final = 1
	}
	w.add(final|2<<1, 3) // a block with codes of its own
	writeCodes(w, &b.literals, &b.distances)
	for _, t := range b.tokens[:b.n] {
		if t&isRepetition == 0 {
			w.code(b.literals.codes[t&255])
			continue
		}
		l, d := t.length(), t.distance()
		length, distance := b.literals.codes[l.n], b.distances.codes[d.n]
		w.add(uint64(length.bits)|uint64(l.extra)<<length.width, length.width+l.width)
		w.add(uint64(distance.bits)|uint64(d.extra)<<distance.width, distance.width+d.width)
	}
	w.code(b.literals.codes[endOfBlock])
	b.reset()
}

// size returns about how many bytes the block takes.
func (b *block) size() int {
	const codes, extra = 320, 18 // bits of a repetition, at most
	n := 0
	for i, count := range b.literals.count {
		n += int(count) * int(b.literals.codes[i].width)
	}
	for i, count := range b.distances.count {
		n += int(count) * (int(b.distances.codes[i].width) + extra)
	}
	return codes + n/8
}

// lengthOrder is the order in which the widths of the codes for widths are written.
var lengthOrder = [...]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// writeCodes writes the widths of the codes, which determine the codes. Repeated widths
// are abbreviated, and the result has a Huffman code of its own.
func writeCodes(w *bitWriter, literals, distances *huffman) {
	widths := append(literals.widths(make([]uint8, 0, 286+30)), distances.widths(nil)...)
	var h huffman
	h.reset(19)
	var short []symbol
	before := uint8(0)
	for len(widths) > 0 {
		s, n := abbreviate(widths, before)
		h.count[s.n]++
		short, before, widths = append(short, s), widths[0], widths[n:]
	}
	h.build(7)
	order := lengthOrder[:]
	for h.codes[order[len(order)-1]].width == 0 {
		order = order[:len(order)-1]
	}
	w.add(uint64(literals.used()-257), 5)
	w.add(uint64(distances.used()-1), 5)
	w.add(uint64(len(order)-4), 4)
	for _, n := range order {
		w.add(uint64(h.codes[n].width), 3)
	}
	for _, s := range short {
		w.code(h.codes[s.n])
		w.add(uint64(s.extra), s.width)
	}
}

// abbreviate returns the symbol for the beginning of widths, and how many it covers.
// before is the width before them.
func abbreviate(widths []uint8, before uint8) (s symbol, n int) {
	first := widths[0]
	for n < len(widths) && widths[n] == first {
		n++
	}
	switch {
	case first == 0 && n >= 11:
		n = min(n, 138)
		return symbol{n: 18, extra: uint16(n - 11), width: 7}, n
	case first == 0 && n >= 3:
		return symbol{n: 17, extra: uint16(n - 3), width: 3}, n
	case first == before && n >= 3:
		n = min(n, 6)
		return symbol{n: 16, extra: uint16(n - 3), width: 2}, n
	}
	return symbol{n: uint16(first)}, 1
}
