package intake

import (
	"sync"
	"sync/atomic"

	"github.com/mutagent-io/mutagent-go/internal/queue"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// An Item is one span from its start until it is encoded. It is embedded in the handle
// that the program holds, so that starting a span allocates one object.
//
// Access to Span:
//
//	until the end       whoever holds Mu
//	from the end on     the goroutine that ended it, without Mu: writers take Mu and see that it ended
//	after the hand-over only the pipeline, which may read fixed fields under Mu before
//
// The item enters the queue when it begins, so that the pipeline knows every open span
// without a registry. Most items have ended when the pipeline takes them. The pipeline
// holds an open item weakly, and the item's end pushes it a second time.
type Item struct {
	Mu   sync.Mutex
	Span record.Span // guarded by Mu until Span.Ended

	// Place is the item's position in the pipeline's list of open items, from 1. Only
	// the pipeline uses it.
	Place int32

	node  queue.Node[*Item] // for its first push into the queue
	state atomic.Uint32     // see the constants
}

// The states of an item. The pipeline moves it from queued to held; its end moves it
// from either to ended. Whoever moves it from held must push it. If the end finds it
// queued, the pipeline has yet to look at it, and will find it ended.
const (
	queued   uint32 = iota // in the queue, open
	held                   // known to the pipeline, open
	ended                  // in the queue, or about to be pushed by the goroutine that ended it
	refused                // never queued: there was no room, or the intake is closed
	deferred               // not queued: it waits for the end of its trace, and may be discarded
	written                // on disk and in the list of written items; it may also be in the queue
)

// ItemBytes is the memory of an item until it is encoded: the object and the small
// strings it refers to.
const ItemBytes = 640

// Inherit makes an item that has not begun the child of parent.
func (it *Item) Inherit(parent *Item) {
	if state := parent.state.Load(); state == refused || state == deferred {
		it.state.Store(state)
	}
}

// Defer keeps an item that has not begun out of the queue until it is adopted.
func (it *Item) Defer() { it.state.Store(deferred) }

// Deferred reports whether the item waits to be adopted.
func (it *Item) Deferred() bool { return it.state.Load() == deferred }

// Refused reports whether the item was refused.
func (it *Item) Refused() bool { return it.state.Load() == refused }

// Hold reports whether the item is open, and makes its end push it again. Only the
// pipeline calls it.
func (it *Item) Hold() bool { return it.state.CompareAndSwap(queued, held) }

// Written reports whether the item's span was written to disk when it ended.
func (it *Item) Written() bool { return it.state.Load() == written }

// MarkWritten makes the pipeline skip the item when it finds it in the queue.
func (it *Item) MarkWritten() { it.state.Store(written) }

// Bytes is the approximate memory of the item.
func (it *Item) Bytes() int64 { return ItemBytes + it.charged() }

// charged returns the bytes charged to the budget from the item's end until it is
// encoded.
func (it *Item) charged() int64 { return int64(it.Span.Size) + it.Span.Bulk() }
