package spool

import "time"

// A clock says what to think of the time of day. It may be wrong: 1970 until the
// network is up, or years ahead. What is deleted for its age is gone even if the
// clock was.
type clock struct {
	wall     time.Time // when we looked last
	steady   time.Duration
	doubtful time.Duration // until when, as steady tells
}

const (
	// leap is what the time of day and the process's own clock may differ by from one
	// look to the next.
	leap = 5 * time.Minute
	// doubt is for how long a clock that was set is not believed: the network may set
	// it right again. A computer that was asleep looks the same.
	doubt = time.Hour
	// oldest is the most by which anything can be too old. A computer that was off for
	// longer is less likely than a clock that is wrong.
	oldest = 365 * 24 * time.Hour
)

// The process's own clock has run since then.
var began = time.Now()

// look compares the time of day with the process's own clock.
func (c *clock) look(now time.Time) { c.compare(now.Round(0), now.Sub(began)) }

func (c *clock) compare(wall time.Time, steady time.Duration) {
	if !c.wall.IsZero() && (wall.Sub(c.wall)-(steady-c.steady)).Abs() > leap {
		c.doubtful = steady + doubt
	}
	c.wall, c.steady = wall, steady
}

// isOlder reports whether what was made at a time of day is certainly older than
// age.
func (c *clock) isOlder(now, made time.Time, age time.Duration) bool {
	if c.steady < c.doubtful {
		return false
	}
	is := now.Round(0).Sub(made)
	return is > age && is <= age+oldest
}
