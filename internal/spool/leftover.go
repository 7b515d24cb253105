package spool

import (
	"os"
	"path/filepath"
	"slices"
)

// The leftovers are the segments of an owner that died.
type leftovers struct {
	owner    string
	held     *os.File
	segments []*file  // not yet given out, the oldest first
	current  *Segment // the last one given out
}

// Leftover returns the next segment that a dead owner of the group left, or nil:
// there is none, or the one before is not settled. Only one goroutine may call
// Leftover, Tidy and Close.
func (s *Spool) Leftover() *Segment {
	if s.left == nil {
		s.left = s.takeOver()
	}
	left := s.left
	if left == nil || left.current != nil && !left.current.Gone() {
		return nil
	}
	if len(left.segments) == 0 {
		left.release(s.opts.Dir)
		s.left = nil
		return s.Leftover()
	}
	next := left.segments[0]
	left.segments = left.segments[1:]
	left.current = &Segment{spool: s, path: filepath.Join(s.opts.Dir, next.name()), time: next.time}
	return left.current
}

// release gives up the lock, and its file if nothing is left that it protects.
// The caller holds the spool's lock, or is its only user.
func (l *leftovers) release(dir string) {
	if len(l.segments) == 0 && (l.current == nil || l.current.gone) {
		os.Remove(filepath.Join(dir, l.owner+lockSuffix))
	}
	l.held.Close()
}

// Keep says how many records of a segment from Leftover have to be settled.
func (seg *Segment) Keep(n int) {
	seg.spool.mu.Lock()
	seg.live = n
	seg.spool.mu.Unlock()
	seg.Settle(0)
}

// takeOver locks the dead owner with the oldest segment. It also removes locks
// that nobody holds and that protect nothing.
func (s *Spool) takeOver() *leftovers {
	segments, owners, err := list(s.opts.Dir)
	if err != nil {
		s.note(err)
		return nil
	}
	slices.SortFunc(segments, compare)
	s.mu.Lock()
	tried := map[string]bool{s.owner: true}
	s.mu.Unlock()
	for _, f := range segments {
		if tried[f.owner] {
			continue
		}
		tried[f.owner] = true
		if f.group() != s.opts.Group {
			continue
		}
		if held, err := seize(s.opts.Dir, f.owner); err == nil {
			return &leftovers{owner: f.owner, held: held, segments: s.segmentsOf(f.owner)}
		}
	}
	for _, owner := range owners {
		if !tried[owner] {
			s.removeLock(owner)
		}
	}
	return nil
}

func (s *Spool) removeLock(owner string) {
	if held, err := seize(s.opts.Dir, owner); err == nil {
		os.Remove(filepath.Join(s.opts.Dir, owner+lockSuffix))
		held.Close()
	}
}

// segmentsOf lists the segments of an owner who can no longer change them, in the
// order in which they were made.
func (s *Spool) segmentsOf(owner string) []*file {
	segments, _, err := list(s.opts.Dir)
	if err != nil {
		s.note(err)
	}
	segments = slices.DeleteFunc(segments, func(f *file) bool { return f.owner != owner })
	slices.SortFunc(segments, func(a, b *file) int { return a.count - b.count }) // the clock may have been set
	return segments
}
