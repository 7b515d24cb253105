package pipeline

import (
	"math"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/intake"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A feed holds the ended items that the loop has taken out of the queue, until it
// encodes them.
//
// The loop encodes an item when a request can carry it. While every destination has all
// its rounds under way and a full request ready besides, items wait here: a span is
// smaller than its records, and a record that is sent right after it was made is still
// in the processor's cache.
type feed struct {
	items   []*intake.Item
	current int       // index in items of the next one
	fed     int       // number of items fed so far
	feeding bool      // whether the next item is being fed; see loop.run
	due     time.Time // when the oldest must be sent; zero while none waits

	unmarked []*waiter // those that wait for items in the feed, oldest first
}

// waiting returns the number of items.
func (f *feed) waiting() int { return len(f.items) - f.current }

// compact drops the places of fed items once they are half of the list. It moves each
// item about once, however long the list is.
func (f *feed) compact() {
	if f.current < f.waiting() {
		return
	}
	n := copy(f.items, f.items[f.current:])
	clear(f.items[n:])
	f.items, f.current = f.items[:n], 0
}

// advance removes the next item, and the reference to it.
func (f *feed) advance() {
	f.items[f.current] = nil
	f.current++
	f.fed++
	f.feeding = false
}

// drain takes everything out of the queue and feeds it to the outboxes, even if no
// request can carry it for now.
func (l *loop) drain() {
	l.collect()
	l.feedAll()
}

// collect takes everything out of the queue into the feed.
func (l *loop) collect() {
	if l.depth() > 0 {
		l.nextDrain = l.now.Add(tick)
	}
	l.receive(l.Intake.Take)
	l.drainWritten()
	l.feed.due, l.due = earlier(l.feed.due, l.due), time.Time{}
	l.count() // before feeding, which takes as long as a Redactor blocks
}

// receive adds the items that take appends to the feed, except those that have not
// ended, which it holds.
func (l *loop) receive(take func([]*intake.Item) []*intake.Item) {
	f := &l.feed
	f.compact()
	waiting := len(f.items)
	f.items = take(f.items)
	ended := f.items[:waiting]
	for _, it := range f.items[waiting:] {
		switch {
		case it.Hold():
			l.hold(it)
		case it.Written():
			// The list of written items has it, or had it.
		default:
			ended = append(ended, it)
		}
	}
	clear(f.items[len(ended):])
	f.items = ended
}

// feedAll feeds all items.
func (l *loop) feedAll() {
	for l.feed.waiting() > 0 {
		l.feedNext()
	}
	l.commit()
}

// feedReady feeds items while some destination can take more. It starts requests as
// soon as they are full, so that they are sent while others are encoded.
func (l *loop) feedReady() {
	l.sendFull()
	for l.feed.waiting() > 0 && !l.isSated() {
		l.feedNext()
		l.sendFull()
	}
	l.commit()
}

// isSated reports whether feeding can wait: another request could not start before one
// under way has ended. A destination that fails, a spool, and memory that runs short
// all need the records at once.
func (l *loop) isSated() bool {
	for _, la := range l.lanes {
		if !la.isSated(l) {
			return false
		}
	}
	return l.budget.Used() <= l.budget.PayloadMax()
}

func (l *loop) sendFull() {
	for _, la := range l.lanes {
		la.sendFull(l)
	}
}

// feedNext feeds the next item.
func (l *loop) feedNext() {
	it := l.feed.items[l.feed.current]
	l.feed.feeding = true
	l.put(it, l.vet(&it.Span))
	l.feed.advance()
	l.count()
	l.mark()
}

// put gives an ended item to every destination. clean is its redacted copy.
func (l *loop) put(it *intake.Item, clean *record.Span) {
	if it.Place > 0 {
		l.forget(int(it.Place) - 1)
	}
	l.putSpan(clean)
	l.Intake.Release(it)
}

func (l *loop) putSpan(clean *record.Span) {
	for _, la := range l.lanes {
		la.outbox.Put(clean)
	}
}

// commit ends a feeding.
func (l *loop) commit() {
	f := &l.feed
	for _, la := range l.lanes {
		la.outbox.Commit()
		la.outbox.Sync()
		if la.outbox.Waiting() > 0 {
			la.due = earlier(la.due, f.due)
		}
	}
	if f.waiting() == 0 {
		f.due = time.Time{}
	}
	l.spareTo = l.now.Add(l.opts.Interval)
}

// count tells the intake how many items wait in the feed.
func (l *loop) count() { l.Intake.SetWaiting(l.feed.waiting()) }

// expect makes w wait for everything in the feed.
func (l *loop) expect(w *waiter) {
	w.after = l.feed.fed + l.feed.waiting()
	for _, la := range l.lanes {
		w.lanes = append(w.lanes, waiting{upTo: math.MaxInt, since: la.sender.Rounds()})
	}
	l.feed.unmarked = append(l.feed.unmarked, w)
	l.mark()
}

// mark notes for the waiters how far they wait, once all that they wait for is in the
// outboxes.
func (l *loop) mark() {
	f := &l.feed
	for len(f.unmarked) > 0 && f.unmarked[0].after <= f.fed {
		for i, la := range l.lanes {
			la.outbox.Commit() // a record has its mark when it is on disk
			la.outbox.Seal()
			f.unmarked[0].lanes[i].upTo = la.outbox.Mark()
		}
		f.unmarked[0] = nil
		f.unmarked = f.unmarked[1:]
	}
}
