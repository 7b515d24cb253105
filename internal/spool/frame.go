package spool

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
)

// A frame is a record on disk: its length and its checksum, four bytes each,
// little-endian, then the record. The checksum is CRC-32C over the length and the
// record, so that a file of zeros, which some file systems leave behind after a
// power cut, is not a sequence of empty records.
const frameHead = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// BeginFrame appends room for the head of a frame. The record is to be appended
// behind it.
func BeginFrame(dst []byte) []byte { return append(dst, make([]byte, frameHead)...) }

// EndFrame completes a frame, which begins at the start of frame and has its
// whole record.
func EndFrame(frame []byte) {
	head, body := frame[:frameHead], frame[frameHead:]
	binary.LittleEndian.PutUint32(head, uint32(len(body)))
	binary.LittleEndian.PutUint32(head[4:], checksum(head, body))
}

func checksum(head, body []byte) uint32 {
	return crc32.Update(crc32.Update(0, castagnoli, head[:4]), castagnoli, body)
}

var (
	errTorn    = errors.New("the last record is torn")
	errCorrupt = errors.New("a record is corrupt")
)

// cutFrame returns the first record of log, and what comes after it. After a frame
// that is torn or corrupt nothing says where another begins, so what comes behind
// it is not read.
func cutFrame(log []byte) (record, rest []byte, err error) {
	if len(log) < frameHead {
		return nil, log, errTorn
	}
	head, rest := log[:frameHead], log[frameHead:]
	n := binary.LittleEndian.Uint32(head)
	if uint64(n) > uint64(len(rest)) {
		return nil, log, errTorn
	}
	if binary.LittleEndian.Uint32(head[4:]) != checksum(head, rest[:n]) {
		return nil, log, errCorrupt
	}
	return rest[:n], rest[n:], nil
}

// readFrames returns the records of log up to the first that is not whole.
func readFrames(log []byte) (records [][]byte, err error) {
	for len(log) > 0 {
		var record []byte
		if record, log, err = cutFrame(log); err != nil {
			return records, err
		}
		records = append(records, record)
	}
	return records, nil
}
