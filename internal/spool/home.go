package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// The home is the directory below Options.Dir that only spools use. A marker file in it
// proves that. Without the marker, the files in it belong to somebody else.
const (
	homeName   = "mutagent"
	markerName = ".mutagent-spool"
	markerText = "Spools of mutagent keep spans here until they are delivered, and remove them then.\n"
)

// errStranger is the error for a file that no spool of this user has created.
var errStranger = errors.New("no spool of this user has made it")

func home(dir string) string { return filepath.Join(dir, homeName) }

// settleIn creates the home unless it exists.
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
	// The directory was created just now, or by a process that stopped before it
	// created the marker.
	f, err := openOurs(filepath.Join(home, markerName), os.O_CREATE)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte(markerText), 0)
	return errors.Join(err, f.Close())
}

var errUnmarked = errors.New("it has no marker")

// inspect returns an error unless home is one. It returns errUnmarked if home is empty
// and may become one.
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
	case slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == markerName }):
		return inspect(home) // another process created the marker meanwhile, and more
	case len(entries) == 0:
		return errUnmarked
	}
	return fmt.Errorf("%s: %w: it is not empty, and has no file %s", home, errStranger, markerName)
}
