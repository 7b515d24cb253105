package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
)

// An ID names a span, in hex.
type ID struct{ Trace, Span string }

// An Entry is what arrived of one span.
type Entry struct {
	Name       string
	Whole      int             // how often it came ended
	Unfinished int             // how often it came before it had ended
	Late       int             // how often events came that it had missed
	JSON       json.RawMessage // as it came first, ended
}

// A Ledger keeps what arrived. The zero Ledger is empty.
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

// Faulty lists what should never arrive: requests that are not as docs/wire.md
// says, and spans that came twice and were not the same.
func (l *Ledger) Faulty() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.faulty
}

// Forget empties the ledger, except for what is faulty.
func (l *Ledger) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = nil
}

// book enters the spans of one request.
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
	// A repeat is the same to the byte, or has lost its payload meanwhile.
	if !s.Metadata.Truncated && !bytes.Equal(e.JSON, raw) {
		return fmt.Errorf("repeat differs from %s", e.JSON)
	}
	return nil
}
