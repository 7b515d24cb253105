package spool

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// The names in the home. An owner is one Spool of one process:
//
//	<group>-<pid>-<random>.lock               held as long as the owner lives
//	<group>-<pid>-<random>-<time>-<count>.seg its segments
//
// There is one lock per owner, not one per segment. A lock needs an open file, and a
// long outage creates more segments than many processes may open files.
const (
	lockSuffix    = ".lock"
	segmentSuffix = ".seg"
)

var ownerName = regexp.MustCompile(`^[^-]+-[1-9][0-9]*-[0-9a-f]{8}$`)

var errTaken = errors.New("somebody else holds the lock")

// own creates the lock of a new owner. Another process that looks for dead owners may
// lock and remove the file first; then own tries again.
func own(home, group string) (owner string, held *os.File, err error) {
	if err := settleIn(home); err != nil {
		return "", nil, err
	}
	for range 10 {
		owner = fmt.Sprintf("%s-%d-%08x", group, os.Getpid(), rand.Uint32())
		held, err = seize(home, owner)
		if !errors.Is(err, errTaken) && !errors.Is(err, errStranger) {
			break
		}
	}
	return owner, held, err
}

// seize locks an owner, so that its segments belong to this process. A lock is an empty
// file; a file of that name with content is a stranger's.
func seize(home, owner string) (*os.File, error) {
	path := filepath.Join(home, owner+lockSuffix)
	f, err := openOurs(path, os.O_CREATE)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		f.Close()
		return nil, err
	}
	// The previous holder may have removed the file that was opened.
	ours, err1 := f.Stat()
	linked, err2 := os.Lstat(path)
	switch {
	case err1 != nil || err2 != nil && !errors.Is(err2, fs.ErrNotExist):
		err = errors.Join(err1, err2)
	case err2 != nil || !os.SameFile(ours, linked):
		err = errTaken
	case ours.Size() != 0:
		err = fmt.Errorf("%s: %w", path, errStranger)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// A file is the parsed name of a segment.
type file struct {
	owner string
	time  int64 // when it was created, Unix nanoseconds
	count int   // orders segments of the same time
	size  int64
}

func (f *file) name() string {
	return fmt.Sprintf("%s-%016x-%06d%s", f.owner, max(0, f.time), f.count, segmentSuffix)
}

func (f *file) group() string {
	group, _, _ := strings.Cut(f.owner, "-")
	return group
}

func compare(a, b *file) int {
	return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.count, b.count), cmp.Compare(a.owner, b.owner))
}

// parseName is the reverse of name.
func parseName(name string) (*file, bool) {
	stem, ok := strings.CutSuffix(name, segmentSuffix)
	parts := strings.Split(stem, "-")
	if !ok || len(parts) != 5 {
		return nil, false
	}
	time, err1 := strconv.ParseInt(parts[3], 16, 64)
	count, err2 := strconv.Atoi(parts[4])
	f := &file{owner: strings.Join(parts[:3], "-"), time: time, count: count}
	return f, err1 == nil && err2 == nil && ownerName.MatchString(f.owner) && f.name() == name
}

// list returns the segments of all owners, and the owners that have a lock file. It
// skips links and all other files in dir.
func list(dir string) (segments []*file, owners []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() {
			continue
		}
		if owner, ok := strings.CutSuffix(e.Name(), lockSuffix); ok && ownerName.MatchString(owner) {
			owners = append(owners, owner)
		}
		f, ok := parseName(e.Name())
		if !ok {
			continue
		}
		if info, err := e.Info(); err == nil { // otherwise it was just removed
			f.size = info.Size()
			segments = append(segments, f)
		}
	}
	return segments, owners, nil
}
