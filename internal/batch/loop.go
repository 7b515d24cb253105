package batch

import (
	"context"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/transport"
	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// A loop is the consumer's side of a Batcher. Only its goroutine touches it:
// everybody else sends it a function to run.
type loop struct {
	*Batcher

	pending  []*load // to be sent, the oldest first; the last one is being filled
	waiting  int     // entries in pending
	spare    []*load // empty, to be used again until keep
	inflight []*load // in a round of attempts
	results  chan result

	now     time.Time // when the loop last woke up
	due     time.Time // when pending must be sent; zero while nothing waits
	keep    time.Time // when spare loads are given up; zero if there are none
	paced   time.Time // no request for the sake of their number before that
	retryAt time.Time // no request before that, except for a flush
	failed  int       // rounds in a row that failed
	// failedUpTo is the newest round that had begun when one failed last.
	failedUpTo int

	open    []openItem
	swept   time.Time // when open was last searched for abandoned spans
	shown   time.Time // when open was last searched for spans to show
	waiters []*waiter

	counts Counts
	lost   wire.Lost // what the server does not know of
	cause  error     // of the last round that failed
	told   int64     // dropped spans that a flush told of
	noted  lateSeen  // late losses that are part of lost, or were

	disk // what the spool adds

	seq     int // of the newest load
	rounds  int // begun
	stopped bool
	ctx     context.Context // of the rounds
	cancel  context.CancelFunc
}

const (
	// maxSpare is how many empty loads are kept.
	maxSpare = 2 * transport.MaxRounds
	// gulp is how many items wake the loop when no request can start anyway.
	gulp = 256
	// pace is the least time between two requests that are not full and that only
	// the number of spans asks for, so that a burst costs few requests.
	pace = 5 * time.Millisecond
	// firstRest and longestRest bound the pause between failed rounds.
	firstRest   = time.Second
	longestRest = 30 * time.Second
	// graceful is how long stop waits for rounds that it cancelled.
	graceful = time.Second
)

func newLoop(b *Batcher) *loop {
	now := time.Now()
	l := &loop{Batcher: b, results: make(chan result, transport.MaxRounds), now: now, swept: now, shown: now}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.counts.Dropped = map[string]int64{}
	l.eager = b.opts.Spool != nil && (!b.opts.AtEnd || b.opts.Sync)
	return l
}

func (l *loop) run() {
	defer close(l.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for !l.stopped {
		l.sleep(timer)
		l.now = time.Now()
		l.schedule()
		if l.depth() >= l.need() || l.isDue() || l.isLive() || l.isHeavy() {
			l.drain()
		}
		l.sweep()
		l.show()
		l.relieve()
		l.tidy()
		l.send()
		l.answer()
		l.dropSpare()
	}
}

// sleep returns when there is something to do.
func (l *loop) sleep(timer *time.Timer) {
	// First the threshold, then the look at the queue: see push.
	l.threshold.Store(int64(l.need()))
	l.weight.Store(l.used.Load() + int64(l.opts.MaxBatch))
	if l.depth() >= l.need() {
		l.signal() // and not return: calls and results must have their turn
	}
	timer.Stop()
	if at := l.alarm(); !at.IsZero() {
		timer.Reset(time.Until(at))
	}
	select {
	case <-l.wake:
	case <-timer.C:
	case f := <-l.calls:
		f(l)
	case r := <-l.results:
		l.settle(r)
	}
}

// need is the depth of the queue that is worth waking up for.
func (l *loop) need() int {
	switch {
	case l.due.IsZero() || l.isEager():
		return 1 // the first one starts the clock
	case l.eager:
		return gulp
	case len(l.inflight) > 0 || l.failed > 0 || l.now.Before(l.paced):
		return gulp
	default:
		return max(1, l.opts.Size-l.waiting)
	}
}

// alarm is when to wake up at the latest, zero if only an event can change
// anything.
func (l *loop) alarm() time.Time {
	at := l.due
	switch {
	case at.IsZero() || len(l.inflight) >= l.slots():
		at = l.keep
	case at.Before(l.retryAt):
		at = l.retryAt
	case l.now.Before(l.paced) && l.paced.Before(at):
		at = l.paced
	}
	if again := l.shownAgain(); l.watched() && (at.IsZero() || again.Before(at)) {
		at = again
	}
	return earlier(at, l.diskAlarm())
}

// schedule sets due: Interval after the first item, or earlier if a root ended.
func (l *loop) schedule() {
	soon := l.soon.Load() // before the look at the queue, which then has the root
	if soon {
		l.soon.Store(false)
	}
	if l.due.IsZero() && (l.waiting > 0 || l.depth() > 0) {
		l.due = l.now.Add(l.opts.Interval)
	}
	if early := l.now.Add(rootDelay); soon && early.Before(l.due) {
		l.due = early
	}
}

// isHeavy reports whether a request's worth of payload has come since the loop
// went to sleep.
func (l *loop) isHeavy() bool { return l.used.Load() >= l.weight.Load() }

func (l *loop) isDue() bool { return !l.due.IsZero() && !l.now.Before(l.due) }

// drain takes everything out of the queue.
func (l *loop) drain() {
	if l.depth() > 0 {
		l.nextDrain = l.now.Add(tick)
	}
	for it := range l.queue.Take() {
		l.take(it)
	}
	l.drainDisk()
}

// take encodes an item that ended, and remembers one that did not.
func (l *loop) take(it *Item) {
	if it.state.CompareAndSwap(queued, held) {
		l.hold(it)
		return
	}
	if it.state.Load() == written {
		return // the other list has it, or had it
	}
	if it.open > 0 {
		l.forget(int(it.open) - 1)
	}
	if it.Span.Ended {
		l.counts.Ended++
	}
	l.encode(&it.Span)
	if it.Span.Size > 0 {
		l.used.Add(-int64(it.Span.Size))
		it.Span.Release() // the program may keep the span's context for long
	}
}

// send starts the rounds that may start now.
func (l *loop) send() {
	l.replay()
	for l.mayStart() {
		l.begin(l.pending[0])
	}
	if l.waiting == 0 && (l.isDue() || l.depth() == 0) {
		l.due = time.Time{}
		l.schedule() // for what came in meanwhile
	}
}

func (l *loop) mayStart() bool {
	switch {
	case len(l.pending) == 0 || l.waiting == 0 || len(l.inflight) >= l.slots():
		return false
	case len(l.waiters) > 0:
		return true // a flush does not wait for better times
	case l.now.Before(l.retryAt):
		return false
	case len(l.pending) > 1 || l.pending[0].read:
		return true // the first is full
	}
	// What comes while a request is under way makes the next one larger, unless
	// that takes too long.
	return l.isDue() || l.waiting >= l.opts.Size && len(l.inflight) == 0 && !l.now.Before(l.paced)
}

// slots is how many rounds may be under way. After a failure one at a time feels
// its way.
func (l *loop) slots() int {
	if l.failed > 0 {
		return 1
	}
	return transport.MaxRounds
}
