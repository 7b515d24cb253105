package spool

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Kept are segments that only another version can deliver.
type Kept struct {
	// Version is the version of their records. It is 1 for segments from before there
	// were versions, which are in Options.Dir itself, and 0 if it is unknown.
	Version  int
	Segments int
	Bytes    int64
}

// Kept returns, by version, the segments that Leftover found but that this version
// cannot read. They stay on disk, whatever their age. Segments of version 1 are counted
// whatever their group.
func (s *Spool) Kept() []Kept {
	var all []Kept
	for path, k := range s.kept {
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			delete(s.kept, path)
			continue
		}
		i := slices.IndexFunc(all, func(other Kept) bool { return other.Version == k.Version })
		if i < 0 {
			all = append(all, k)
			continue
		}
		all[i].Segments += k.Segments
		all[i].Bytes += k.Bytes
	}
	slices.SortFunc(all, func(a, b Kept) int { return cmp.Compare(a.Version, b.Version) })
	return all
}

// findFormer looks for segments of version 1. It does not change them.
func (s *Spool) findFormer() {
	if s.trouble.waits(s.opts.Dir) {
		return
	}
	segments, _, err := list(s.opts.Dir)
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		s.errors.add(err)
		s.trouble.add(s.opts.Dir)
		return
	}
	s.trouble.isOver(s.opts.Dir)
	dead := map[string]bool{}
	for _, f := range segments {
		path := filepath.Join(s.opts.Dir, f.name())
		if _, ok := s.kept[path]; ok || s.strange[path] {
			continue
		}
		if _, ok := dead[f.owner]; !ok {
			dead[f.owner] = isDead(filepath.Join(s.opts.Dir, f.owner+lockSuffix))
		}
		if !dead[f.owner] {
			continue
		}
		switch version, err := versionOf(path); {
		case err == nil:
			s.kept[path] = Kept{Version: version, Segments: 1, Bytes: f.size}
		case isOfMachine(err):
			s.errors.add(err)
			s.trouble.add(s.opts.Dir)
			return
		default:
			s.strange[path] = true
		}
	}
}

// isDead reports whether nobody holds a lock. The lock file may be missing.
func isDead(path string) bool {
	f, err := openOurs(path, 0)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	return lock(f) == nil
}

// versionOf reads only as much of a segment as the version needs.
func versionOf(path string) (int, error) {
	f, err := openOurs(path, 0)
	if err != nil {
		return noVersion, err
	}
	defer f.Close()
	c, _, err := beginContent(f)
	if err != nil {
		return noVersion, err
	}
	return c.version, nil
}
