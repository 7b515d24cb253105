package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A Peeked counts what Peek came upon.
type Peeked struct {
	Segments int // read
	Damaged  int // of those: what comes behind the damage is not known
	Others   int // of another version, not read
}

// Peek calls f with the preamble and the records of each segment below dir, the
// oldest segment first, whoever made it and whether he lives or not, but for records
// that are settled. It takes no lock and changes nothing on disk: the records stay
// for whoever is to deliver them. What is written, settled or removed meanwhile may be
// seen or not. A torn end, which a crash leaves and a write under way looks like, is
// no damage.
//
// dir is Options.Dir, or a copy of the directory that spools have in it.
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
		case errors.Is(err, fs.ErrNotExist): // delivered just now
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
