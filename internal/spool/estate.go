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

// An estate is what a dead owner left.
type estate struct {
	owner    string
	held     *os.File   // its lock
	segments []*file    // not yet given out, the oldest first
	given    []*Segment // those that were, while they are not gone
}

// maxEstates bounds the locks, thus the open files, that are held for the dead.
const maxEstates = 16

// Leftover returns the next segment that a dead owner of the group left, the
// oldest owner's first, with at least one record that is not settled. It has been
// read: Read returns at once. The segment belongs to this spool until it is
// settled, or the spool closed. Only one goroutine may call Leftover, Leave, Tidy,
// Kept, RetryAt and Close.
//
// Nil means that nothing is left, but for what RetryAt tells of, and what Kept
// does; or that segments of 16 owners are given out and not settled. Until some
// process dies there is no need to look again.
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

// RetryAt returns when to call Leftover again because the machine has kept it from
// something that is left. It is zero if it has not.
func (s *Spool) RetryAt() time.Time { return s.trouble.retryAt() }

// nextLeft reads the next segment of the estates that are open.
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

// readLeft reads a segment whose owner we hold. It returns nil if there is nothing
// in it to be delivered, or for us to be understood, or for now to be read.
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

// Keep says how many records of a segment from Leftover have to be settled, if
// not all.
func (seg *Segment) Keep(n int) {
	seg.spool.mu.Lock()
	seg.live = n
	seg.spool.mu.Unlock()
	seg.Settle(0)
}

// Leave gives back a segment from Leftover that the caller cannot make sense of.
// It stays on disk, Kept counts it, and this spool does not offer it again.
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

// closeEstates gives up the locks of those of whom nothing is given out.
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

// release gives up the lock of an estate. What is left needs no lock file: who
// takes over makes one.
func (s *Spool) release(e *estate) {
	os.Remove(s.place(e.owner + lockSuffix))
	e.held.Close()
}

// inherit takes over what an owner left, unless somebody holds its lock.
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

// findDead returns what owners of the group have, the one with the oldest segment
// first. Which of them are dead, their locks will tell. It also removes the locks
// that nobody holds and that protect nothing.
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
	for _, e := range dead { // the clock may have been set
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

// look lists what is in the home, if it is one.
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

// forgetTrouble is told what is in the home: what is gone troubles nobody.
func (s *Spool) forgetTrouble(segments []*file) {
	there := map[string]bool{s.opts.Dir: true}
	for _, f := range segments {
		there[f.name()], there[f.owner] = true, true
	}
	maps.DeleteFunc(s.trouble.failed, func(name string, _ failure) bool { return !there[name] })
}

// heldOwners are this spool, and the dead that it looks after.
func (s *Spool) heldOwners() map[string]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := map[string]bool{s.owner: true}
	for _, e := range s.estates {
		held[e.owner] = true
	}
	return held
}

// passesOver reports whether a segment is known to be no use, or not now.
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
