package jsontext

import "time"

// A Clock writes times as RFC 3339 in UTC with nanoseconds. It caches the last minute,
// because spans of one request mostly have similar times.
type Clock struct {
	minute int64 // since 1970
	text   [len("2006-01-02T15:04:")]byte
	known  bool
}

func (c *Clock) AppendTime(dst []byte, t time.Time) []byte {
	unix := t.Unix()
	second := unix % 60
	if second < 0 {
		second += 60
	}
	if minute := (unix - second) / 60; !c.known || minute != c.minute {
		u := t.UTC()
		if y := u.Year(); y < 0 || y > 9999 {
			// RFC 3339 years have four digits. Only an attribute can have such a time.
			return AppendString(dst, u.String())
		}
		u.AppendFormat(c.text[:0], "2006-01-02T15:04:")
		c.minute, c.known = minute, true
	}
	dst = append(dst, '"')
	dst = append(dst, c.text[:]...)
	dst = append(dst, pairs[2*second], pairs[2*second+1])
	dst = appendFraction(dst, uint64(t.Nanosecond()), 9)
	return append(dst, 'Z', '"')
}
