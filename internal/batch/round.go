package batch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mutagent-io/mutagent-go/internal/transport"
	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// A result is the outcome of a round.
type result struct {
	load  *load
	round int
	body  *wire.Body
	lost  wire.Lost // what the request told of
	err   *transport.Error
}

// begin starts a round for ld, which is the first of pending.
func (l *loop) begin(ld *load) {
	l.pending[0] = nil
	l.pending = l.pending[1:]
	l.waiting -= ld.Len()
	l.inflight = append(l.inflight, ld)
	l.rounds++
	l.paced = l.now.Add(pace)
	r := result{load: ld, round: l.rounds, lost: l.takeLost()}
	go func() {
		// The round owns r.load until it is in results.
		r.body, r.err = l.round(r)
		l.results <- r
	}()
}

func (l *loop) round(r result) (*wire.Body, *transport.Error) {
	id, _ := uuid.NewV7() // fails only without randomness, and then is nil
	header := &l.opts.Header
	if r.load.header != nil {
		header = r.load.header
	}
	body := r.load.Body(id.String(), header, r.lost)
	began := time.Now()
	err := l.transport.Round(l.ctx, body)
	l.debugf("sent batch %s: %d spans, %d bytes, %v: %v", id, r.load.Len(), body.Size(), time.Since(began).Round(time.Millisecond), outcome(err))
	return body, err
}

func outcome(err *transport.Error) string {
	if err == nil {
		return "accepted"
	}
	return err.Error()
}

func (l *loop) debugf(format string, args ...any) {
	if l.opts.Debug != nil {
		fmt.Fprintf(l.opts.Debug, "mutagent: "+format+"\n", args...)
	}
}

// settle deals with the outcome of a round.
func (l *loop) settle(r result) {
	ld := r.load
	l.inflight = slices.DeleteFunc(l.inflight, func(other *load) bool { return other == ld })
	if r.body.Busy() {
		ld.Detach()
	}
	if r.err == nil {
		l.deliver(ld)
		return
	}
	l.giveBack(r.lost)
	l.cause = r.err
	switch r.err.Verdict {
	case transport.Rejected:
		l.drop(ld, reasonRejected)
	case transport.TooLarge:
		l.shrink(ld)
	default:
		l.putBack(ld)
		l.rest(r.round, r.err.RetryAfter)
		l.fail(r.round, r.err)
	}
}

func (l *loop) deliver(ld *load) {
	ended := ld.own()
	l.counts.Delivered += ended
	l.counts.Replayed += ld.Ended() - ended
	l.used.Add(-ld.size)
	l.forgetOnDisk(ld)
	l.failed, l.retryAt = 0, time.Time{}
	for _, w := range l.waiters {
		w.sent += ended
	}
	l.recycle(ld)
}

// putBack makes ld the first to be sent. It was due, and still is.
func (l *loop) putBack(ld *load) {
	l.due = l.now
	l.prepend(ld)
}

func (l *loop) prepend(ld *load) {
	l.pending = slices.Insert(l.pending, 0, ld)
	l.waiting += ld.Len()
}

// shrink halves a load that was too large. A single span goes without its
// payload, and if even that is too large, not at all.
func (l *loop) shrink(ld *load) {
	if n := ld.Len(); n > 1 {
		rest := &load{Batch: *ld.Split(n / 2), seq: ld.seq, header: ld.header, read: ld.read}
		rest.from = cutFrom(&ld.from, n/2)
		l.weigh(rest)
		l.weigh(ld)
		l.putBack(rest)
		l.putBack(ld)
		return
	}
	before := ld.Size()
	l.waiting += ld.Len() // strip takes an addendum out of waiting
	l.strip(ld)
	l.waiting -= ld.Len()
	if ld.Len() > 0 && ld.Size() < before {
		l.putBack(ld)
		return
	}
	l.drop(ld, reasonTooLarge)
}

func (l *loop) drop(ld *load, reason string) {
	n := ld.own()
	l.counts.ReplayLost += ld.Ended() - n
	l.used.Add(-ld.size)
	l.forgetOnDisk(ld)
	for _, w := range l.waiters {
		if ld.seq <= w.upTo {
			w.cause = l.cause
		}
	}
	l.lose(reason, n)
	l.dropEvents(ld.Addenda())
}

func (l *loop) dropEvents(n int64) {
	l.counts.DroppedEvents += n
	l.lost.Events += n
}

// rest puts off the next round: as long as the server asked, or longer after
// each failure. Rounds that were under way together fail together.
func (l *loop) rest(round int, asked time.Duration) {
	pause := min(firstRest<<min(l.failed, 8), longestRest)
	if round > l.failedUpTo {
		l.failed++
		l.failedUpTo = l.rounds
	}
	l.retryAt = time.Now().Add(min(max(asked, pause/2+rand.N(pause/2)), longestRest))
}
