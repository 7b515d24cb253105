//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package spool

import (
	"errors"
	"os"
)

// lock fails where nothing is known that ends with the process: without such a
// lock, nobody could tell what a dead process left from what a living one has.
func lock(*os.File) error { return errors.ErrUnsupported }
