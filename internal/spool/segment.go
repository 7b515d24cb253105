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
	// Spilled says that nobody keeps the records in memory too.
	Spilled bool
	// Taken is for whoever reads the segment to note that he has.
	Taken bool

	spool    *Spool
	path     string
	made     time.Time // with the process's own clock; zero if a dead one made it
	file     *os.File  // nil if it is sealed
	size     int64     // of the file, as far as it is good
	records  int       // in it, settled ones too
	live     int       // records that are not settled
	unsynced bool
	gone     bool // removed

	read    *content // read ahead by Leftover, until Read
	numbers []int    // of the records that Read returned; nil before
	err     error    // of the last Read
	left    bool     // Leave was called
}

// create makes a segment with the given beginning.
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

// write appends frames: all, or none.
func (seg *Segment) write(frames []byte) error {
	if err := writeAt(seg.file, frames, seg.size); err != nil {
		return err
	}
	seg.size += int64(len(frames))
	seg.unsynced = true
	return nil
}

// writeAt writes frames where a file is no longer good.
func writeAt(f *os.File, frames []byte, size int64) error {
	_, err := f.WriteAt(frames, size)
	if err != nil {
		// Readers stop at what was written of the frames. If it cannot be cut off, the
		// next write overwrites it.
		_ = f.Truncate(size)
	}
	return err
}

// Settle says that n records of the segment are done with. Should the process die
// before all are, they are repeated, for nothing says which they were: see
// SettleAt.
func (seg *Segment) Settle(n int) { seg.settle(n, nil) }

// SettleAt says which records of the segment are done with, so that they are not
// repeated even if the process dies before all are. The places are those in what
// Read returned, or, of a segment that was not read, the ones from AppendAt. Each
// record must be settled once.
func (seg *Segment) SettleAt(places ...int) { seg.settle(len(places), places) }

func (seg *Segment) settle(n int, places []int) {
	if !seg.subtract(n, places) {
		return
	}
	// Without the lock: to delete a file takes long.
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
		return false // nothing is known of what is in it
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

// mark writes which records are settled, for others. If that fails, they are
// repeated. The caller holds the spool's lock.
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

func (seg *Segment) reopenAndWrite(frame []byte) error {
	f, err := openOurs(seg.path, 0)
	if err != nil {
		return err
	}
	return errors.Join(writeAt(f, frame, seg.size), f.Close())
}

// empty leaves only the beginning.
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

// Read returns the segment's preamble and the records in it that are not settled,
// up to the first that is not whole. The segment must have been sealed. A torn end
// is what a crash leaves, and no error.
//
// If the machine keeps it from reading, Read returns nothing, and Err tells why.
func (seg *Segment) Read() (preamble []byte, records [][]byte) {
	c, err := seg.take()
	if err == nil && c.version != seg.spool.opts.Version {
		err = errCorrupt // it was ours
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

// take returns the segment's content, read already or only now.
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

// Err returns why the last Read returned nothing, if that was an error of the
// machine, such as too many open files. Then nothing is lost: Keep and Settle
// leave the segment alone, and it may be read later.
func (seg *Segment) Err() error {
	seg.spool.mu.Lock()
	defer seg.spool.mu.Unlock()
	return seg.err
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

// place returns where a file of the home is.
func (s *Spool) place(name string) string { return filepath.Join(s.home, name) }
