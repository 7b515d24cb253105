package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The names in the directory. An owner is one Spool, of one process:
//
//	<group>-<pid>-<random>.lock               held as long as the owner lives
//	<group>-<pid>-<random>-<time>-<count>.seg its segments
//
// There is one lock per owner, not one per segment: a lock needs an open file,
// and a long outage makes more segments than many processes may open files.
const (
	lockSuffix    = ".lock"
	segmentSuffix = ".seg"
)

var errTaken = errors.New("somebody else holds the lock")

// own makes the lock of a new owner. Others who look around may lock, and remove,
// a lock file before we do; then there is another try.
func own(dir, group string) (owner string, held *os.File, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, err
	}
	for range 10 {
		owner = fmt.Sprintf("%s-%d-%08x", group, os.Getpid(), rand.Uint32())
		if held, err = seize(dir, owner); !errors.Is(err, errTaken) {
			break
		}
	}
	return owner, held, err
}

// seize locks an owner, so that its segments are ours.
func seize(dir, owner string) (*os.File, error) {
	path := filepath.Join(dir, owner+lockSuffix)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		f.Close()
		return nil, fmt.Errorf("%w: %w", errTaken, err)
	}
	// Whoever held it before us may have removed the file that we have opened.
	ours, err1 := f.Stat()
	linked, err2 := os.Lstat(path)
	if err1 != nil || err2 != nil || !os.SameFile(ours, linked) {
		f.Close()
		return nil, errTaken
	}
	return f, nil
}

// A file is what the name of a segment says.
type file struct {
	owner string
	time  int64 // when it was made, Unix nanoseconds
	count int   // orders what was made at the same time
	size  int64
}

func (f *file) name() string {
	return fmt.Sprintf("%s-%016x-%06d%s", f.owner, f.time, f.count, segmentSuffix)
}

func (f *file) group() string {
	group, _, _ := strings.Cut(f.owner, "-")
	return group
}

func compare(a, b *file) int {
	if a.time != b.time {
		return int(max(-1, min(1, a.time-b.time)))
	}
	return a.count - b.count
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
	return f, err1 == nil && err2 == nil && f.name() == name
}

// list returns the segments of everybody, and the owners that have a lock file.
func list(dir string) (segments []*file, owners []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	for _, e := range entries {
		if owner, ok := strings.CutSuffix(e.Name(), lockSuffix); ok {
			owners = append(owners, owner)
		}
		f, ok := parseName(e.Name())
		if !ok || !e.Type().IsRegular() {
			continue
		}
		if info, err := e.Info(); err == nil { // else it was removed just now
			f.size = info.Size()
			segments = append(segments, f)
		}
	}
	return segments, owners, err
}
