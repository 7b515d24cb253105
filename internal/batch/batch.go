// Package batch decides when what was recorded is sent. Producers hand items
// over through a lock-free queue and never wait. One goroutine, the loop, takes
// them, encodes them, and starts requests by count, age or flush; each request
// runs beside it, so that the loop itself never waits for the network.
package batch

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/queue"
	"github.com/mutagent-io/mutagent-go/internal/redact"
	"github.com/mutagent-io/mutagent-go/internal/spool"
	"github.com/mutagent-io/mutagent-go/internal/transport"
	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// Options say when to send, and what. All fields must be set, except Redactor and
// Debug.
type Options struct {
	Size     int              // spans that start a request
	Interval time.Duration    // age that starts a request
	Live     time.Duration    // age at which open spans are shown, and how often; 0 means never
	MaxBatch int              // bytes of spans in one request
	MaxQueue int64            // bytes kept in all
	Redactor *redact.Redactor // nil lets everything through that no context withholds
	Header   wire.Header
	Debug    io.Writer // gets a line per request; nil for none

	Spool *spool.Spool // keeps spans on disk until they are delivered; nil for none
	AtEnd bool         // write spans there when they end, rather than soon after
	Sync  bool         // sync what was written there
}

// A Batcher takes items from any goroutine.
type Batcher struct {
	opts      Options
	transport *transport.Transport

	queue queue.Queue[*Item]
	// written is the way of the spans that their end has put on disk.
	written writtenList
	// used is what is kept, in bytes: payload in the queue, which producers add,
	// and everything that the loop has taken, which the loop adds. The skeletons in
	// the queue are not in it: the queue knows their number.
	used atomic.Int64
	// threshold is the depth of the queue at which a producer wakes the loop. Only
	// the loop writes it, before it goes to sleep.
	threshold atomic.Int64
	// weight is the value of used at which a producer wakes the loop. It is like
	// threshold, for payload.
	weight atomic.Int64
	// soon asks the loop to send within rootDelay. Producers set it, the loop
	// clears it.
	soon atomic.Bool

	wake  chan struct{}    // has room for one signal, which is all it takes
	calls chan func(*loop) // run by the loop
	done  chan struct{}    // closed when the loop has stopped

	start  sync.Once
	closed atomic.Bool // set by the first Shutdown
	late   lateCounts
	final  Counts // what the loop had counted when it stopped; valid after done
}

const (
	// itemBytes is what an item takes until it is encoded: the object, and the
	// small strings it refers to.
	itemBytes = 640
	// rootDelay is how soon a request starts after a local root has ended, so that
	// the spans of a script leave before it does.
	rootDelay = 100 * time.Millisecond
)

// New returns a Batcher that sends through t. Its goroutine starts with the
// first item.
func New(t *transport.Transport, opts Options) *Batcher {
	b := &Batcher{
		opts:      opts,
		transport: t,
		wake:      make(chan struct{}, 1),
		calls:     make(chan func(*loop)),
		done:      make(chan struct{}),
	}
	b.threshold.Store(1)
	if opts.Spool != nil {
		b.launch() // what dead processes left does not wait for a first span
	}
	return b
}

// Begin takes in an item that starts, or refuses it, for good, if there is no
// room for its skeleton. A parent begins before its children, and what inherits
// from a refused item is refused too: so what is kept of a trace always hangs
// together.
func (b *Batcher) Begin(it *Item) {
	if it.Refused() {
		return
	}
	it.node.Value = it
	if b.full() {
		it.state.Store(refused)
		b.signal()
	} else if !b.push(&it.node) {
		it.state.Store(refused)
	}
}

// full reports whether there is no room for one more skeleton.
func (b *Batcher) full() bool {
	return b.used.Load()+int64(b.queue.Depth()+1)*itemBytes > b.opts.MaxQueue
}

// End takes in an item that ended: its Span is complete, and from now on the
// loop's.
func (b *Batcher) End(it *Item) {
	if it.Refused() {
		b.refuse()
		return
	}
	if b.opts.AtEnd && b.write(it) {
		return
	}
	b.pay(it)
	if it.state.Swap(ended) == held && !b.push(&queue.Node[*Item]{Value: it}) {
		b.late.closed.Add(1)
		b.used.Add(-int64(it.Span.Size))
		return
	}
	b.hurryFor(it)
}

// Adopt takes in deferred items of one trace, parents first, that all have ended.
// If there is no room for one, the ones after it are refused with it.
func (b *Batcher) Adopt(items []*Item) {
	for i, it := range items {
		if b.full() {
			for _, it := range items[i:] {
				it.state.Store(refused)
				b.refuse()
			}
			b.signal()
			return
		}
		if b.opts.AtEnd && b.write(it) {
			continue
		}
		b.pay(it)
		it.node.Value = it
		it.state.Store(ended)
		if !b.push(&it.node) {
			b.late.closed.Add(1)
			b.used.Add(-int64(it.Span.Size))
		}
		b.hurryFor(it)
	}
}

// hurryFor has the loop send soon if a local root has ended.
func (b *Batcher) hurryFor(it *Item) {
	if it.Span.Marks.Has(wire.Root) {
		b.hurry()
	}
}

func (b *Batcher) hurry() {
	if !b.soon.Load() && b.soon.CompareAndSwap(false, true) {
		b.signal()
	}
}

// pay reserves room for an item's payload, and drops the payload if there is
// none. A quarter of the room is for skeletons only.
func (b *Batcher) pay(it *Item) {
	if it.Span.Size == 0 {
		return
	}
	used := b.used.Add(int64(it.Span.Size))
	if used >= b.weight.Load() {
		b.signal()
	}
	if used > b.payloadLimit() {
		b.used.Add(-int64(it.Span.Size))
		it.Span.Strip()
	}
}

func (b *Batcher) payloadLimit() int64 { return b.opts.MaxQueue / 4 * 3 }

// refuse counts a span that ended without ever having been queued.
func (b *Batcher) refuse() {
	if b.closed.Load() {
		b.late.closed.Add(1)
	} else {
		b.late.full.Add(1)
	}
}

// Addendum takes in an item that adds events to a span that ended before.
func (b *Batcher) Addendum(it *Item) {
	it.node.Value = it
	it.state.Store(ended)
	if b.used.Add(int64(it.Span.Size)) > b.payloadLimit() || !b.push(&it.node) {
		b.used.Add(-int64(it.Span.Size))
		b.signal()
		b.late.events.Add(int64(it.Span.Events.Len()))
	}
}

// DropEvent counts an event that its span had no room for.
func (b *Batcher) DropEvent() { b.late.events.Add(1) }

func (b *Batcher) push(n *queue.Node[*Item]) bool {
	depth, ok := b.queue.Push(n)
	// The order matters: the loop first stores the threshold, then looks at the
	// depth; here it is the other way round. One of the two notices.
	if ok && int64(depth) >= b.threshold.Load() {
		b.signal()
	}
	return ok
}

// launch starts the loop, if it has not been started.
func (b *Batcher) launch() { b.start.Do(func() { go newLoop(b).run() }) }

// signal wakes the loop. It never waits: if a signal is pending already, the
// loop has yet to look.
func (b *Batcher) signal() {
	b.launch()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// call has f run by the loop, and returns when it has. It returns false if the
// loop has stopped.
func (b *Batcher) call(f func(*loop)) bool {
	b.launch()
	ran := make(chan struct{})
	select {
	case b.calls <- func(l *loop) { f(l); close(ran) }:
		<-ran
		return true
	case <-b.done:
		return false
	}
}

// Closed reports whether Shutdown was called.
func (b *Batcher) Closed() bool { return b.closed.Load() }

// Flush sends what was recorded before the call, and returns nil when the server
// has taken it all. Otherwise it returns a *FlushError, soon after ctx ends or
// when a round of attempts has failed. What was not sent stays.
func (b *Batcher) Flush(ctx context.Context) error { return b.flushBy(ctx, (*loop).flush) }

// Snapshot is Flush for open items, too: it sends them as far as they are.
func (b *Batcher) Snapshot(ctx context.Context) error { return b.flushBy(ctx, (*loop).snapshot) }

func (b *Batcher) flushBy(ctx context.Context, how func(*loop, *waiter)) error {
	w := newWaiter()
	if !b.call(func(l *loop) { how(l, w) }) {
		return b.flushLate()
	}
	return b.wait(ctx, w)
}

func (b *Batcher) wait(ctx context.Context, w *waiter) error {
	select {
	case err := <-w.reply:
		return err
	case <-ctx.Done():
		b.call(func(l *loop) { l.giveUp(w, context.Cause(ctx)) })
		return <-w.reply
	}
}

// flushLate is Flush after the Shutdown: it tells of spans that ended too late.
func (b *Batcher) flushLate() error {
	ended := b.late.closed.Load()
	if n := ended - b.late.told.Swap(ended); n > 0 {
		return &FlushError{Dropped: n, Cause: errShutdown}
	}
	return nil
}

// Stats counts what became of everything so far.
func (b *Batcher) Stats() (c Counts) {
	// The copy is made in the loop, which goes on writing to the map of reasons.
	if !b.call(func(l *loop) { c = b.late.addTo(l.count()) }) {
		c = b.late.addTo(b.final)
	}
	if b.opts.Spool != nil {
		c.SpoolErrors, _ = b.opts.Spool.Errors()
	}
	return c
}

// empty flushes until nothing is left or ctx ends. Without a deadline it gives up
// when two flushes in a row got nothing through. It returns what they did
// together, and the outcome of the last.
func (b *Batcher) empty(ctx context.Context) (total FlushError, err error) {
	_, bounded := ctx.Deadline()
	for idle := 0; ; {
		w := newWaiter()
		b.call(func(l *loop) { l.flush(w) })
		err = b.wait(ctx, w)
		var failure *FlushError
		if !errors.As(err, &failure) {
			total.Sent += w.sent
			return total, nil
		}
		total.Sent += failure.Sent
		total.Dropped += failure.Dropped
		if idle++; failure.Sent > 0 {
			idle = 0
		}
		if failure.Pending+failure.Spooled == 0 || !bounded && idle == 2 {
			return total, err
		}
		select {
		case <-time.After(betweenFlushes):
		case <-ctx.Done():
			return total, err
		}
	}
}

// betweenFlushes keeps a server that fails at once from being asked without end.
const betweenFlushes = 250 * time.Millisecond

// lastTry is what a shutdown gets whose context has ended already: most often
// that is the one which the signal cancelled.
const lastTry = 2 * time.Second

// Shutdown takes in nothing more, sends open items unfinished and then all there
// is, and stops the loop. What could not be sent when ctx ends, or when the
// server takes nothing, is dropped, unless the spool has it. Later calls do
// nothing, and return nil.
func (b *Batcher) Shutdown(ctx context.Context) error {
	if !b.closed.CompareAndSwap(false, true) {
		select {
		case <-b.done:
		case <-ctx.Done():
		}
		return nil
	}
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), lastTry)
		defer cancel()
	}
	b.call(func(l *loop) { l.close() })
	total, err := b.empty(ctx)
	b.call(func(l *loop) { err = l.stop(total, err) })
	<-b.done
	b.transport.Close()
	if b.opts.Spool != nil {
		b.opts.Spool.Close()
	}
	return err
}
