package spool

import (
	"fmt"
	"os"
	"slices"
	"time"
)

// A Drop is a segment that was removed with unsettled records.
type Drop struct {
	Segment *Segment // nil if it was of a dead owner and never returned by Leftover
	Records int      // unsettled records, if Segment is nil
	Expired bool     // it was too old; otherwise there was no room
}

const (
	// tidyInterval is how often the age of segments is checked.
	tidyInterval = time.Minute
	// untidyPart is the fraction of MaxBytes that must be sealed before Tidy looks at
	// the directory. Flushes may seal many small segments, and each look lists all of
	// them.
	untidyPart = 64
)

// Tidy removes the oldest segments until the directory is within MaxBytes and MaxAge,
// and returns them. It keeps the active segment, the segments of other living owners,
// which tidy their own, and those that it cannot read or that are of another version.
// It looks at the directory only when necessary.
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

// ours returns the spool's owner, and when each of its sealed segments was made, by
// path.
func (s *Spool) ours() (owner string, made map[string]time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	made = make(map[string]time.Time, len(s.sealed))
	for _, seg := range s.sealed {
		made[seg.path] = seg.made
	}
	return s.owner, made
}

// isExpired reports whether a segment is too old. The age of the spool's own segments
// is measured with the monotonic clock, which cannot be set.
func (s *Spool) isExpired(f *file, now time.Time, owner string, made map[string]time.Time) bool {
	if f.owner != owner {
		return s.clock.isOlder(now, time.Unix(0, f.time), s.opts.MaxAge)
	}
	at, sealed := made[s.place(f.name())]
	return sealed && now.Sub(at) > s.opts.MaxAge
}

// drop removes a segment, unless it is active or belongs to another living owner.
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

// dropLeft removes a segment of a dead owner whose lock this spool holds.
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

// dropFile removes a segment that Leftover has not returned. The segment stays if its
// records cannot be counted.
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
