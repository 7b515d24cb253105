package spool

import (
	"io"
	"os"
)

// A content is the content of a segment.
type content struct {
	version  int
	preamble []byte
	records  [][]byte // records that are not settled
	numbers  []int    // number of each record, counting the settled ones
	size     int64    // length of the undamaged part of the file
	damage   error    // errTorn, errCorrupt, or nil
}

const (
	// maxAppend is the limit for one write and for one frame.
	maxAppend = 64 << 20
	// maxSegment is the size at which a segment is full at the latest.
	maxSegment = 64 << 20
	// maxFile is therefore the largest possible file. Nothing behind it is read,
	// whatever the size of the file.
	maxFile = maxSegment + maxAppend + 1<<20
)

// readContent reads a segment of the given version. For a segment of another version it
// returns only the version. An error says nothing about the segment's content: it is an
// error of the machine, or the file is a stranger's or gone.
func readContent(path string, version int) (*content, error) {
	f, err := openOurs(path, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return contentOf(f, version)
}

func contentOf(f *os.File, version int) (*content, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	c, from, err := beginContent(f)
	if err != nil || c.version != version || c.damage != nil {
		return c, err
	}
	r := newFrameReader(f, from, min(info.Size(), maxFile))
	err = c.readFrames(r)
	if err == nil && c.damage == nil && info.Size() > maxFile {
		c.damage = errCorrupt
	}
	c.size = r.next
	return c, err
}

// beginContent reads the version.
func beginContent(f *os.File) (c *content, n int64, err error) {
	start := make([]byte, maxVersionLine)
	got, err := f.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return nil, 0, err
	}
	version, length, err := cutVersion(start[:got])
	c = &content{version: version, damage: err}
	if c.version != noVersion || c.damage != nil {
		return c, int64(length), nil
	}
	former, err := isFormer(f)
	if former {
		c.version = formerly
	}
	return c, 0, err
}

// isFormer reports whether a file begins with a frame, as segments of version 1 did.
func isFormer(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	_, mark, err := newFrameReader(f, 0, min(info.Size(), maxFile)).read()
	switch err {
	case nil:
		return !mark, nil
	case io.EOF, errTorn, errCorrupt:
		return false, nil
	}
	return false, err
}

func (c *content) readFrames(r *frameReader) error {
	var all [][]byte
	var marks [][]byte
	for {
		body, mark, err := r.read()
		switch {
		case err == io.EOF:
			c.sort(all, marks)
			return nil
		case err == errTorn || err == errCorrupt:
			c.damage = err
			c.sort(all, marks)
			return nil
		case err != nil:
			return err
		case mark:
			marks = append(marks, body)
		default:
			all = append(all, body)
		}
	}
}

// sort separates the preamble, which is the first record, and the settled records from
// the rest.
func (c *content) sort(all, marks [][]byte) {
	if len(all) == 0 {
		return
	}
	c.preamble, all = all[0], all[1:]
	settled := make([]bool, len(all))
	for _, m := range marks {
		readMark(m, settled)
	}
	for i, r := range all {
		if !settled[i] {
			c.records = append(c.records, r)
			c.numbers = append(c.numbers, i)
		}
	}
}
