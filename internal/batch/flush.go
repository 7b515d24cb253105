package batch

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// A waiter is one call of Flush. Calls that overlap share the same rounds.
type waiter struct {
	reply chan error // gets exactly one value
	upTo  int        // the newest load it waits for
	since int        // the newest round that began before it did
	sent  int64
	told  int64 // dropped spans that a flush had told of before it began
	cause error // why something it waits for was dropped, nil if nothing was
}

func newWaiter() *waiter { return &waiter{reply: make(chan error, 1)} }

// flush makes w wait for everything that is there now.
func (l *loop) flush(w *waiter) {
	l.drain()
	l.sealBacklog()
	w.upTo, w.since, w.told = l.seq, l.rounds, l.told
	l.waiters = append(l.waiters, w)
}

// answer replies to the waiters for whom nothing is left to wait for.
func (l *loop) answer() {
	if len(l.waiters) == 0 {
		return
	}
	oldest := l.oldest()
	l.waiters = slices.DeleteFunc(l.waiters, func(w *waiter) bool {
		if oldest <= w.upTo {
			return false
		}
		l.reply(w, nil)
		return true
	})
}

// oldest is the number of the first load that is not settled.
func (l *loop) oldest() int {
	oldest := l.seq + 1
	for _, ld := range l.pending {
		if ld.Len() > 0 {
			oldest = min(oldest, ld.seq)
		}
	}
	for _, ld := range slices.Concat(l.inflight, l.parts) {
		oldest = min(oldest, ld.seq)
	}
	if len(l.backlog) > 0 {
		oldest = min(oldest, l.backlog[0].seq)
	}
	return oldest
}

// fail replies to the waiters that had a round of their own. One that came when
// the round was already under way gets another.
func (l *loop) fail(round int, cause error) {
	l.waiters = slices.DeleteFunc(l.waiters, func(w *waiter) bool {
		if round <= w.since {
			return false
		}
		l.reply(w, cause)
		return true
	})
}

// giveUp replies to w, whose context has ended, unless it has its reply already.
func (l *loop) giveUp(w *waiter, cause error) {
	if i := slices.Index(l.waiters, w); i >= 0 {
		l.waiters = slices.Delete(l.waiters, i, i+1)
		if l.failed > 0 {
			cause = errors.Join(cause, l.cause)
		}
		l.reply(w, cause)
	}
}

// reply tells w how it went: badly if there is a cause, or if spans were dropped
// that no flush before it has told of.
func (l *loop) reply(w *waiter, cause error) {
	l.told = l.dropped()
	lost := l.told - w.told
	if cause == nil {
		cause = w.cause
	}
	if lost > 0 && l.cause != nil && !errors.Is(cause, l.cause) {
		cause = errors.Join(cause, l.cause)
	}
	if lost > 0 && cause == nil {
		cause = errFull
	}
	if cause == nil {
		w.reply <- nil
		return
	}
	w.reply <- &FlushError{Sent: w.sent, Pending: l.unsettled(), Spooled: l.spooled, Dropped: lost, Cause: cause}
}

var errFull = errors.New("the queue was full")

// dropped is the number of spans lost so far, other than by ending after the
// shutdown.
func (l *loop) dropped() int64 {
	n := l.late.full.Load()
	for _, c := range l.counts.Dropped {
		n += c
	}
	return n
}

// unsettled is the number of ended spans that are neither delivered nor dropped.
func (l *loop) unsettled() (n int64) {
	for _, ld := range l.pending {
		n += ld.own()
	}
	for _, ld := range slices.Concat(l.inflight, l.parts) {
		n += ld.own()
	}
	return n
}

// count returns the counts as of now.
func (l *loop) count() Counts {
	l.drain()
	l.dropAbandoned()
	c := l.counts
	c.Open, c.Pending, c.Requests = int64(len(l.open)), l.unsettled(), int64(l.rounds)
	c.Spooled = l.spooled
	return c
}

// takeLost returns what the server does not know of, for a request to tell.
func (l *loop) takeLost() wire.Lost {
	full, events := l.late.full.Load(), l.late.events.Load()
	if n := full - l.noted.full; n > 0 {
		l.lost.Add(reasonFull, n)
	}
	l.lost.Events += events - l.noted.events
	masked, withheld := l.late.masked.Load(), l.late.withheld.Load()
	l.lost.Masked += masked - l.noted.masked
	l.lost.Withheld += withheld - l.noted.withheld
	l.noted = lateSeen{full, events, masked, withheld}

	lost := l.lost
	l.lost = wire.Lost{}
	return lost
}

// A lateSeen is how much of the lateCounts the loop has taken over.
type lateSeen struct{ full, events, masked, withheld int64 }

// giveBack takes back what a request could not tell.
func (l *loop) giveBack(lost wire.Lost) {
	for reason, n := range lost.Reasons {
		l.lost.Add(reason, n)
	}
	l.lost.Events += lost.Events
	l.lost.Truncated += lost.Truncated
	l.lost.Masked += lost.Masked
	l.lost.Withheld += lost.Withheld
}

// close takes in nothing more, and encodes the open spans unfinished.
func (l *loop) close() {
	for it := range l.queue.Close() {
		l.take(it)
	}
	l.closeDisk()
	l.dropAbandoned()
	for _, open := range l.open {
		it := open.item.Value()
		if it == nil {
			l.counts.Abandoned++
			continue
		}
		it.Mu.Lock()
		if !it.Span.Ended { // otherwise its End is about to find the queue closed
			l.encode(&it.Span)
			l.counts.Unfinished++
		}
		it.Mu.Unlock()
	}
	l.commit()
}

// stop ends the loop and the rounds under way, and drops what is left. It
// returns err, the outcome of the last flush, brought up to date; total is what
// all flushes of the shutdown did.
func (l *loop) stop(total FlushError, err error) error {
	told := l.told
	l.stopped = true
	l.cancel()
	grace := time.NewTimer(graceful)
	defer grace.Stop()
	for len(l.inflight) > 0 {
		select {
		case r := <-l.results:
			l.settle(r)
			continue
		case <-grace.C: // a RoundTripper that does not mind its context
		}
		break
	}
	var cause error = context.Canceled
	var failure *FlushError
	if errors.As(err, &failure) {
		cause = failure.Cause
	}
	for _, ld := range slices.Concat(l.pending, l.inflight, l.parts) {
		l.leave(ld)
	}
	l.pending, l.inflight, l.parts = nil, nil, nil
	for _, other := range l.waiters {
		l.reply(other, cause)
	}
	l.waiters = nil
	if failure != nil {
		err = &FlushError{Sent: total.Sent, Spooled: l.spooled, Dropped: total.Dropped + l.dropped() - told, Cause: cause}
	}
	l.final = l.counts
	l.final.Spooled, l.final.Requests = l.spooled, int64(l.rounds)
	return err
}
