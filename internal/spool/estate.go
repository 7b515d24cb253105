package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"
)

// An estate is the set of segments of a dead owner.
type estate struct {
	owner    string
	held     *os.File   // the owner's lock
	segments []*file    // not yet returned by Leftover, oldest first
	given    []*Segment // returned by Leftover and not yet removed
}

// maxEstates bounds the locks held for dead owners. Each lock is an open file.
const maxEstates = 16

// Leftover returns the next segment of a dead owner of the group that has at least one
// unsettled record. The oldest owner comes first. The segment has already been read, so
// Read returns at once. It belongs to this spool until it is settled or the spool is
// closed. Only one goroutine may call Leftover, Leave, Tidy, Kept, RetryAt and Close.
//
// Nil means that no segment is left, except those that RetryAt and Kept report, or that
// segments of 16 owners have been returned and are not settled. There is no need to
// call Leftover again before another process dies.
func (s *Spool) Leftover() *Segment {
	s.closeEstates()
	for scanned := false; !s.trouble.rests(); {
		if seg := s.nextLeft(); seg != nil {
			return seg
		}
		if len(s.estates) >= maxEstates || len(s.dead) == 0 && scanned {
			break
		}
		if len(s.dead) == 0 {
			s.dead, scanned = s.findDead(), true
			continue
		}
		next := s.dead[0]
		s.dead = s.dead[1:]
		s.inherit(next)
	}
	s.closeEstates()
	return nil
}

// RetryAt returns when to call Leftover again after an error of the machine, such as
// too many open files. It is zero if there was none.
func (s *Spool) RetryAt() time.Time { return s.trouble.retryAt() }

// nextLeft reads the next segment of the open estates.
func (s *Spool) nextLeft() *Segment {
	for _, e := range s.estates {
		for len(e.segments) > 0 && !s.trouble.rests() {
			f := e.segments[0]
			e.segments = e.segments[1:]
			if seg := s.readLeft(f); seg != nil {
				e.given = append(e.given, seg)
				return seg
			}
		}
	}
	return nil
}

// readLeft reads a segment of a locked owner. It returns nil if the segment has nothing
// to deliver, is of another version, or cannot be read now.
func (s *Spool) readLeft(f *file) *Segment {
	seg := &Segment{spool: s, path: s.place(f.name())}
	c, err := readContent(seg.path, s.opts.Version)
	if !isOfMachine(err) {
		s.trouble.isOver(f.name())
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, errStranger):
		s.strange[f.name()] = true
		return nil
	case err != nil:
		s.errors.add(fmt.Errorf("%s: %w", seg.path, err))
		s.trouble.add(f.name())
		return nil
	case c.version != s.opts.Version && c.damage == nil:
		s.kept[seg.path] = Kept{Version: c.version, Segments: 1, Bytes: f.size}
		return nil
	case len(c.records) == 0:
		seg.tell(c)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.remove(seg)
		return nil
	}
	seg.read, seg.numbers, seg.size = c, c.numbers, c.size
	seg.live = len(c.records)
	return seg
}

// Keep sets the number of records of a segment from Leftover that have to be settled,
// if that is not all.
func (seg *Segment) Keep(n int) {
	seg.spool.mu.Lock()
	seg.live = n
	seg.spool.mu.Unlock()
	seg.Settle(0)
}

// Leave returns a segment from Leftover that the caller cannot interpret. It stays on
// disk, Kept counts it, and this spool does not return it again.
func (seg *Segment) Leave() {
	s := seg.spool
	s.mu.Lock()
	seg.left = true
	s.mu.Unlock()
	for _, e := range s.estates {
		e.given = slices.DeleteFunc(e.given, func(other *Segment) bool { return other == seg })
	}
	s.kept[seg.path] = Kept{Version: noVersion, Segments: 1, Bytes: seg.size}
}

// closeEstates releases the locks of estates without remaining segments.
func (s *Spool) closeEstates() {
	s.estates = slices.DeleteFunc(s.estates, func(e *estate) bool {
		e.given = slices.DeleteFunc(e.given, (*Segment).Gone)
		if len(e.given)+len(e.segments) > 0 {
			return false
		}
		s.release(e)
		return true
	})
}

// release releases the lock of an estate. Segments without a lock file are safe: a
// process that takes them over creates one.
func (s *Spool) release(e *estate) {
	os.Remove(s.place(e.owner + lockSuffix))
	e.held.Close()
}

// inherit takes over the segments of an owner, unless another process holds its lock.
func (s *Spool) inherit(d *estate) {
	held, err := seize(s.home, d.owner)
	if !isOfMachine(err) {
		s.trouble.isOver(d.owner)
	}
	switch {
	case err == nil:
		d.held = held
		s.estates = append(s.estates, d)
	case isOfMachine(err):
		s.errors.add(err)
		s.trouble.add(d.owner)
	}
}

// findDead returns the segments of the group by owner, the owner with the oldest
// segment first. Whether an owner is dead is known only when its lock is tried.
// findDead also removes locks that nobody holds and that protect nothing.
func (s *Spool) findDead() (dead []*estate) {
	segments, owners, err := s.look()
	if err != nil {
		s.errors.add(err)
		s.trouble.add(s.home)
		return nil
	}
	s.forgetTrouble(segments)
	slices.SortFunc(segments, compare)
	known := s.heldOwners()
	estates := map[string]*estate{}
	for _, f := range segments {
		e := estates[f.owner]
		if e == nil {
			e = &estate{owner: f.owner}
			estates[f.owner] = e
		}
		if known[f.owner] || f.group() != s.opts.Group || s.passesOver(f) {
			continue
		}
		if len(e.segments) == 0 {
			dead = append(dead, e)
		}
		e.segments = append(e.segments, f)
	}
	for _, e := range dead { // by count, because the clock may have been set
		slices.SortFunc(e.segments, func(a, b *file) int { return a.count - b.count })
	}
	for _, owner := range owners {
		if estates[owner] == nil && !known[owner] {
			s.removeLock(owner)
		}
	}
	s.findFormer()
	return dead
}

// look lists the files in the home if it is one.
func (s *Spool) look() (segments []*file, owners []string, err error) {
	err = inspect(s.home)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errUnmarked) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return list(s.home)
}

// forgetTrouble forgets failures of files that are gone. segments are the files in the
// home.
func (s *Spool) forgetTrouble(segments []*file) {
	there := map[string]bool{s.opts.Dir: true}
	for _, f := range segments {
		there[f.name()], there[f.owner] = true, true
	}
	maps.DeleteFunc(s.trouble.failed, func(name string, _ failure) bool { return !there[name] })
}

// heldOwners returns this spool's owner and the dead owners whose locks it holds.
func (s *Spool) heldOwners() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := map[string]bool{s.owner: true}
	for _, e := range s.estates {
		held[e.owner] = true
	}
	return held
}

// passesOver reports whether a segment is known to be unusable, or is not to be tried
// yet.
func (s *Spool) passesOver(f *file) bool {
	_, kept := s.kept[s.place(f.name())]
	return kept || s.strange[f.name()] || s.trouble.waits(f.name()) || s.trouble.waits(f.owner)
}

func (s *Spool) removeLock(owner string) {
	if held, err := seize(s.home, owner); err == nil {
		os.Remove(s.place(owner + lockSuffix))
		held.Close()
	}
}
