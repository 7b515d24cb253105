package trace

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Merge merges two versions of one span, in any order of arrival. An ended span wins
// over an unfinished one, events and attributes are joined, and data that only one
// version has is kept.
func Merge(old, new *Span) *Span {
	winner, other := new, old
	if old.End != 0 && new.End == 0 {
		winner, other = old, new
	}
	s := *winner
	s.ParentID = or(s.ParentID, other.ParentID)
	s.Name = or(s.Name, other.Name)
	s.Message = or(s.Message, other.Message)
	s.Scope = or(s.Scope, other.Scope)
	s.ScopeVersion = or(s.ScopeVersion, other.ScopeVersion)
	s.OTelKind = or(s.OTelKind, other.OTelKind)
	s.Status = or(s.Status, other.Status)
	if s.Start == 0 || other.Start != 0 && other.Start < s.Start {
		s.Start = or(other.Start, s.Start)
	}
	if s.Input == nil {
		s.Input = other.Input
	}
	if s.Output == nil {
		s.Output = other.Output
	}
	s.Attributes = mergeAttrs(s.Attributes, other.Attributes)
	s.Resource = mergeAttrs(s.Resource, other.Resource)
	s.Events = mergeEvents(old.Events, new.Events)
	if len(s.Links) == 0 {
		s.Links = other.Links
	}
	return &s
}

func or[T comparable](a, b T) T {
	var zero T
	if a == zero {
		return b
	}
	return a
}

func mergeAttrs(win, lose Attrs) Attrs {
	if len(lose) == 0 {
		return win
	}
	all := make(Attrs, len(win)+len(lose))
	for k, v := range lose {
		all[k] = v
	}
	for k, v := range win {
		all[k] = v
	}
	return all
}

// mergeEvents merges in order of time. Two identical events are the same event, sent
// twice.
func mergeEvents(a, b []Event) []Event {
	all := append(slices.Clone(a), b...)
	slices.SortStableFunc(all, func(x, y Event) int {
		switch {
		case x.Time < y.Time:
			return -1
		case x.Time > y.Time:
			return 1
		}
		return 0
	})
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(e Event) bool {
		text, _ := json.Marshal(e)
		key := string(bytes.TrimSpace(text))
		twice := seen[key]
		seen[key] = true
		return twice
	})
}
