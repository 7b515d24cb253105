package spool

import (
	"os"
	"path/filepath"
	"slices"
	"time"
)

// A Drop is a segment that was removed although not all of it was settled.
type Drop struct {
	Segment *Segment // nil if it was a dead process's, and never given out
	Records int      // in it, if Segment is nil
	Expired bool     // too old, otherwise there was no room
}

// tidyInterval is how often the age of segments is looked at.
const tidyInterval = time.Minute

// Tidy removes the oldest segments, as many as it takes to keep within MaxBytes
// and MaxAge, and returns those. The active one stays, and so do those of the
// living, who do the same. It looks at the directory only when there is reason to.
func (s *Spool) Tidy() []Drop {
	now := time.Now()
	s.mu.Lock()
	due := s.untidy || now.Sub(s.tidied) >= tidyInterval
	s.untidy = false
	s.mu.Unlock()
	if !due {
		return nil
	}
	s.tidied = now
	segments, _, err := list(s.opts.Dir)
	if err != nil {
		s.note(err)
		return nil
	}
	slices.SortFunc(segments, compare)
	var total int64
	for _, f := range segments {
		total += f.size
	}
	var drops []Drop
	for _, f := range segments {
		expired := now.Sub(time.Unix(0, f.time)) > s.opts.MaxAge
		if !expired && total <= s.opts.MaxBytes {
			break // what follows is younger
		}
		if drop, ok := s.drop(f); ok {
			drop.Expired = expired
			drops = append(drops, drop)
			total -= f.size
		}
	}
	return drops
}

// drop removes a segment, unless it is active or belongs to the living.
func (s *Spool) drop(f *file) (Drop, bool) {
	path := filepath.Join(s.opts.Dir, f.name())
	if s.left != nil && f.owner == s.left.owner {
		return s.dropLeft(f, path)
	}
	s.mu.Lock()
	if f.owner == s.owner {
		defer s.mu.Unlock()
		for _, seg := range s.sealed {
			if seg.path == path {
				s.remove(seg)
				return Drop{Segment: seg}, true
			}
		}
		return Drop{}, false
	}
	s.mu.Unlock()
	held, err := seize(s.opts.Dir, f.owner)
	if err != nil {
		return Drop{}, false
	}
	defer held.Close()
	return s.dropFile(path), true
}

// dropLeft removes a segment of the dead owner whose turn it is.
func (s *Spool) dropLeft(f *file, path string) (Drop, bool) {
	if seg := s.left.current; seg != nil && seg.path == path {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.remove(seg)
		return Drop{Segment: seg}, true
	}
	s.left.segments = slices.DeleteFunc(s.left.segments, func(other *file) bool { return compare(f, other) == 0 })
	return s.dropFile(path), true
}

// dropFile removes a file that nobody has read.
func (s *Spool) dropFile(path string) Drop {
	seg := &Segment{spool: s, path: path}
	_, records := seg.Read()
	os.Remove(path)
	return Drop{Records: len(records)}
}
