package spool

import "sync"

// An errorCount counts errors and keeps the last one. Its lock is not held during I/O,
// so that readers do not wait for the disk.
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
