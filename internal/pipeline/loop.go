package pipeline

import (
	"fmt"
	"time"
)

// A loop is the consumer side of a Pipeline. Only its goroutine accesses it. Other
// goroutines ask it to run a function.
type loop struct {
	*Pipeline

	now time.Time // when the loop last woke up
	due time.Time // when the queue must be emptied; zero while it is empty

	feed  feed          // items taken out of the queue
	asked []func(*loop) // functions to run for others; the first is running
	wary  bool          // whether a Redactor has ended the loop's goroutine before

	open    []openItem
	swept   time.Time // when open was last searched for abandoned spans
	shown   time.Time // when open was last searched for spans to show
	waiters []*waiter
	cause   error // error of the last failed round

	eager     bool      // whether ended spans are taken within a tick
	nextDrain time.Time // the earliest time of the next drain, if eager
	spareTo   time.Time // when spare memory is freed

	stopped bool
}

const (
	// rootDelay is how soon a request starts after a local root has ended. A short
	// script's spans are sent before it exits.
	rootDelay = 100 * time.Millisecond
	// many is the number of spans that wakes the loop when no request can start.
	many = 256
	// tick is about how long an ended span stays only in memory if there is a spool.
	// Without it, producers would wake the loop for every span.
	tick = 2 * time.Millisecond
)

func newLoop(p *Pipeline) *loop {
	now := time.Now()
	l := &loop{Pipeline: p, now: now, swept: now, shown: now}
	for _, la := range p.lanes {
		l.eager = l.eager || la.outbox.HasSpool() && (!p.opts.AtEnd || la.sync)
	}
	for _, la := range p.lanes {
		la.outbox.OnDrop(func(upTo int, cause error) { l.failDropped(la, upTo, cause) })
	}
	return l
}

// run is the loop's goroutine. A Redactor may end it; then another goroutine continues
// where it stopped.
func (l *loop) run() {
	defer func() {
		if l.stopped {
			close(l.done)
			return
		}
		if p := recover(); p != nil {
			l.opts.Trouble.Warn("delivery", "panic", fmt.Sprintf("a panic was caught: %v", p))
			l.asked = l.asked[min(1, len(l.asked)):] // it would panic again
		}
		l.wary = true
		l.signal()
		go l.run()
	}()
	if l.feed.feeding { // the previous goroutine ended while it fed a span
		l.withhold()
	}
	for !l.stopped {
		l.turn()
	}
}

func (l *loop) turn() {
	l.sleep()
	l.now = time.Now()
	l.answerAsks()
	l.schedule()
	switch {
	case l.depth() >= l.need() || l.isDue() || l.isLive() || l.Intake.IsHeavy():
		l.collect()
		l.feedReady()
	case l.feed.waiting() > 0:
		l.feedReady()
	}
	l.sweep()
	l.show()
	for _, la := range l.lanes {
		la.outbox.Relieve()
		la.outbox.Tidy()
		la.complain(l)
		la.send(l)
	}
	l.answerWaiters()
	l.dropSpare()
}

// sleep returns when there is something to do.
func (l *loop) sleep() {
	// Set the threshold first, then look at the queue: see intake.push.
	need := l.need()
	waiting := l.Intake.Threshold(need, l.budget.Used()+heavy)
	if waiting+int(l.written.depth.Load()) >= need {
		l.signal() // do not return: results must be handled too
	}
	var alarm <-chan time.Time
	if at := l.alarm(); !at.IsZero() {
		timer := time.NewTimer(time.Until(at))
		defer timer.Stop()
		alarm = timer.C
	}
	select {
	case <-l.wake:
	case <-alarm:
	case settle := <-l.results:
		l.now = time.Now()
		settle(l)
	}
}

// heavy is the number of payload bytes that wakes the loop.
const heavy = 1 << 20

// answerAsks runs the functions that others asked for. If one ends the goroutine, the
// next goroutine starts with the same function.
func (l *loop) answerAsks() {
	l.mu.Lock()
	l.asked = append(l.asked, l.asks...)
	l.asks = nil
	l.mu.Unlock()
	for len(l.asked) > 0 {
		l.asked[0](l)
		l.asked = l.asked[1:]
	}
	l.asked = nil
}

// need returns the queue depth that is worth waking up for.
func (l *loop) need() int {
	if l.due.IsZero() || l.isEager() {
		return 1 // the first item starts the timer
	}
	if l.eager {
		return many
	}
	need := many
	for _, la := range l.lanes {
		if !la.isBusy(l.now) {
			need = min(need, max(1, l.opts.Size-la.outbox.Waiting()))
		}
	}
	return need
}

// isEager reports whether every item is taken at once.
func (l *loop) isEager() bool { return l.eager && !l.now.Before(l.nextDrain) }

// alarm returns the latest time to wake up. It is zero if only an event can change
// anything.
func (l *loop) alarm() time.Time {
	at := earlier(l.due, l.spareTo)
	if l.eager && l.now.Before(l.nextDrain) {
		at = earlier(at, l.nextDrain)
	}
	if l.isWatched() {
		at = earlier(at, l.shownAgain())
	}
	for _, la := range l.lanes {
		at = earlier(at, la.alarm(l))
		if paced := la.sender.PacedTo(); !l.due.IsZero() && l.now.Before(paced) {
			at = earlier(at, paced) // need is lower from then on
		}
	}
	return at
}

// earlier returns the earlier of two times. A zero time means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// schedule sets due to Interval after the first item, or earlier if a root has ended.
func (l *loop) schedule() {
	soon := l.Intake.Soon() // before reading the depth, so that the queue already has the root
	if l.due.IsZero() && l.depth() > 0 {
		l.due = l.now.Add(l.opts.Interval)
	}
	if !soon {
		return
	}
	early := l.now.Add(rootDelay)
	l.due = earlier(l.due, early)
	if l.feed.waiting() > 0 {
		l.feed.due = earlier(l.feed.due, early)
	}
	for _, la := range l.lanes {
		if !la.due.IsZero() {
			la.due = earlier(la.due, early)
		}
	}
}

func (l *loop) isDue() bool { return !l.due.IsZero() && !l.now.Before(l.due) }

func (l *loop) dropSpare() {
	if l.spareTo.IsZero() || l.now.Before(l.spareTo) {
		return
	}
	l.spareTo = time.Time{}
	for _, la := range l.lanes {
		la.outbox.DropSpare()
	}
}

func (l *loop) debugf(format string, args ...any) {
	if l.opts.Debug != nil {
		fmt.Fprintf(l.opts.Debug, "mutagent: "+format+"\n", args...)
	}
}
