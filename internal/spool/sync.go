package spool

import (
	"errors"
	"os"
	"runtime"
)

// Sync makes everything written so far survive a power cut. Only one goroutine may call
// it. It does not block appends.
func (s *Spool) Sync() {
	s.mu.Lock()
	sealed, unlisted := s.unsynced, s.unlisted
	s.unsynced, s.unlisted = nil, false
	var active *os.File
	if s.active != nil && s.active.unsynced {
		active, s.active.unsynced = s.active.file, false
	}
	s.mu.Unlock()

	var errs []error
	for _, f := range sealed {
		errs = append(errs, f.Sync(), f.Close())
	}
	if active != nil {
		errs = append(errs, active.Sync()) // nobody closes it meanwhile: see seal
	}
	if unlisted {
		errs = append(errs, syncDir(s.home))
	}
	if err := errors.Join(errs...); err != nil {
		s.errors.add(err)
	}
}

// syncDir makes the names in a directory survive a power cut.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // NTFS journals names, and there is no such call
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
