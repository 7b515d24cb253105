package mutotel

import (
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
)

// maxPast is how many ended spans are known.
const maxPast = 256

// past has what log records that come late need of the spans that ended last. The
// contexts of the SDK's provider do not lead to them; those of this package do. Without
// a log processor it keeps nothing.
var past struct {
	keep atomic.Bool
	ended
}

// An ended table drops its oldest entry for a new one.
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
