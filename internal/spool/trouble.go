package spool

import (
	"errors"
	"io/fs"
	"time"
)

// isOfMachine reports whether err is a failure of the machine, such as too many
// open files, no memory, a disk that does not answer, or rights that are missing.
// It may pass, and says nothing of a file. All errors are of that sort but those
// that are known not to be: so one that nobody has thought of deletes nothing.
func isOfMachine(err error) bool {
	for _, other := range []error{errTorn, errCorrupt, errStranger, errTaken, fs.ErrNotExist} {
		if errors.Is(err, other) {
			return false
		}
	}
	return err != nil
}

// A trouble is what the machine has refused while looking for what the dead left.
// What failed is passed over until a pause is over, and after a few failures
// nothing is tried before.
type trouble struct {
	failed   map[string]bool // names of owners and segments
	failures int
	until    time.Time // zero without any
	pause    time.Duration
}

const (
	fewFailures  = 3
	firstPause   = time.Second
	longestPause = time.Minute
)

func (t *trouble) add(name string) {
	if t.failed == nil {
		t.failed = map[string]bool{}
	}
	t.failed[name] = true
	t.failures++
	if t.until.IsZero() {
		t.pause = min(max(2*t.pause, firstPause), longestPause)
		t.until = time.Now().Add(t.pause)
	}
}

// rests reports whether nothing is to be tried now.
func (t *trouble) rests() bool {
	if !t.until.IsZero() && !time.Now().Before(t.until) {
		t.failed, t.failures, t.until = nil, 0, time.Time{}
	}
	return t.failures >= fewFailures
}
