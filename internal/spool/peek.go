package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Peeked counts the segments that Peek found.
type Peeked struct {
	Segments int // segments that were read
	Damaged  int // of those, segments with damage; records behind it are unknown
	Others   int // segments of other versions, not read
}

// Peek calls f with the preamble and the unsettled records of each segment below dir,
// the oldest segment first, of living and dead owners. It takes no lock and changes
// nothing on disk: the records stay to be delivered. Records that are written, settled
// or removed meanwhile may be seen or not. A torn end does not count as damage, because
// a crash or a concurrent write causes it.
//
// dir is Options.Dir, or a copy of the directory that spools create in it.
func Peek(dir string, f func(preamble []byte, records [][]byte) error) (seen Peeked, err error) {
	at := home(dir)
	if _, err := os.Lstat(filepath.Join(at, markerName)); err != nil {
		at = dir
	}
	segments, _, err := list(at)
	if err != nil {
		return seen, err
	}
	slices.SortFunc(segments, compare)
	for _, s := range segments {
		c, err := peek(filepath.Join(at, s.name()))
		switch {
		case errors.Is(err, fs.ErrNotExist): // just delivered
			continue
		case err != nil:
			return seen, err
		case c.version != firstVersion && c.damage == nil:
			seen.Others++
			continue
		}
		seen.Segments++
		if c.damage != nil && c.damage != errTorn {
			seen.Damaged++
		}
		if len(c.records) > 0 {
			if err := f(c.preamble, c.records); err != nil {
				return seen, err
			}
		}
	}
	return seen, nil
}

func peek(path string) (*content, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return contentOf(f, firstVersion)
}
