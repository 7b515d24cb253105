// Package spool keeps records in a directory until they are settled, so that they
// survive the process. It does not interpret the records.
//
// Records are appended to the active segment, a file. When it is large enough it is
// sealed, and a new one begins. A segment is removed when all its records are settled;
// an active one is truncated instead. When only some are settled, a mark records which.
// A process may die between a record's delivery and its mark, so a record may be
// delivered twice.
//
// Several processes may share a directory. Each holds a lock, which the system releases
// when the process dies, however it dies. Then another process takes over its segments.
//
// Three rules protect files from being deleted wrongly. The spool touches only what it
// has created: files in a directory of its own, of this user, no links. Failed system
// calls are tried again later, and only a segment that was read can count as damaged.
// Segments of another version are left to that version.
package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"
)

// Options configure a spool.
type Options struct {
	Dir string // parent of the directory that the spool creates
	// Group identifies the spools that may deliver each other's records. It must be
	// valid in a file name and have no hyphen.
	Group    string
	Preamble []byte // the first record of each segment, for a process that takes it over
	// Version is the version of the records and the preamble. Segments of other
	// versions are left alone, see [Spool.Kept]. It must be 2, the default, or higher.
	// Version 1 was written before there were versions.
	Version  int
	MaxBytes int64 // approximate limit for the directory
	// SegmentBytes is the size at which a segment is full, unless MaxBytes requires
	// smaller ones. The last write may exceed it.
	SegmentBytes int64
	MaxAge       time.Duration // of the kept records
	Sync         bool          // whether Sync will be called
}

// A Spool is one owner of segments. It is safe for concurrent use.
type Spool struct {
	opts  Options
	home  string
	start []byte // beginning of each segment: version and preamble

	errors errorCount

	mu       sync.Mutex // guards the fields below, and all segments
	owner    string
	held     *os.File // the owner's lock; nil before the first segment
	active   *Segment // nil if there is none
	sealed   []*Segment
	count    int // number of the last created segment
	spill    bool
	closed   bool
	unsynced []*os.File // files of sealed segments, to be synced and closed
	unlisted bool       // whether the directory has to be synced
	retryAt  time.Time  // nothing is tried before this time, after an error
	untidy   int64      // bytes in segments that were sealed since the last Tidy

	// Only the goroutine that calls Leftover and Tidy accesses the fields below.
	dead    []*estate       // found, but not yet locked
	estates []*estate       // locked by this spool
	kept    map[string]Kept // by path
	strange map[string]bool // names of files that are not segments of this user
	trouble trouble
	clock   clock
	tidied  time.Time
}

const (
	// fewestSegments is the minimum number of segments for which the directory has
	// room. Dropping the oldest segment then drops a small part.
	fewestSegments = 16
	// errorRest is how long nothing is tried after an error.
	errorRest = time.Second
)

// New returns a Spool. It does not access the disk before the first Append or Leftover.
func New(opts Options) *Spool {
	opts.Version = max(opts.Version, firstVersion)
	preamble := append(BeginFrame(nil), opts.Preamble...)
	EndFrame(preamble)
	return &Spool{
		opts:    opts,
		home:    home(opts.Dir),
		start:   append(versionLine(opts.Version), preamble...),
		kept:    map[string]Kept{},
		strange: map[string]bool{},
	}
}

// Append writes n framed records, and returns their segment. It returns nil if writing
// fails, has failed recently, or if the frames have more than 64 MiB.
func (s *Spool) Append(frames []byte, n int) *Segment {
	seg, _ := s.AppendAt(frames, n)
	return seg
}

// AppendAt is Append, and also returns the place of the first record in the segment,
// for SettleAt. The other records have the following places.
func (s *Spool) AppendAt(frames []byte, n int) (seg *Segment, place int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.resting() {
		return nil, 0
	}
	if len(frames) > maxAppend {
		s.errors.add(fmt.Errorf("%d records take %d bytes, which is more than a segment has room for", n, len(frames)))
		return nil, 0
	}
	seg, err := s.writable()
	if err == nil {
		err = seg.write(frames)
	}
	if err != nil {
		s.fail(err)
		return nil, 0
	}
	place = seg.records
	seg.records += n
	seg.live += n
	return seg, place
}

// Spill sets whether later segments have the only copy of their records.
func (s *Spool) Spill(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spill = on
}

// writable returns the active segment, or a new one if necessary.
func (s *Spool) writable() (*Segment, error) {
	if a := s.active; a != nil && a.Spilled == s.spill && a.size < s.segmentSize() {
		return a, nil
	}
	s.seal()
	if s.held == nil {
		owner, held, err := own(s.home, s.opts.Group)
		if err != nil {
			return nil, err
		}
		s.owner, s.held = owner, held
	}
	s.count++
	name := &file{owner: s.owner, time: time.Now().UnixNano(), count: s.count}
	seg, err := create(s.place(name.name()), s.start)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			s.disown() // the directory is gone; the next attempt creates another
		}
		return nil, err
	}
	seg.spool, seg.Spilled = s, s.spill
	s.active, s.unlisted = seg, true
	return seg, nil
}

func (s *Spool) segmentSize() int64 {
	return max(1, min(s.opts.SegmentBytes, s.opts.MaxBytes/fewestSegments, maxSegment))
}

// seal seals the active segment.
func (s *Spool) seal() {
	seg := s.active
	if seg == nil {
		return
	}
	s.active = nil
	s.untidy += seg.size
	if s.opts.Sync {
		s.unsynced = append(s.unsynced, seg.file)
	} else {
		seg.file.Close()
	}
	seg.file = nil
	s.sealed = append(s.sealed, seg)
	if seg.live == 0 {
		s.remove(seg)
	}
}

// disown releases the lock, and removes its file if it protects nothing.
func (s *Spool) disown() {
	if s.held == nil {
		return
	}
	s.held.Close()
	s.held = nil
	if s.active == nil && len(s.sealed) == 0 {
		os.Remove(s.place(s.owner + lockSuffix))
	}
}

// resting reports whether the last error is too recent to try anything.
func (s *Spool) resting() bool {
	return !s.retryAt.IsZero() && time.Now().Before(s.retryAt)
}

// fail counts a write error.
func (s *Spool) fail(err error) {
	s.errors.add(err)
	s.retryAt = time.Now().Add(errorRest)
}

// Close keeps unsettled records on disk for other processes, and releases the locks.
func (s *Spool) Close() {
	if s.opts.Sync {
		s.Sync()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.seal()
	for _, f := range s.unsynced { // written since by a span that ended late
		f.Close()
	}
	s.unsynced = nil
	s.disown()
	for _, e := range s.estates {
		s.release(e)
	}
	s.estates, s.dead = nil, nil
}

// remove deletes a segment for good.
func (s *Spool) remove(seg *Segment) {
	s.forget(seg)
	os.Remove(seg.path)
}

func (s *Spool) forget(seg *Segment) {
	seg.gone, seg.live = true, 0
	s.sealed = slices.DeleteFunc(s.sealed, func(other *Segment) bool { return other == seg })
}
