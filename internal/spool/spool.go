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

// Options say where to keep records, and how many.
type Options struct {
	Dir string // below which the spool makes its own directory
	// Group names those who may deliver each other's records. It must be fit for a
	// file name, and have no hyphen.
	Group    string
	Preamble []byte // the first record of each segment, for whoever takes it over
	// Version is that of the records and the preamble. Segments of other versions are
	// left alone, see [Spool.Kept]. It is 2, the default, or more: 1 is what was
	// written before there were versions.
	Version  int
	MaxBytes int64 // kept in the directory, about
	// SegmentBytes is where a segment ends, unless MaxBytes wants it smaller. The
	// last records may go beyond.
	SegmentBytes int64
	MaxAge       time.Duration // of what is kept
	Sync         bool          // whether Sync is going to be called
}

// A Spool is one owner of segments. It is safe for concurrent use.
type Spool struct {
	opts  Options
	home  string
	start []byte // of each segment: version and preamble

	errors errorCount

	mu       sync.Mutex // guards everything below, and all segments
	owner    string
	held     *os.File // the owner's lock; nil before the first segment
	active   *Segment // nil if there is none
	sealed   []*Segment
	count    int // of the last segment that was made
	spill    bool
	closed   bool
	unsynced []*os.File // of sealed segments, to be synced and closed
	unlisted bool       // whether the directory is to be synced
	retryAt  time.Time  // nothing is tried before, after an error
	untidy   int64      // bytes in segments that were sealed since Tidy

	// Only the goroutine that calls Leftover and Tidy touches these.
	dead    []*estate       // found, and not yet ours
	estates []*estate       // ours, since we hold their locks
	kept    map[string]Kept // by path
	strange map[string]bool // names of segments that are none
	trouble trouble
	clock   clock
	tidied  time.Time
}

const (
	// fewestSegments is how many segments the directory has room for at least, so
	// that dropping the oldest drops a small part.
	fewestSegments = 16
	// errorRest is for how long nothing is tried after an error.
	errorRest = time.Second
)

// New returns a Spool. Nothing is touched on disk before the first Append or
// Leftover.
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

// Append writes n records, given as frames, and returns the segment that has
// them. It returns nil if that did not work, or did not work lately, or if they
// take more than 64 MiB.
func (s *Spool) Append(frames []byte, n int) *Segment {
	seg, _ := s.AppendAt(frames, n)
	return seg
}

// AppendAt is Append, and also returns the place of the first record in the
// segment, for SettleAt. The others are in the places after it.
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

// Spill says whether segments made from now on have the only copy of their
// records.
func (s *Spool) Spill(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spill = on
}

// writable returns the active segment, a new one if need be.
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
			s.disown() // the directory is gone; the next try makes another
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

// seal makes the active segment an old one.
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

// disown gives up the lock, and its file if nothing is left that it protects.
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

// resting reports whether an error is so recent that nothing is tried.
func (s *Spool) resting() bool {
	return !s.retryAt.IsZero() && time.Now().Before(s.retryAt)
}

// fail counts an error of writing.
func (s *Spool) fail(err error) {
	s.errors.add(err)
	s.retryAt = time.Now().Add(errorRest)
}

// Close keeps what is not settled for others, and gives up the locks.
func (s *Spool) Close() {
	if s.opts.Sync {
		s.Sync()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.seal()
	for _, f := range s.unsynced { // written since, by an end that was late
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
