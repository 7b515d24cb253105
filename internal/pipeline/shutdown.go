package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/intake"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

const (
	// betweenFlushes limits how often a server that fails immediately is asked.
	betweenFlushes = 250 * time.Millisecond
	// lastTry is the time for a shutdown whose context has already ended, most often
	// because a signal cancelled it.
	lastTry = 2 * time.Second
	// graceful is how long the loop waits for the rounds it cancelled.
	graceful = time.Second
	// overtime is the same limit for a shutdown whose context has ended.
	overtime = 20 * time.Millisecond
)

// Shutdown stops accepting items, sends everything including open items unfinished, and
// stops the loop. Items that could not be sent when ctx ends, or because the
// destinations accept nothing, are dropped unless the spool has them. Later calls do
// nothing and return nil.
func (p *Pipeline) Shutdown(ctx context.Context) error {
	if !p.shutdown.CompareAndSwap(false, true) {
		select {
		case <-p.done:
		case <-ctx.Done():
		}
		return nil
	}
	if ctx.Err() != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), lastTry)
		defer cancel()
	}
	p.Intake.Refuse()
	told := p.told.Load()
	p.ask((*loop).close)
	total, err := p.empty(ctx)
	grace := graceful
	if ctx.Err() != nil {
		grace = overtime
	}
	stopped := make(chan error, 1)
	p.ask(func(l *loop) { stopped <- l.stop(total, told, err, grace/2) })
	limit := time.NewTimer(grace)
	defer limit.Stop()
	select {
	case err = <-stopped:
		<-p.done
		p.opts.Trouble.Wait(grace / 2)
	case <-limit.C:
		err = p.report(&waiter{op: "shutdown", told: told}, errors.Join(err, errBusy))
	}
	for _, la := range p.lanes {
		la.sender.Close()
	}
	return err
}

// empty flushes until nothing is left or ctx ends. Without a deadline it gives up when
// two flushes in a row delivered nothing. It returns the totals of all flushes and the
// outcome of the last.
func (p *Pipeline) empty(ctx context.Context) (total FlushError, err error) {
	_, bounded := ctx.Deadline()
	for idle := 0; ; {
		w := &waiter{op: "shutdown", reply: make(chan error, 1), told: p.told.Load()}
		p.ask(func(l *loop) { l.flush(w) })
		err = p.wait(ctx, w)
		var failure *FlushError
		if !errors.As(err, &failure) {
			total.Sent += w.sent.Load()
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

// close stops accepting items, and feeds the open spans unfinished.
func (l *loop) close() {
	l.receive(l.Intake.Close)
	l.written.close()
	l.drain()
	l.dropAbandoned()
	unended := l.unended() // collect all before putting the first, see answerAsks
	for _, s := range unended {
		l.putSpan(s)
	}
	l.stats.unfinished.Add(int64(len(unended)))
	for _, la := range l.lanes {
		la.outbox.Commit()
	}
}

// unended returns redacted copies of the open spans.
func (l *loop) unended() (clean []*record.Span) {
	for _, open := range l.open {
		it := open.item.Value()
		if it == nil {
			continue // collected as garbage since dropAbandoned
		}
		if s := stillOpen(it); s != nil {
			clean = append(clean, l.vet(s))
		}
	}
	return clean
}

// stillOpen returns a copy of an open span. It returns nil if the span has ended: it
// belongs to the goroutine that ended it, which is about to find the queue closed.
func stillOpen(it *intake.Item) *record.Span {
	it.Mu.Lock()
	defer it.Mu.Unlock()
	if it.Span.Ended {
		return nil
	}
	return unfinished(&it.Span)
}

// stop ends the loop and the rounds under way, and drops what is left. It returns err,
// the outcome of the last flush, with current counts. total has the counts of all
// flushes of the shutdown. It waits for the rounds at most for grace.
func (l *loop) stop(total FlushError, told int64, err error, grace time.Duration) error {
	l.stopped = true
	for _, la := range l.lanes {
		la.sender.Cancel()
	}
	l.waitForRounds(grace)
	var cause error = context.Canceled
	var failure *FlushError
	if errors.As(err, &failure) {
		cause = failure.Err
	}
	for _, la := range l.lanes {
		la.outbox.Close(cause)
	}
	for _, other := range l.waiters {
		other.reply <- l.report(other, cause)
	}
	l.waiters = nil
	if failure == nil {
		return err
	}
	var spooled int64
	for _, la := range l.lanes {
		spooled += la.outbox.Counts().Spooled
	}
	dropped := l.dropped()
	l.told.Store(dropped)
	return &FlushError{Sent: total.Sent, Spooled: spooled, Dropped: dropped - told, Op: "shutdown", Err: cause}
}

// waitForRounds settles the cancelled rounds. It waits at most for grace, because a
// RoundTripper may ignore its context.
func (l *loop) waitForRounds(grace time.Duration) {
	limit := time.NewTimer(grace)
	defer limit.Stop()
	for l.inflight() > 0 {
		select {
		case settle := <-l.results:
			settle(l)
		case <-limit.C:
			return
		}
	}
}

func (l *loop) inflight() (n int) {
	for _, la := range l.lanes {
		n += la.outbox.Inflight()
	}
	return n
}
