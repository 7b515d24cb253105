package batch

import (
	"sync"
	"sync/atomic"

	"github.com/mutagent-io/mutagent-go/internal/queue"
	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// An Item is one span from its Start until it is encoded. It is embedded in the
// handle that the program holds, so that starting a span allocates one object.
//
// Who may touch Span:
//
//	until the end   whoever holds mu
//	after the end   the loop alone, without mu: writers take mu and find it ended
//
// The item enters the queue when it begins, so that the loop knows of every open
// span without a registry. Most have ended by the time the loop takes them. One
// that has not is held, weakly, and its end pushes it a second time.
type Item struct {
	Mu   sync.Mutex
	Span wire.Span // guarded by Mu until Span.Ended

	node  queue.Node[*Item] // its first way into the queue
	state atomic.Uint32     // whose turn it is, see the constants
	open  int32             // place in the loop's list of open items, from 1; the loop's
}

// The states of an item. The loop moves queued to held, the end moves either to
// ended. Whoever moves it from held owes a push; if the end finds it queued, the
// loop has yet to look at it and will find it ended.
const (
	queued   uint32 = iota // in the queue, open
	held                   // known to the loop, open
	ended                  // in the queue, or pushed there by who ended it
	refused                // never queued: no room, or the batcher is closed
	deferred               // not queued, and perhaps never will be: it waits for the end of its trace
	written                // on disk, and in the list of those, if the queue has it too or not
)

// Inherit makes an item, which has not begun, the child of parent.
func (it *Item) Inherit(parent *Item) {
	if state := parent.state.Load(); state == refused || state == deferred {
		it.state.Store(state)
	}
}

// Defer keeps an item, which has not begun, from being queued before it is adopted.
func (it *Item) Defer() { it.state.Store(deferred) }

// Deferred reports whether the item waits to be adopted.
func (it *Item) Deferred() bool { return it.state.Load() == deferred }

// Bytes is about what the item takes.
func (it *Item) Bytes() int64 { return itemBytes + int64(it.Span.Size) }

// Refused reports whether the item was not taken in.
func (it *Item) Refused() bool { return it.state.Load() == refused }
