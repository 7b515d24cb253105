package spool

import "sync"

// An errorCount counts errors and keeps the last. Its lock is held for no I/O, so that
// whoever asks does not wait for the disk.
type errorCount struct {
	mu   sync.Mutex
	n    int64
	last error
}

func (c *errorCount) add(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	c.last = err
}

// Errors returns the number of errors so far, and the last one.
func (s *Spool) Errors() (int64, error) {
	s.errors.mu.Lock()
	defer s.errors.mu.Unlock()
	return s.errors.n, s.errors.last
}
