//go:build !unix

package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// openOurs opens a file for reading and writing, unless it is a link. There is no flag
// for that, so it compares the opened file with the file of that name.
func openOurs(path string, flag int) (*os.File, error) {
	before, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && flag&os.O_CREATE != 0:
		flag |= os.O_EXCL // this flag does not follow links either
	case err != nil:
		return nil, err
	case !before.Mode().IsRegular():
		return nil, fmt.Errorf("%s: %w", path, errStranger)
	}
	f, err := os.OpenFile(path, os.O_RDWR|flag, 0o600)
	if err != nil || before == nil {
		return f, err
	}
	if after, err := f.Stat(); err != nil || !os.SameFile(before, after) {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, errStranger)
	}
	return f, nil
}

// isOurs always returns true: the rights of the directory protect its files.
func isOurs(os.FileInfo) bool { return true }
