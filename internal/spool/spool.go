// Package spool keeps records in a directory until they are settled, so that
// they outlive the process. It does not know what is in them.
//
// Records are appended to the active segment, a file. When it is large enough it
// is sealed, and another takes its place. A segment is removed when all that is
// in it is settled; an active one is emptied. Nothing on disk says which records
// of a segment are settled: whoever takes over a segment reads all of it, so
// records must bear repeating.
//
// Several processes may share a directory. Each holds a lock, which the system
// drops when the process dies, however it dies; then another takes its segments.
package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Options say where to keep records, and how many.
type Options struct {
	Dir string
	// Group names those who may deliver each other's records. It must be fit for a
	// file name, and have no hyphen.
	Group    string
	Preamble []byte // the first record of each segment, for whoever takes it over
	MaxBytes int64  // kept in the directory, about
	// SegmentBytes is where a segment ends, unless MaxBytes wants it smaller. The
	// last records may go beyond.
	SegmentBytes int64
	MaxAge       time.Duration // of what is kept
	Sync         bool          // whether Sync is going to be called
}

// A Spool is one owner of segments. It is safe for concurrent use.
type Spool struct {
	opts     Options
	preamble []byte // as a frame

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
	errors   int64
	lastErr  error
	retryAt  time.Time // nothing is tried before, after an error
	untidy   bool      // whether a segment was sealed since Tidy

	// Only the goroutine that calls Leftover and Tidy touches these.
	left   *leftovers
	tidied time.Time
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
	preamble := append(BeginFrame(nil), opts.Preamble...)
	EndFrame(preamble)
	return &Spool{opts: opts, preamble: preamble}
}

// Append writes n records, given as frames, and returns the segment that has
// them. It returns nil if that did not work, or did not work lately.
func (s *Spool) Append(frames []byte, n int) *Segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.resting() {
		return nil
	}
	seg, err := s.writable()
	if err == nil {
		err = seg.write(frames)
	}
	if err != nil {
		s.fail(err)
		return nil
	}
	seg.live += n
	return seg
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
		owner, held, err := own(s.opts.Dir, s.opts.Group)
		if err != nil {
			return nil, err
		}
		s.owner, s.held = owner, held
	}
	s.count++
	name := &file{owner: s.owner, time: time.Now().UnixNano(), count: s.count}
	seg, err := create(s.opts.Dir, name, s.preamble)
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
	return max(1, min(s.opts.SegmentBytes, s.opts.MaxBytes/fewestSegments))
}

// seal makes the active segment an old one.
func (s *Spool) seal() {
	seg := s.active
	if seg == nil {
		return
	}
	s.active, s.untidy = nil, true
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
		os.Remove(filepath.Join(s.opts.Dir, s.owner+lockSuffix))
	}
}

// resting reports whether an error is so recent that nothing is tried.
func (s *Spool) resting() bool {
	return !s.retryAt.IsZero() && time.Now().Before(s.retryAt)
}

// fail counts an error of writing.
func (s *Spool) fail(err error) {
	s.errors++
	s.lastErr = err
	s.retryAt = time.Now().Add(errorRest)
}

// note counts an error that is no reason to stop writing.
func (s *Spool) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.errors++
	s.lastErr = err
}

// Errors returns the number of errors so far, and the last one.
func (s *Spool) Errors() (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.errors, s.lastErr
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
	if s.left != nil {
		s.left.release(s.opts.Dir)
		s.left = nil
	}
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
