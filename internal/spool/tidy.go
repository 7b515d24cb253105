package spool

import (
	"fmt"
	"os"
	"slices"
	"time"
)

// A Drop is a segment that was removed although not all of it was settled.
type Drop struct {
	Segment *Segment // nil if it was a dead process's, and never given out
	Records int      // in it, if Segment is nil
	Expired bool     // too old, otherwise there was no room
}

const (
	// tidyInterval is how often the age of segments is looked at.
	tidyInterval = time.Minute
	// untidyPart is the part of MaxBytes that is sealed before the directory is looked
	// at. Flushes may seal many small segments, and each look takes all of them.
	untidyPart = 64
)

// Tidy removes the oldest segments, as many as it takes to keep within MaxBytes
// and MaxAge, and returns those. The active one stays, and so do those of the
// living, who do the same, and those that cannot be read, or not by this version.
// It looks at the directory only when there is reason to.
func (s *Spool) Tidy() []Drop {
	now := time.Now()
	s.mu.Lock()
	due := s.untidy > s.opts.MaxBytes/untidyPart || now.Sub(s.tidied) >= tidyInterval
	if due {
		s.untidy = 0
	}
	s.mu.Unlock()
	if !due {
		return nil
	}
	s.tidied = now
	s.clock.look(now)
	segments, _, err := s.look()
	if err != nil {
		s.errors.add(err)
		return nil
	}
	segments = slices.DeleteFunc(segments, func(f *file) bool { return f.size > maxFile || s.passesOver(f) })
	slices.SortFunc(segments, compare)
	var total int64
	for _, f := range segments {
		total += f.size
	}
	owner, made := s.ours()
	var drops []Drop
	for _, f := range segments {
		expired := s.isExpired(f, now, owner, made)
		if !expired && total <= s.opts.MaxBytes {
			continue
		}
		if drop, ok := s.drop(f); ok {
			drop.Expired = expired
			drops = append(drops, drop)
			total -= f.size
		}
	}
	return drops
}

// ours returns the owner of our segments, and when each sealed one was made, by path.
func (s *Spool) ours() (owner string, made map[string]time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	made = make(map[string]time.Time, len(s.sealed))
	for _, seg := range s.sealed {
		made[seg.path] = seg.made
	}
	return s.owner, made
}

// isExpired reports whether a segment is too old. The age of our own ones is by
// the process's clock, which nobody sets.
func (s *Spool) isExpired(f *file, now time.Time, owner string, made map[string]time.Time) bool {
	if f.owner != owner {
		return s.clock.isOlder(now, time.Unix(0, f.time), s.opts.MaxAge)
	}
	at, sealed := made[s.place(f.name())]
	return sealed && now.Sub(at) > s.opts.MaxAge
}

// drop removes a segment, unless it is active or belongs to the living.
func (s *Spool) drop(f *file) (Drop, bool) {
	if i := slices.IndexFunc(s.estates, func(e *estate) bool { return e.owner == f.owner }); i >= 0 {
		return s.dropLeft(s.estates[i], f)
	}
	s.mu.Lock()
	owner := s.owner
	s.mu.Unlock()
	if f.owner == owner {
		return s.dropOurs(f)
	}
	held, err := seize(s.home, f.owner)
	if err != nil {
		return Drop{}, false
	}
	defer held.Close()
	return s.dropFile(f)
}

func (s *Spool) dropOurs(f *file) (Drop, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := s.place(f.name())
	for _, seg := range s.sealed {
		if seg.path == path {
			s.remove(seg)
			return Drop{Segment: seg}, true
		}
	}
	return Drop{}, false
}

// dropLeft removes a segment of a dead owner whom we look after.
func (s *Spool) dropLeft(e *estate, f *file) (Drop, bool) {
	path := s.place(f.name())
	for _, seg := range e.given {
		if seg.path == path {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.remove(seg)
			return Drop{Segment: seg}, true
		}
	}
	drop, ok := s.dropFile(f)
	if ok {
		e.segments = slices.DeleteFunc(e.segments, func(other *file) bool { return compare(f, other) == 0 })
	}
	return drop, ok
}

// dropFile removes a segment that was not given out. It stays if we cannot say
// what is lost with it.
func (s *Spool) dropFile(f *file) (Drop, bool) {
	path := s.place(f.name())
	c, err := readContent(path, s.opts.Version)
	if isOfMachine(err) {
		s.errors.add(fmt.Errorf("%s: %w", path, err))
	}
	if err != nil || c.version != s.opts.Version && c.damage == nil {
		return Drop{}, false
	}
	if err := os.Remove(path); err != nil {
		s.errors.add(err)
		return Drop{}, false
	}
	return Drop{Records: len(c.records)}, true
}
