package gzip

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// A code is a Huffman code, in the order in which its bits are written.
type code struct {
	bits  uint16
	width uint8 // 0 if the symbol does not occur
}

// A huffman is a set of codes, one for each symbol that occurs.
type huffman struct {
	symbols int
	count   [maxSymbols]uint32 // how often each symbol occurs
	codes   [maxSymbols]code

	tree []node // see build
}

const maxSymbols = 286

// A node of the tree is a symbol, or two nodes together. The first nodes are the symbols
// that occur.
type node struct {
	count  uint32
	symbol uint16
	parent uint16
	depth  uint8
}

func (h *huffman) reset(symbols int) {
	h.symbols = symbols
	clear(h.count[:])
	clear(h.codes[:])
}

// used returns the number of symbols up to the last one that occurs.
func (h *huffman) used() int {
	n := h.symbols
	for h.codes[n-1].width == 0 {
		n--
	}
	return n
}

// widths appends the widths of the codes.
func (h *huffman) widths(dst []uint8) []uint8 {
	for _, c := range h.codes[:h.used()] {
		dst = append(dst, c.width)
	}
	return dst
}

// build makes the codes. None is wider than limit bits.
func (h *huffman) build(limit uint8) {
	// Decoders may refuse a single code, so at least two symbols get one.
	for i := range 2 {
		h.count[i] = max(h.count[i], 1)
	}
	for !h.measure(limit) {
		// The codes are too wide because some symbols are very rare.
		for i, n := range h.count {
			h.count[i] = (n + 1) / 2
		}
	}
	h.assign()
}

// measure finds the width of each code by Huffman's method. It reports whether all are
// within the limit.
func (h *huffman) measure(limit uint8) bool {
	h.tree = h.tree[:0]
	for i, n := range h.count {
		if n > 0 {
			h.tree = append(h.tree, node{count: n, symbol: uint16(i)})
		}
	}
	slices.SortFunc(h.tree, func(a, b node) int { return int(a.count) - int(b.count) })
	// Both the symbols and the nodes above them are sorted by count, so the rarest of
	// all is the first of either.
	symbols := len(h.tree)
	leaf, inner := 0, symbols
	rarest := func() (i int) {
		if inner == len(h.tree) || leaf < symbols && h.tree[leaf].count <= h.tree[inner].count {
			i, leaf = leaf, leaf+1
			return i
		}
		i, inner = inner, inner+1
		return i
	}
	for range symbols - 1 {
		a, b := rarest(), rarest()
		h.tree[a].parent, h.tree[b].parent = uint16(len(h.tree)), uint16(len(h.tree))
		h.tree = append(h.tree, node{count: h.tree[a].count + h.tree[b].count})
	}
	for i := len(h.tree) - 2; i >= 0; i-- {
		n := &h.tree[i]
		n.depth = h.tree[n.parent].depth + 1
		if n.depth > limit {
			return false
		}
		if i < symbols {
			h.codes[n.symbol].width = n.depth
		}
	}
	return true
}

// assign numbers the codes of each width in the order of their symbols, as decoders do.
func (h *huffman) assign() {
	var next [17]uint16
	for _, c := range h.codes {
		if c.width > 0 {
			next[c.width+1]++
		}
	}
	for w := 1; w < len(next); w++ {
		next[w] = (next[w] + next[w-1]) << 1
	}
	for i := range h.codes {
		if w := h.codes[i].width; w > 0 {
			h.codes[i].bits = bits.Reverse16(next[w]) >> (16 - w)
			next[w]++
		}
	}
}

// A bitWriter appends bits, the lowest first.
type bitWriter struct {
	out   []byte
	bits  uint64
	width uint8 // number of bits not yet in out, below 32
}

// add appends the lowest width bits, at most 32.
func (w *bitWriter) add(b uint64, width uint8) {
	w.bits |= b << w.width
	w.width += width
	if w.width >= 32 {
		w.out = binary.LittleEndian.AppendUint32(w.out, uint32(w.bits))
		w.bits >>= 32
		w.width -= 32
	}
}

func (w *bitWriter) code(c code) { w.add(uint64(c.bits), c.width) }

// close fills the last byte with zeros and returns everything.
func (w *bitWriter) close() []byte {
	for width := w.width; width > 0; width -= min(width, 8) {
		w.out = append(w.out, byte(w.bits))
		w.bits >>= 8
	}
	out := w.out
	*w = bitWriter{}
	return out
}
