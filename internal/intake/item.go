package intake

import (
	"sync"
	"sync/atomic"

	"github.com/mutagent-io/mutagent-go/internal/queue"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// An Item is one span from its Start until it is encoded. It is embedded in the
// handle that the program holds, so that starting a span allocates one object.
//
// Who may touch Span:
//
//	until the end       whoever holds Mu
//	from the end on     the goroutine that ended it, without Mu: writers take Mu and find it ended
//	after the hand-over the pipeline alone, which may read fixed fields under Mu before
//
// The item enters the queue when it begins, so that the pipeline knows of every open
// span without a registry. Most have ended by the time the pipeline takes them. One
// that has not is held, weakly, and its end pushes it a second time.
type Item struct {
	Mu   sync.Mutex
	Span record.Span // guarded by Mu until Span.Ended

	// Place is the pipeline's: where the item is in its list of open ones, from 1.
	Place int32

	node  queue.Node[*Item] // its first way into the queue
	state atomic.Uint32     // whose turn it is, see the constants
}

// The states of an item. The pipeline moves queued to held, the end moves either to
// ended. Whoever moves it from held owes a push; if the end finds it queued, the
// pipeline has yet to look at it and will find it ended.
const (
	queued   uint32 = iota // in the queue, open
	held                   // known to the pipeline, open
	ended                  // in the queue, or pushed there by who ended it
	refused                // never queued: no room, or the intake is closed
	deferred               // not queued, and perhaps never will be: it waits for the end of its trace
	written                // on disk, and in the list of those, if the queue has it too or not
)

// itemBytes is what an item takes until it is encoded: the object, and the
// small strings it refers to.
const itemBytes = 640

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

// Refused reports whether the item was not taken in.
func (it *Item) Refused() bool { return it.state.Load() == refused }

// Hold is the pipeline's: it reports whether the item is open, and has its end push
// it again.
func (it *Item) Hold() bool { return it.state.CompareAndSwap(queued, held) }

// Written reports whether the item's span was put on disk by its end.
func (it *Item) Written() bool { return it.state.Load() == written }

// MarkWritten has the pipeline pass over the item when it finds it in the queue.
func (it *Item) MarkWritten() { it.state.Store(written) }

// Bytes is about what the item takes.
func (it *Item) Bytes() int64 { return itemBytes + it.charged() }

// charged is what the item has in the budget from its end until it is encoded.
func (it *Item) charged() int64 { return int64(it.Span.Size) + it.Span.Bulk() }
