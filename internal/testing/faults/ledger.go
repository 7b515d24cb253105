package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
)

// An ID identifies a span, in hex.
type ID struct{ Trace, Span string }

// An Entry is what arrived of one span.
type Entry struct {
	Name       string
	Whole      int             // how often it arrived ended
	Unfinished int             // how often it arrived open
	Late       int             // how often late events arrived
	JSON       json.RawMessage // its first ended form
}

// A Ledger records what arrived. The zero Ledger is empty.
type Ledger struct {
	mu       sync.Mutex
	entries  map[ID]Entry
	faulty   []string
	requests int
}

// Entries returns a copy of everything that arrived.
func (l *Ledger) Entries() map[ID]Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.entries)
}

// Faulty lists errors of the client: requests that do not follow docs/wire.md, and
// spans that arrived twice with different content.
func (l *Ledger) Faulty() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.faulty
}

// Forget empties the ledger, except for the errors.
func (l *Ledger) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}

// book records the spans of one request.
func (l *Ledger) book(raw []byte) {
	var request struct {
		Traces []struct {
			TraceID string
			Spans   []json.RawMessage
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
	if err := json.Unmarshal(raw, &request); err != nil {
		l.faulty = append(l.faulty, fmt.Sprintf("request %d: %v", l.requests, err))
		return
	}
	if l.entries == nil {
		l.entries = map[ID]Entry{}
	}
	for _, tr := range request.Traces {
		for _, s := range tr.Spans {
			if err := l.enter(tr.TraceID, s); err != nil {
				l.faulty = append(l.faulty, fmt.Sprintf("request %d: %v: %s", l.requests, err, s))
			}
		}
	}
}

func (l *Ledger) enter(trace string, raw json.RawMessage) error {
	var s struct {
		SpanID, Name, EndTime string
		Metadata              struct {
			Truncated bool `json:"mutagent.truncated"`
			Late      bool `json:"mutagent.late"`
		}
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return err
	}
	id := ID{trace, s.SpanID}
	if len(id.Trace) != 32 || len(id.Span) != 16 {
		return fmt.Errorf("bad ids %q", id)
	}
	e := l.entries[id]
	defer func() { l.entries[id] = e }()
	switch {
	case s.Metadata.Late:
		e.Late++
		return nil
	case s.EndTime == "":
		e.Name = s.Name
		e.Unfinished++
		return nil
	}
	e.Name = s.Name
	e.Whole++
	if e.JSON == nil {
		e.JSON = bytes.Clone(raw)
	}
	// A repeated span has the same bytes, or has lost its payload since.
	if !s.Metadata.Truncated && !bytes.Equal(e.JSON, raw) {
		return fmt.Errorf("repeat differs from %s", e.JSON)
	}
	return nil
}
