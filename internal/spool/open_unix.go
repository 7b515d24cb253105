//go:build unix

package spool

import (
	"fmt"
	"os"
	"syscall"
)

// openOurs opens a file for reading and writing, unless it is a link or was not created
// by a spool of this user.
func openOurs(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW|flag, 0o600)
	if err != nil {
		if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s: %w", path, errStranger)
		}
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && (!info.Mode().IsRegular() || !isOurs(info)) {
		err = fmt.Errorf("%s: %w", path, errStranger)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// isOurs reports whether this user owns a file and nobody else may write to it.
func isOurs(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid() && info.Mode().Perm()&0o022 == 0
}
