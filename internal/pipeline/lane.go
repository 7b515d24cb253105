package pipeline

import (
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/outbox"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/sender"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// A Lane configures delivery to one destination.
type Lane struct {
	Destination destination.Destination
	Client      *http.Client // nil for a client of the sender's own
	Connection  sender.Connection
	Mask        func(string) string // hides secrets in messages from the server

	Spool *spool.Spool // keeps spans on disk until they are delivered; nil for none
	Sync  bool         // sync the spool's files after writing
}

// A lane delivers to one destination. It has its own outbox and sender, so a slow
// destination does not hold up the others.
type lane struct {
	dest   destination.Destination
	outbox *outbox.Outbox
	sender *sender.Sender
	sync   bool // see Lane.Sync

	due   time.Time // when the waiting spans must be sent; zero while none wait
	cause atomic.Pointer[error]
	noted notedLosses // losses already reported to the destination, or about to be
	errs  int64       // spool errors already reported to the user
	kept  int64       // files of other versions already reported to the user
}

func newLane(p *Pipeline, opts Lane) *lane {
	la := &lane{dest: opts.Destination, sync: opts.Sync}
	la.outbox = outbox.New(outbox.Options{
		Destination: opts.Destination,
		Budget:      p.budget,
		Spool:       opts.Spool,
		Sync:        opts.Sync,
	})
	la.sender = sender.New(sender.Options{
		Destination: opts.Destination,
		Client:      opts.Client,
		Connection:  opts.Connection,
		Mask:        opts.Mask,
	})
	return la
}

// lastCause returns the error of the last failed round, or nil if none has failed.
func (la *lane) lastCause() error {
	if err := la.cause.Load(); err != nil {
		return *err
	}
	return nil
}

// send starts the rounds that may start now.
func (la *lane) send(l *loop) {
	la.outbox.Replay(la.mood(l))
	for la.mayStart(l) {
		parcel := la.outbox.Next()
		if parcel == nil {
			break
		}
		la.begin(l, parcel)
	}
	if la.outbox.Waiting() == 0 {
		la.due = time.Time{}
	} else if la.due.IsZero() {
		la.due = l.now.Add(l.opts.Interval)
	}
}

// sendFull starts rounds for the requests that are full.
func (la *lane) sendFull(l *loop) {
	for la.outbox.IsFull() && la.mayStart(l) {
		la.begin(l, la.outbox.Next())
	}
}

// isSated reports whether feeding can wait, because a full request waits for the end of
// another.
func (la *lane) isSated(l *loop) bool {
	return la.outbox.IsFull() && la.isOccupied(l) && !la.sender.Failing() && !la.outbox.HasSpool()
}

// isOccupied reports whether no round can start before one under way has ended.
func (la *lane) isOccupied(l *loop) bool {
	n := la.outbox.Inflight()
	return n >= la.sender.Slots() || n > 0 && la.outbox.InflightSize() >= l.opts.Memory/inflightShare
}

// inflightShare is the fraction 1/32 of the memory that requests under way may use
// before others wait: by default two requests of 1 MiB. Two rounds compress as fast as the
// loop encodes, so more would only use memory.
const inflightShare = 32

func (la *lane) mood(l *loop) outbox.Mood {
	var flush time.Time
	if n := len(l.waiters); n > 0 {
		flush = l.waiters[n-1].began
	}
	return outbox.Mood{Now: l.now, Flush: flush, Failing: la.sender.Failing(), RestTo: la.sender.RestTo()}
}

func (la *lane) mayStart(l *loop) bool {
	switch {
	case la.outbox.Waiting() == 0 || la.isOccupied(l):
		return false
	case len(l.waiters) > 0:
		return true // a flush does not wait for the end of a pause
	case l.now.Before(la.sender.RestTo()):
		return false
	case la.outbox.IsFull():
		return true
	}
	// Spans that arrive while a request is under way make the next request larger,
	// unless that takes too long.
	return la.isDue(l.now) ||
		la.outbox.Waiting() >= l.opts.Size && la.outbox.Inflight() == 0 && !l.now.Before(la.sender.PacedTo())
}

func (la *lane) isDue(now time.Time) bool { return !la.due.IsZero() && !now.Before(la.due) }

// isBusy reports whether the number of waiting spans alone cannot start a request now.
func (la *lane) isBusy(now time.Time) bool {
	return la.outbox.Inflight() > 0 || la.sender.Failing() || now.Before(la.sender.PacedTo())
}

// alarm returns the latest time to look again. It is zero if only an event can change
// anything.
func (la *lane) alarm(l *loop) time.Time {
	at := la.outbox.ReplayTime(la.mood(l))
	if la.outbox.Waiting() == 0 || la.isOccupied(l) {
		return at
	}
	next := la.due
	if la.outbox.IsFull() || len(l.waiters) > 0 {
		next = l.now
	}
	if paced := la.sender.PacedTo(); la.outbox.Waiting() >= l.opts.Size && la.outbox.Inflight() == 0 && paced.Before(next) {
		next = paced
	}
	if len(l.waiters) == 0 && next.Before(la.sender.RestTo()) {
		next = la.sender.RestTo()
	}
	return earlier(at, next)
}

func (la *lane) begin(l *loop, parcel *outbox.Parcel) {
	la.noteLosses(l)
	lost := la.outbox.TakeLost()
	frame := func() *destination.Body { return la.outbox.Frame(parcel, lost.Clone()) }
	n := parcel.Len()
	la.sender.Begin(l.now, n, frame, func(r sender.Result) {
		select {
		case l.results <- func(l *loop) { la.settle(l, parcel, lost, r) }:
		case <-l.done:
		}
	})
}

// settle handles the outcome of a round.
func (la *lane) settle(l *loop, parcel *outbox.Parcel, lost record.Lost, r sender.Result) {
	l.debugf("%s: %d spans, %v: %v", la.dest.Name(), parcel.Len(), r.Took.Round(time.Millisecond), outcome(r.Err))
	if r.Body != nil && !r.Body.Release() {
		parcel.Detach()
	}
	if r.Err != nil {
		la.cause.Store(&r.Err)
		l.cause = r.Err
	}
	if r.Verdict == destination.Accepted {
		la.accepted(l, parcel, r)
		return
	}
	la.outbox.GiveBackLost(lost)
	switch r.Verdict {
	case destination.TooMuch:
		la.outbox.Shrink(parcel, r.Err)
	case destination.Unacceptable:
		la.outbox.Narrow(parcel, r.Err)
		la.warn(l, "unacceptable", "spans were not accepted and are dropped: ", r.Err)
	case destination.Refused:
		la.outbox.Reject(parcel, outbox.ReasonRejected, r.Err)
		la.warn(l, "refused", "spans are refused and dropped: ", r.Err)
	default:
		la.outbox.Return(parcel)
		la.due = l.now // the spans were due before the attempt
		la.sender.Rest(r.Round, r.RetryAfter)
		la.warn(l, "later", "spans are not delivered: ", r.Err)
		l.failWaiters(la, r.Round, r.Err)
	}
}

func (la *lane) accepted(l *loop, parcel *outbox.Parcel, r sender.Result) {
	delivered := la.outbox.Deliver(parcel, r.Rejected, r.Err)
	la.sender.Succeeded()
	for _, w := range l.waiters {
		w.sent.Add(delivered)
	}
	if r.Rejected > 0 {
		la.warn(l, "rejected", "", r.Err)
		return
	}
	l.opts.Trouble.Recovered(la.dest.Name(), "spans are delivered again", slog.String("url", la.dest.URL()))
}

// warn tells the user why spans are not delivered.
func (la *lane) warn(l *loop, cause, text string, err error) {
	c := la.outbox.Counts()
	l.opts.Trouble.Warn(la.dest.Name(), cause, text+err.Error(),
		slog.String("url", la.dest.URL()), slog.Int64("waiting", c.Pending+c.Spooled+l.Intake.Waiting()), slog.Int64("dropped", c.Lost()))
}

func outcome(err error) string {
	if err == nil {
		return "accepted"
	}
	return err.Error()
}

// complain reports the spool's last error, and files of other versions that stay in the
// spool.
func (la *lane) complain(l *loop) {
	if kept := la.outbox.Counts().Kept; kept > la.kept {
		la.kept = kept
		l.opts.Trouble.Warn("spool of "+la.dest.Name(), "kept",
			fmt.Sprintf("%d files of the spool were written by another version of this package, and stay for that to deliver", kept))
	}
	if n, err := la.outbox.SpoolErrors(); n > la.errs {
		la.errs = n
		l.debugf("spool: %v", err)
		l.opts.Trouble.Warn("spool of "+la.dest.Name(), "spool", fmt.Sprintf("the spool cannot be used, spans are kept in memory only: %v", err))
	}
}
