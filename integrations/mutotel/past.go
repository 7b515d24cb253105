package mutotel

import (
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
)

// maxPast is how many ended spans are known.
const maxPast = 256

// past holds the spans that ended last, for log records that come after their span's
// end. Only the spans of OpenTelemetry's SDK need it: the contexts of this package's
// provider lead to the entry. Without a log processor it keeps nothing.
var past struct {
	keep atomic.Bool
	ended
}

// An ended is a table of maxPast entries. A new entry takes the place of the oldest.
type ended struct {
	mu      sync.Mutex
	entries map[trace.SpanID]*entry
	order   [maxPast]trace.SpanID
	next    int
}

func (p *ended) add(id trace.SpanID, e *entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.entries == nil {
		p.entries = map[trace.SpanID]*entry{}
	}
	delete(p.entries, p.order[p.next])
	p.entries[id], p.order[p.next] = e, id
	p.next = (p.next + 1) % maxPast
}

func (p *ended) find(id trace.SpanID) *entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.entries[id]
}
