package mutprice

import (
	"encoding/json"
	"fmt"
	"time"
)

// A constraint limits when a price applies: from a date on, or between two times of
// day, all in UTC. The zero value always applies.
type constraint struct {
	since      time.Time
	from, till time.Duration // since midnight
	daily      bool
}

func (c *constraint) UnmarshalJSON(data []byte) error {
	var all map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	for key, text := range all {
		var err error
		switch key {
		case "start_date":
			c.since, err = time.Parse(time.DateOnly, text)
		case "start_time":
			c.from, err = timeOfDay(text)
			c.daily = true
		case "end_time":
			c.till, err = timeOfDay(text)
			c.daily = true
		case "type":
		default:
			err = fmt.Errorf("a price on the condition %s, which is not known", key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func timeOfDay(text string) (time.Duration, error) {
	for _, layout := range []string{"15:04:05Z07:00", "15:04:05", "15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return sinceMidnight(t.UTC()), nil
		}
	}
	return 0, fmt.Errorf("%q is no time of the day", text)
}

func sinceMidnight(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
}

// holds reports whether the price applies at a time, which is in UTC.
func (c *constraint) holds(at time.Time) bool {
	if !c.daily {
		return !at.Before(c.since)
	}
	if t := sinceMidnight(at); c.till < c.from {
		return t >= c.from || t < c.till
	} else {
		return c.from <= t && t < c.till
	}
}
