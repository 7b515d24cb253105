// Package gzip compresses the bodies of requests. Spans are full of texts that are
// repeated within a span and from span to span. For these, level 2 of compress/flate
// takes 1.6 to 2.8 times as long, because it compares repetitions byte by byte. Its
// result is 2 % smaller. Its writer takes 800 KB, and this one 240. See BenchmarkAppend.
//
// It is an encoder of RFC 1951 and RFC 1952 without options. It finds repetitions by
// hashing, with two candidates for each position, and writes blocks with Huffman codes
// of their own.
package gzip

import (
	"encoding/binary"
	"hash/crc32"
	"sync"
)

var compressors = sync.Pool{New: func() any { return new(compressor) }}

// Append appends a gzip file of the pieces, back to back.
func Append(dst []byte, pieces [][]byte) []byte {
	c := compressors.Get().(*compressor)
	defer compressors.Put(c)
	c.reset()
	c.bits.out = append(dst, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255) // magic, deflate, nothing known of the file
	var sum, size uint32
	for _, p := range pieces {
		sum, size = crc32.Update(sum, crc32.IEEETable, p), size+uint32(len(p))
		for len(p) > 0 {
			n := copy(c.window[c.end:], p)
			p, c.end = p[n:], c.end+n
			if c.end == len(c.window) {
				c.search(false)
				c.slide()
			}
		}
	}
	c.search(true)
	c.block.write(&c.bits, true)
	dst = c.bits.close()
	c.bits.out = nil
	dst = binary.LittleEndian.AppendUint32(dst, sum)
	return binary.LittleEndian.AppendUint32(dst, size)
}
