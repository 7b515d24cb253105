package spool

import (
	"io"
	"os"
)

// A content is what a segment has to say.
type content struct {
	version  int
	preamble []byte
	records  [][]byte // those that are not settled
	numbers  []int    // of each of them, counted with the settled ones
	size     int64    // as far as the file is good
	damage   error    // errTorn, errCorrupt, or nil
}

const (
	// maxAppend is how much is written at once at most, and a frame's limit.
	maxAppend = 64 << 20
	// maxSegment is where a segment ends at the latest.
	maxSegment = 64 << 20
	// maxFile is what a file cannot be larger than, then. What is behind is not
	// read, however large the file says it is.
	maxFile = maxSegment + maxAppend + 1<<20
)

// readContent reads a segment of a version. Of others it tells nothing but which
// one it is. An error says nothing of the segment: it is one of the machine, or
// the file is a stranger's, or gone.
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

// beginContent finds out the version.
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

// isFormer reports whether a file begins with a frame, as segments formerly did.
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

// sort parts the preamble, which is the first record, and what is settled from
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
