package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// A FlushError reports what a flush did not deliver.
type FlushError struct {
	Op      string // "flush", "snapshot" or "shutdown"
	Sent    int64  // spans accepted by the destinations during the call
	Pending int64  // spans kept in memory, to be sent later
	Spooled int64  // spans kept on disk only, to be sent later
	Dropped int64  // spans lost since a flush last reported losses
	Err     error
}

func (e *FlushError) Error() string {
	spooled := ""
	if e.Spooled > 0 {
		spooled = fmt.Sprintf("%d spooled, ", e.Spooled)
	}
	return fmt.Sprintf("mutagent: %s: %d spans sent, %d pending, %s%d dropped: %v", e.Op, e.Sent, e.Pending, spooled, e.Dropped, e.Err)
}

func (e *FlushError) Unwrap() error { return e.Err }

// A waiter is one call of Flush. Calls that overlap share the same rounds.
type waiter struct {
	op    string
	reply chan error   // gets exactly one value
	sent  atomic.Int64 // spans sent by all lanes
	told  int64        // dropped spans that a flush had reported before this one began
	began time.Time    // owned by the loop, like the rest
	after int          // number of items fed when everything that it waits for is in the outboxes
	lanes []waiting
	cause error // why a span that the flush covers failed or was dropped; nil if none was
}

// A waiting is what a waiter waits for in one lane.
type waiting struct {
	upTo  int  // a mark of the outbox; everything while the feed has items to wait for
	since int  // the newest round that began before the flush
	over  bool // a round failed; the waiter no longer waits for this lane
}

// Flush sends what was recorded before the call, and returns nil when all destinations
// have accepted it. Otherwise it returns a *FlushError, soon after ctx ends or when a
// round of attempts has failed. Undelivered spans are kept.
func (p *Pipeline) Flush(ctx context.Context) error {
	return p.flush(ctx, "flush", (*loop).flush)
}

// Snapshot is a Flush that also sends open items, with the data recorded so far.
func (p *Pipeline) Snapshot(ctx context.Context) error {
	return p.flush(ctx, "snapshot", func(l *loop, w *waiter) {
		l.drain()
		l.now = time.Now() // after the drain, so that no span starts later than now
		l.showOpen(0)
		l.flush(w)
	})
}

func (p *Pipeline) flush(ctx context.Context, op string, how func(*loop, *waiter)) error {
	w := &waiter{op: op, reply: make(chan error, 1), told: p.told.Load()}
	p.ask(func(l *loop) { how(l, w) })
	err := p.wait(ctx, w)
	if err != nil {
		p.opts.Trouble.Wait(troubleWait)
	}
	return err
}

// troubleWait is how long a failed flush waits for the log lines that explain it.
const troubleWait = 20 * time.Millisecond

// wait returns the reply. If ctx ends and the loop is busy, it returns what is known
// then.
func (p *Pipeline) wait(ctx context.Context, w *waiter) error {
	select {
	case err := <-w.reply:
		return err
	case <-p.done:
		return p.flushLate(w)
	case <-ctx.Done():
	}
	p.ask(func(l *loop) { l.giveUp(w, context.Cause(ctx)) })
	grace := time.NewTimer(busyWait)
	defer grace.Stop()
	select {
	case err := <-w.reply:
		return err
	case <-p.done:
		return p.flushLate(w)
	case <-grace.C:
		return p.report(w, errors.Join(context.Cause(ctx), errBusy))
	}
}

// busyWait is how long a flush waits for the loop after its context has ended.
const busyWait = 20 * time.Millisecond

var errBusy = errors.New("a Redactor, another function of the program that the delivery calls, or the disk of the spool has not returned")

// flushLate is the reply after the loop has stopped. It reports spans that ended too
// late.
func (p *Pipeline) flushLate(w *waiter) error {
	select {
	case err := <-w.reply:
		return err
	default:
	}
	ended := p.Intake.Losses().Late
	if n := ended - p.lateTold.Swap(ended); n > 0 {
		return &FlushError{Op: w.op, Dropped: n, Err: errShutdown}
	}
	return nil
}

var errShutdown = errors.New("spans ended after the shutdown")

// report returns the result for w. It is an error if there is a cause, or if spans were
// dropped that no earlier flush has reported.
func (p *Pipeline) report(w *waiter, cause error) error {
	dropped := p.dropped()
	for told := p.told.Load(); told < dropped && !p.told.CompareAndSwap(told, dropped); {
		told = p.told.Load()
	}
	lost := dropped - w.told
	if lost > 0 {
		for _, la := range p.lanes {
			if last := la.lastCause(); last != nil && !errors.Is(cause, last) {
				cause = errors.Join(cause, last)
			}
		}
		if cause == nil {
			cause = errFull
		}
	}
	if cause == nil {
		return nil
	}
	e := &FlushError{Sent: w.sent.Load(), Dropped: lost, Op: w.op, Err: cause}
	for _, la := range p.lanes {
		c := la.outbox.Counts()
		e.Pending += c.Pending + p.Intake.Waiting()
		e.Spooled += c.Spooled
	}
	return e
}

var errFull = errors.New("the queue was full")

// flush makes w wait for everything recorded so far.
func (l *loop) flush(w *waiter) {
	l.collect()
	l.now = time.Now()
	w.began = l.now
	l.expect(w)
	l.waiters = append(l.waiters, w)
}

// answerWaiters replies to the waiters that have nothing left to wait for.
func (l *loop) answerWaiters() {
	if len(l.waiters) == 0 {
		return
	}
	oldest := make([]int, len(l.lanes))
	for i, la := range l.lanes {
		oldest[i] = la.outbox.Oldest()
	}
	l.waiters = slices.DeleteFunc(l.waiters, func(w *waiter) bool {
		for i, la := range l.lanes {
			if !w.lanes[i].over && (oldest[i] <= w.lanes[i].upTo || la.outbox.HasLeftovers(w.began)) {
				return false
			}
		}
		w.reply <- l.report(w, w.cause)
		return true
	})
}

// failWaiters records a failed round in the waiters that wait for this lane. A waiter
// that arrived while the round was already under way gets another round.
func (l *loop) failWaiters(la *lane, round int, cause error) {
	i := slices.Index(l.lanes, la)
	for _, w := range l.waiters {
		if lane := &w.lanes[i]; round > lane.since && !lane.over {
			lane.over = true
			w.cause = join(w.cause, l.named(la, cause))
		}
	}
}

// failDropped records in the waiters that a span they wait for was dropped.
func (l *loop) failDropped(la *lane, upTo int, cause error) {
	i := slices.Index(l.lanes, la)
	for _, w := range l.waiters {
		if upTo <= w.lanes[i].upTo {
			w.cause = join(w.cause, l.named(la, cause))
		}
	}
}

// named adds the name of the destination to cause if there are several destinations.
func (l *loop) named(la *lane, cause error) error {
	if len(l.lanes) == 1 || cause == nil {
		return cause
	}
	return fmt.Errorf("%s: %w", la.dest.Name(), cause)
}

// join adds a cause, unless it is already included.
func join(all, cause error) error {
	if all == nil || cause == nil || errors.Is(all, cause) || all.Error() == cause.Error() {
		if all == nil {
			return cause
		}
		return all
	}
	return errors.Join(all, cause)
}

// giveUp replies to w, whose context has ended, unless w already has its reply.
func (l *loop) giveUp(w *waiter, cause error) {
	i := slices.Index(l.waiters, w)
	if i < 0 {
		return
	}
	l.waiters = slices.Delete(l.waiters, i, i+1)
	for _, la := range l.lanes {
		if la.sender.Failing() {
			cause = join(cause, l.named(la, la.lastCause()))
		}
	}
	w.reply <- l.report(w, cause)
}
