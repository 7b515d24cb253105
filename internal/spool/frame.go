package spool

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// A frame is a record on disk: its length and its checksum, four bytes each,
// little-endian, then the record. The checksum is CRC-32C over the length and the
// record. Because it covers the length, a file of zeros is not a sequence of empty
// records; some file systems leave such files after a power cut. A frame whose length
// has the highest bit set is a mark.
const (
	frameHead = 8
	markBit   = 1 << 31
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// BeginFrame appends room for the head of a frame. The caller then appends the record.
func BeginFrame(dst []byte) []byte { return append(dst, make([]byte, frameHead)...) }

// EndFrame completes a frame. frame begins with the room for the head and has the whole
// record.
func EndFrame(frame []byte) { endFrame(frame, 0) }

func endFrame(frame []byte, flags uint32) {
	head, body := frame[:frameHead], frame[frameHead:]
	binary.LittleEndian.PutUint32(head, uint32(len(body))|flags)
	binary.LittleEndian.PutUint32(head[4:], checksum(head, body))
}

func checksum(head, body []byte) uint32 {
	return crc32.Update(crc32.Update(0, castagnoli, head[:4]), castagnoli, body)
}

var (
	errTorn    = errors.New("the last record is torn")
	errCorrupt = errors.New("a record is corrupt")
)

// A frameReader reads the frames of a file up to the first torn or corrupt one. After
// that, the start of the next frame is unknown.
type frameReader struct {
	file  io.ReaderAt
	buf   *bufio.Reader // reads the file from next on
	next  int64         // offset of the next frame
	limit int64         // end of the file
}

func newFrameReader(file io.ReaderAt, from, size int64) *frameReader {
	return &frameReader{file: file, buf: bufio.NewReaderSize(io.NewSectionReader(file, from, size-from), 64<<10), next: from, limit: size}
}

// read returns the body of the next frame, and whether it is a mark. The error is
// io.EOF at the end, errTorn, errCorrupt, or an error of the machine.
func (r *frameReader) read() (body []byte, mark bool, err error) {
	left := r.limit - r.next
	switch {
	case left == 0:
		return nil, false, io.EOF
	case left < frameHead:
		return nil, false, errTorn
	}
	var head [frameHead]byte
	if err := r.fill(head[:]); err != nil {
		return nil, false, err
	}
	word, sum := binary.LittleEndian.Uint32(head[:]), binary.LittleEndian.Uint32(head[4:])
	n := int64(word &^ markBit)
	switch {
	case n > maxAppend:
		return nil, false, errCorrupt
	case n > left-frameHead:
		return nil, false, errTorn
	}
	if err := r.verify(head[:], n, sum); err != nil {
		return nil, false, err
	}
	body = make([]byte, n)
	if err := r.fill(body); err != nil {
		return nil, false, err
	}
	if sum != checksum(head[:], body) {
		return nil, false, errCorrupt
	}
	r.next += frameHead + n
	return body, word&markBit != 0, nil
}

// verify checks a large record before memory is allocated for it, because its length
// may be wrong.
func (r *frameReader) verify(head []byte, n int64, sum uint32) error {
	if n <= 1<<20 {
		return nil
	}
	hash := crc32.New(castagnoli)
	hash.Write(head[:4])
	if _, err := io.Copy(hash, io.NewSectionReader(r.file, r.next+frameHead, n)); err != nil {
		return err
	}
	if hash.Sum32() != sum {
		return errCorrupt
	}
	return nil
}

// fill reads all of p. It returns errTorn if the file has become shorter.
func (r *frameReader) fill(p []byte) error {
	_, err := io.ReadFull(r.buf, p)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errTorn
	}
	return err
}
