package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// Check returns an error if the spool cannot use dir, for a reason that does not pass
// by itself. It creates the directory if necessary.
func Check(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("option Spool.Dir is %q, which cannot be made (%w); set it to a path that the process may write to", dir, err)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("option Spool.Dir is %q, which is not a directory; set it to a directory, or to a path where one can be made", dir)
	case err != nil:
		return nil // a temporary reason, such as a full disk, is reported when something is written
	}
	info, err := os.Stat(dir)
	if err == nil && info.Mode().Perm()&0o002 != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("option Spool.Dir is %q, which everybody may write to (%v); set it to a directory below, which is then made for this user only", dir, info.Mode())
	}
	if err := inspect(home(dir)); errors.Is(err, errStranger) {
		return fmt.Errorf("option Spool.Dir is %q, where the spool cannot have a directory of its own (%w); move that away, or set Spool.Dir to another directory", dir, err)
	}
	return nil
}
