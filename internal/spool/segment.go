package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A Segment is one file of records.
type Segment struct {
	// Spilled means that the records are not also kept in memory.
	Spilled bool
	// Taken is for the reader of the segment to record that it has been read.
	Taken bool

	spool    *Spool
	path     string
	made     time.Time // by the process's clock; zero for a segment of a dead owner
	file     *os.File  // nil if the segment is sealed
	size     int64     // length of the undamaged part of the file
	records  int       // number of records, including settled ones
	live     int       // records that are not settled
	unsynced bool
	gone     bool // removed

	read    *content // content read by Leftover, until Read returns it
	numbers []int    // numbers of the records that Read returned; nil before
	err     error    // error of the last Read
	left    bool     // Leave was called
}

// create creates a segment that begins with start.
func create(path string, start []byte) (*Segment, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	seg := &Segment{path: path, made: time.Now(), file: f}
	if err := seg.write(start); err != nil {
		f.Close()
		os.Remove(path)
		return nil, err
	}
	return seg, nil
}

// write appends all of the frames, or none.
func (seg *Segment) write(frames []byte) error {
	if err := writeAt(seg.file, frames, seg.size); err != nil {
		return err
	}
	seg.size += int64(len(frames))
	seg.unsynced = true
	return nil
}

// writeAt writes frames at the end of the undamaged part of a file.
func writeAt(f *os.File, frames []byte, size int64) error {
	_, err := f.WriteAt(frames, size)
	if err != nil {
		// Readers stop at a half-written frame. If it cannot be cut off, the next write
		// overwrites it.
		_ = f.Truncate(size)
	}
	return err
}

// Settle settles n records of the segment. If the process dies before all are settled,
// all of them are repeated, because nothing on disk says which were settled. See
// SettleAt.
func (seg *Segment) Settle(n int) { seg.settle(n, nil) }

// SettleAt settles the records at the given places. They are not repeated, even if the
// process dies before all records are settled. A place is the index in the result of
// Read, or, for a segment that was not read, the place that AppendAt returned. Each
// record must be settled once.
func (seg *Segment) SettleAt(places ...int) { seg.settle(len(places), places) }

func (seg *Segment) settle(n int, places []int) {
	if !seg.subtract(n, places) {
		return
	}
	// Without the lock, because deleting a file takes long.
	if err := os.Remove(seg.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		seg.spool.errors.add(err)
	}
}

// subtract reports whether the segment is to be deleted.
func (seg *Segment) subtract(n int, places []int) bool {
	s := seg.spool
	s.mu.Lock()
	defer s.mu.Unlock()
	if seg.err != nil || seg.left {
		return false // the records are unknown
	}
	seg.live -= n
	switch {
	case seg.gone:
		return false
	case seg.live > 0:
		seg.mark(places)
		return false
	case seg == s.active:
		seg.empty()
		return false
	}
	s.forget(seg)
	return true
}

// mark writes to disk which records are settled, for other processes. If that fails,
// these records may be repeated. The caller holds the spool's lock.
func (seg *Segment) mark(places []int) {
	if len(places) == 0 {
		return
	}
	numbers := make([]int, len(places))
	for i, place := range places {
		numbers[i] = place
		if seg.numbers != nil {
			numbers[i] = seg.numbers[place]
		}
	}
	frame := appendMark(nil, numbers)
	var err error
	if seg.file != nil {
		err = writeAt(seg.file, frame, seg.size)
	} else {
		err = seg.reopenAndWrite(frame)
	}
	if err != nil {
		seg.spool.errors.add(err)
		return
	}
	seg.size += int64(len(frame))
}

// reopenAndWrite appends a frame to the undamaged part of the file. What follows that part
// is a half-written record, whose rest would be taken for a corrupt one.
func (seg *Segment) reopenAndWrite(frame []byte) error {
	f, err := openOurs(seg.path, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(seg.size), writeAt(f, frame, seg.size), f.Close())
}

// empty truncates the segment to its beginning.
func (seg *Segment) empty() {
	s := seg.spool
	if err := seg.file.Truncate(int64(len(s.start))); err != nil {
		s.fail(err)
		return
	}
	seg.size = int64(len(s.start))
	seg.records = 0
}

// Gone reports whether the segment was removed.
func (seg *Segment) Gone() bool {
	seg.spool.mu.Lock()
	defer seg.spool.mu.Unlock()
	return seg.gone
}

// Read returns the segment's preamble and its unsettled records up to the first
// incomplete one. The segment must have been sealed. A torn end is left by a crash, and
// is not an error.
//
// If an error of the machine prevents reading, Read returns nothing, and Err returns
// the error.
func (seg *Segment) Read() (preamble []byte, records [][]byte) {
	c, err := seg.take()
	if err == nil && c.version != seg.spool.opts.Version {
		err = errCorrupt // this process wrote it with its own version
	}
	if err != nil {
		seg.spool.errors.add(fmt.Errorf("%s: %w", seg.path, err))
		seg.spool.mu.Lock()
		defer seg.spool.mu.Unlock()
		if isOfMachine(err) {
			seg.err = err
		}
		return nil, nil
	}
	seg.tell(c)
	seg.spool.mu.Lock()
	defer seg.spool.mu.Unlock()
	seg.err, seg.numbers, seg.size = nil, c.numbers, c.size
	return c.preamble, c.records
}

// take returns the segment's content. It reads it unless that has been done.
func (seg *Segment) take() (*content, error) {
	if c := seg.read; c != nil {
		seg.read = nil
		return c, nil
	}
	return readContent(seg.path, seg.spool.opts.Version)
}

// tell counts damage as an error.
func (seg *Segment) tell(c *content) {
	if c.damage != nil && c.damage != errTorn {
		seg.spool.errors.add(fmt.Errorf("%s: %w", seg.path, c.damage))
	}
}

// Err returns the error of the last Read if it was an error of the machine, such as too
// many open files. Then nothing is lost: Keep and Settle leave the segment alone, and
// it may be read later.
func (seg *Segment) Err() error {
	seg.spool.mu.Lock()
	defer seg.spool.mu.Unlock()
	return seg.err
}

// Seal seals the segment if it is the active one, so that it can be read.
func (seg *Segment) Seal() {
	s := seg.spool
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active == seg {
		s.seal()
	}
}

// place returns the path of a file in the home.
func (s *Spool) place(name string) string { return filepath.Join(s.home, name) }
