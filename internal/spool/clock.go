package spool

import "time"

// A clock decides whether to trust the time of day. It may be wrong: 1970 until the
// network is up, or years ahead. Deletion for age cannot be undone if it was based on a
// wrong clock.
type clock struct {
	wall     time.Time // time of the last look
	steady   time.Duration
	doubtful time.Duration // end of the doubt, on the steady clock
}

const (
	// leap is the largest difference between the time of day and the process's
	// monotonic clock from one look to the next.
	leap = 5 * time.Minute
	// doubt is how long a clock is not trusted after it was set, because the network
	// may set it again. A computer that was asleep looks the same.
	doubt = time.Hour
	// oldest limits how far beyond the maximum age a file can be. A larger age is more
	// likely a wrong clock than a computer that was off for so long.
	oldest = 365 * 24 * time.Hour
)

// began is the origin of the process's monotonic clock.
var began = time.Now()

// look compares the time of day with the process's monotonic clock.
func (c *clock) look(now time.Time) { c.compare(now.Round(0), now.Sub(began)) }

func (c *clock) compare(wall time.Time, steady time.Duration) {
	if !c.wall.IsZero() && (wall.Sub(c.wall)-(steady-c.steady)).Abs() > leap {
		c.doubtful = steady + doubt
	}
	c.wall, c.steady = wall, steady
}

// isOlder reports whether something made at the given time of day is certainly older
// than age.
func (c *clock) isOlder(now, made time.Time, age time.Duration) bool {
	if c.steady < c.doubtful {
		return false
	}
	is := now.Round(0).Sub(made)
	return is > age && is <= age+oldest
}
