package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The home is the directory below Options.Dir that spools have to themselves. A
// marker in it says so: without one, what is in there is somebody else's.
const (
	homeName   = "mutagent"
	markerName = ".mutagent-spool"
	markerText = "Spools of mutagent keep spans here until they are delivered, and remove them then.\n"
)

// errStranger is the error of a file that no spool of this user has made.
var errStranger = errors.New("no spool of this user has made it")

func home(dir string) string { return filepath.Join(dir, homeName) }

// settleIn makes the home, unless it is there.
func settleIn(home string) error {
	if err := os.MkdirAll(filepath.Dir(home), 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(home, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	err := inspect(home)
	if !errors.Is(err, errUnmarked) {
		return err
	}
	// Made just now, or by a process that came no further.
	f, err := openOurs(filepath.Join(home, markerName), os.O_CREATE)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte(markerText), 0)
	return errors.Join(err, f.Close())
}

var errUnmarked = errors.New("it has no marker")

// inspect returns an error unless home is one. It is errUnmarked if it may become
// one, for nothing is in it.
func inspect(home string) error {
	info, err := os.Lstat(home)
	switch {
	case err != nil:
		return err
	case !info.IsDir() || !isOurs(info):
		return fmt.Errorf("%s: %w: it is to be a directory of this user, which nobody else may write to", home, errStranger)
	}
	marker := filepath.Join(home, markerName)
	info, err = os.Lstat(marker)
	if errors.Is(err, fs.ErrNotExist) {
		return inspectUnmarked(home)
	}
	if err == nil && (!info.Mode().IsRegular() || !isOurs(info)) {
		return fmt.Errorf("%s: %w", marker, errStranger)
	}
	return err
}

func inspectUnmarked(home string) error {
	entries, err := os.ReadDir(home)
	switch {
	case err != nil:
		return err
	case len(entries) == 0 || len(entries) == 1 && entries[0].Name() == markerName: // made meanwhile
		return errUnmarked
	}
	return fmt.Errorf("%s: %w: it is not empty, and has no file %s", home, errStranger, markerName)
}
