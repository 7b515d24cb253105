package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

const (
	// betweenFlushes keeps a server that fails at once from being asked without end.
	betweenFlushes = 250 * time.Millisecond
	// lastTry is what a shutdown gets whose context has ended already: most often
	// that is the one which the signal cancelled.
	lastTry = 2 * time.Second
	// graceful is how long the loop waits for rounds that it cancelled.
	graceful = time.Second
	// overtime is the same for a shutdown whose time is up.
	overtime = 20 * time.Millisecond
)

// Shutdown takes in nothing more, sends open items unfinished and then all there
// is, and stops the loop. What could not be sent when ctx ends, or when the
// destinations take nothing, is dropped, unless the spool has it. Later calls do
// nothing, and return nil.
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

// empty flushes until nothing is left or ctx ends. Without a deadline it gives up
// when two flushes in a row got nothing through. It returns what they did
// together, and the outcome of the last.
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

// close takes in nothing more, and feeds the open spans unfinished.
func (l *loop) close() {
	l.taken = l.Intake.Close(l.taken)
	l.written.close()
	l.feedAll()
	l.drain()
	l.dropAbandoned()
	unended := l.unended() // all of them before the first is put: see answerAsks
	for _, s := range unended {
		l.put(s)
	}
	l.stats.unfinished.Add(int64(len(unended)))
	for _, la := range l.lanes {
		la.outbox.Commit()
	}
}

// unended returns what may leave of the open spans.
func (l *loop) unended() (clean []*record.Span) {
	for _, open := range l.open {
		it := open.item.Value()
		if it == nil {
			continue // garbage since dropAbandoned
		}
		it.Mu.Lock()
		s := unfinished(&it.Span)
		it.Mu.Unlock()
		if !s.Ended { // otherwise its End is about to find the queue closed
			clean = append(clean, l.vet(s))
		}
	}
	return clean
}

// stop ends the loop and the rounds under way, and drops what is left. It
// returns err, the outcome of the last flush, brought up to date; total is what
// all flushes of the shutdown did. It waits for the rounds as long as grace says.
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

// waitForRounds settles the rounds that were cancelled, for a while: a RoundTripper may
// not mind its context.
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
