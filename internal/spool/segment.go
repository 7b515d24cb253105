package spool

import (
	"fmt"
	"os"
	"path/filepath"
)

// A Segment is one file of records.
type Segment struct {
	// Spilled says that nobody keeps the records in memory too.
	Spilled bool
	// Taken is for whoever reads the segment to note that he has.
	Taken bool

	spool    *Spool
	path     string
	time     int64    // when it was made
	file     *os.File // nil if it is sealed
	size     int64    // of the file, as far as it is good
	live     int      // records that are not settled
	unsynced bool
	gone     bool // removed
}

// create makes a segment that begins with the preamble.
func create(dir string, name *file, preamble []byte) (*Segment, error) {
	path := filepath.Join(dir, name.name())
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	seg := &Segment{path: path, time: name.time, file: f}
	if err := seg.write(preamble); err != nil {
		f.Close()
		os.Remove(path)
		return nil, err
	}
	return seg, nil
}

// write appends frames: all, or none.
func (seg *Segment) write(frames []byte) error {
	_, err := seg.file.WriteAt(frames, seg.size)
	if err != nil {
		// Readers stop at what was written of the frames. If it cannot be cut off, the
		// next write overwrites it.
		_ = seg.file.Truncate(seg.size)
		return err
	}
	seg.size += int64(len(frames))
	seg.unsynced = true
	return nil
}

// Settle says that n records of the segment are done with.
func (seg *Segment) Settle(n int) {
	if seg.settle(n) {
		os.Remove(seg.path) // without the lock: to delete a file takes long
	}
}

// settle reports whether the segment is to be deleted.
func (seg *Segment) settle(n int) bool {
	s := seg.spool
	s.mu.Lock()
	defer s.mu.Unlock()
	seg.live -= n
	switch {
	case seg.live > 0 || seg.gone:
		return false
	case seg == s.active:
		seg.empty()
		return false
	}
	s.forget(seg)
	return true
}

// empty leaves only the preamble.
func (seg *Segment) empty() {
	s := seg.spool
	if err := seg.file.Truncate(int64(len(s.preamble))); err != nil {
		s.fail(err)
		return
	}
	seg.size = int64(len(s.preamble))
}

// Gone reports whether the segment was removed.
func (seg *Segment) Gone() bool {
	seg.spool.mu.Lock()
	defer seg.spool.mu.Unlock()
	return seg.gone
}

// Read returns the segment's preamble and the records in it, up to the first
// that is not whole. The segment must have been sealed. A torn end is what a
// crash leaves, and no error.
func (seg *Segment) Read() (preamble []byte, records [][]byte) {
	log, err := os.ReadFile(seg.path)
	if err == nil {
		records, err = readFrames(log)
	}
	if err != nil && err != errTorn {
		seg.spool.note(fmt.Errorf("%s: %w", seg.path, err))
	}
	if len(records) == 0 {
		return nil, nil
	}
	return records[0], records[1:]
}

// Seal ends the segment, if it is the active one, so that it can be read.
func (seg *Segment) Seal() {
	s := seg.spool
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active == seg {
		s.seal()
	}
}
