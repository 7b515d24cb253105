package spool

import (
	"errors"
	"io/fs"
	"time"
)

// isOfMachine reports whether err is a failure of the machine, such as too many open
// files, no memory, an unresponsive disk, or missing permissions. It may pass, and says
// nothing about a file's content. All errors count as such except a few known ones, so
// an unexpected error deletes nothing.
func isOfMachine(err error) bool {
	for _, other := range []error{errTorn, errCorrupt, errStranger, errTaken, fs.ErrNotExist} {
		if errors.Is(err, other) {
			return false
		}
	}
	return err != nil
}

// A trouble records errors of the machine during the search for segments of dead
// owners. After a few failures nothing is tried for a short rest. A name that has
// failed waits longer, and longer each time, so that others are tried.
type trouble struct {
	failed    map[string]failure // by name of an owner or a segment
	failures  int                // since the last rest
	restUntil time.Time
}

type failure struct {
	retryAt time.Time
	pause   time.Duration
}

const (
	fewFailures  = 3
	rest         = time.Second
	firstPause   = 2 * time.Second
	longestPause = time.Minute
)

func (t *trouble) add(name string) {
	if t.failed == nil {
		t.failed = map[string]failure{}
	}
	pause := min(max(2*t.failed[name].pause, firstPause), longestPause)
	t.failed[name] = failure{time.Now().Add(pause), pause}
	if t.failures++; t.failures == fewFailures {
		t.restUntil = time.Now().Add(rest)
	}
}

func (t *trouble) isOver(name string) { delete(t.failed, name) }

// rests reports whether nothing is to be tried now.
func (t *trouble) rests() bool {
	if t.failures < fewFailures {
		return false
	}
	if time.Now().Before(t.restUntil) {
		return true
	}
	t.failures = 0
	return false
}

// waits reports whether a name is not to be tried yet.
func (t *trouble) waits(name string) bool { return time.Now().Before(t.failed[name].retryAt) }

// retryAt returns when something is to be tried again, or zero if nothing is.
func (t *trouble) retryAt() (at time.Time) {
	if t.rests() {
		return t.restUntil
	}
	for _, f := range t.failed {
		if at.IsZero() || f.retryAt.Before(at) {
			at = f.retryAt
		}
	}
	return at
}
