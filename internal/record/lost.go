package record

import "maps"

// Lost counts the losses since the last successful request.
type Lost struct {
	Spans     int64
	Events    int64
	Truncated int64
	Masked    int64 // masked places in texts
	Withheld  int64 // spans whose texts could not be redacted
	Reasons   map[string]int64
}

// Add counts n spans as lost for a reason.
func (l *Lost) Add(reason string, n int64) {
	if n == 0 {
		return
	}
	if l.Reasons == nil {
		l.Reasons = map[string]int64{}
	}
	l.Reasons[reason] += n
	l.Spans += n
}

// Merge adds the losses of other.
func (l *Lost) Merge(other Lost) {
	for reason, n := range other.Reasons {
		l.Add(reason, n)
	}
	l.Events += other.Events
	l.Truncated += other.Truncated
	l.Masked += other.Masked
	l.Withheld += other.Withheld
}

// Clone returns a copy that shares nothing with l.
func (l Lost) Clone() Lost {
	l.Reasons = maps.Clone(l.Reasons)
	return l
}

// Any reports whether anything was lost.
func (l *Lost) Any() bool {
	return l.Spans|l.Events|l.Truncated|l.Masked|l.Withheld != 0
}
