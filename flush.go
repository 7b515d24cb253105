package mutagent

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/pipeline"
)

// Flush sends everything that ended or was logged before the call, and returns
// nil when the server has accepted it all, what this client has in
// its spool included, but not what others left there. Call it where the process may be
// frozen or end, such as a Lambda handler.
//
// Flush makes at most one round of attempts per request: three, with pauses of
// up to a few seconds between them. If that fails, or ctx ends first, it returns
// a [*DeliveryError] that wraps the cause. What was not delivered stays, and is
// sent later; nothing is lost by a Flush that ran out of time. Spans that were
// dropped earlier, and that no Flush has told of, are part of the error too.
// Calls that overlap share the same requests.
//
// It is the client of the span in ctx that is flushed, or the one that ctx names,
// see [Client.Context]; without either it is the default client.
func Flush(ctx context.Context) error {
	c, err := clientIn(ctx)
	if err != nil {
		return err
	}
	return c.Flush(ctx)
}

// clientIn returns the client that ctx speaks of, or else the default one.
func clientIn(ctx context.Context) (*Client, error) {
	if c := scopeOf(ctx).client; c != nil {
		return c, nil
	}
	return std.client.Load(), envError()
}

// envError returns what was wrong with the environment when the first span
// looked at it.
func envError() error {
	std.mu.Lock()
	defer std.mu.Unlock()
	return std.err
}

// Shutdown takes in no more spans, sends the open ones with [StatusUnset], and
// then everything, again and again until ctx ends; without a deadline it gives up
// when the server takes nothing two times in a row, which is a matter of seconds.
// If ctx has ended already, as the context that a signal cancels has, Shutdown
// still tries for 2 s. What cannot be sent is dropped, or stays in
// the spool, and the error says so.
// Spans may end during and after it; that never blocks. Afterwards Start does
// nothing until another Init, and later calls return nil.
func Shutdown(ctx context.Context) error {
	std.mu.Lock()
	c := std.client.Load()
	forgetEnvironment()
	std.mu.Unlock()
	return c.Shutdown(ctx)
}

// A DeliveryError says what a Flush or Shutdown could not do. It wraps the
// cause: the context's, the last failure, or both.
type DeliveryError struct {
	Op      string // "flush", "snapshot" or "shutdown"
	Sent    int64  // spans the server accepted during the call
	Pending int64  // spans kept, to be sent later
	Spooled int64  // spans kept in the [Spool] only, to be sent later, if need be by the next process
	Dropped int64  // spans lost, since the last call that told
	Err     error
}

// Error says everything in one line.
func (e *DeliveryError) Error() string { return (*pipeline.FlushError)(e).Error() }

// Unwrap returns the cause.
func (e *DeliveryError) Unwrap() error { return e.Err }

// deliveryError makes the error of the pipeline the package's own.
func deliveryError(err error) error {
	var f *pipeline.FlushError
	if errors.As(err, &f) {
		return (*DeliveryError)(f)
	}
	return err
}

// Statistics count what became of spans. At any moment
//
//	Ended = Delivered + Pending + Spooled + the sum of Dropped
//
// Replayed and ReplayLost are about spans of other processes, which count nowhere
// else. As JSON, and so as an [expvar.Func], the fields have their names in camel
// case.
type Statistics struct {
	Open      int64 `json:"open"`      // started and not ended
	Ended     int64 `json:"ended"`     //
	Delivered int64 `json:"delivered"` // accepted by the server
	Pending   int64 `json:"pending"`   // waiting, or in a request that has no answer yet
	Spooled   int64 `json:"spooled"`   // waiting in the [Spool], and no longer in memory
	// Dropped counts by reason: "queue_full", "rejected", "too_large", "shutdown",
	// "spool_full", "spool_expired", "spool_corrupt".
	Dropped map[string]int64 `json:"dropped"`

	Unfinished    int64 `json:"unfinished"`    // sent by Shutdown although they had not ended
	Abandoned     int64 `json:"abandoned"`     // garbage-collected without having ended
	Truncated     int64 `json:"truncated"`     // kept, but without some of their payload
	DroppedEvents int64 `json:"droppedEvents"` // events lost, other than with their span
	Masked        int64 `json:"masked"`        // places in texts that a Redactor changed
	Withheld      int64 `json:"withheld"`      // sent without any text, because a Redactor panicked
	SampledOut    int64 `json:"sampledOut"`    // traces that sampling left out; their spans count nowhere
	LateWrites    int64 `json:"lateWrites"`    // calls on spans that had ended
	Requests      int64 `json:"requests"`      // requests made, retries not counted
	Replayed      int64 `json:"replayed"`      // delivered for processes that died or could not
	ReplayLost    int64 `json:"replayLost"`    // left by such processes, and dropped
	SpoolErrors   int64 `json:"spoolErrors"`   // failures to write or read the [Spool]
}

func newStatistics(s pipeline.Stats) Statistics {
	lane := &s.Lanes[0]
	return Statistics{
		Open:          s.Open,
		Ended:         s.Ended,
		Delivered:     lane.Delivered,
		Pending:       lane.Pending,
		Spooled:       lane.Spooled,
		Dropped:       lane.Dropped,
		Unfinished:    s.Unfinished,
		Abandoned:     s.Abandoned,
		Truncated:     lane.Truncated,
		DroppedEvents: lane.DroppedEvents,
		Masked:        s.Masked,
		Withheld:      s.Withheld,
		Requests:      lane.Requests,
		Replayed:      lane.Replayed,
		ReplayLost:    lane.ReplayLost,
		SpoolErrors:   lane.SpoolErrors,
	}
}

// Stats returns what became of the default client's spans so far.
func Stats() Statistics { return std.client.Load().Stats() }

const (
	// exitBudget is what Exit spends on delivery.
	exitBudget = 2 * time.Second
	// runBudget is what Run spends on delivery.
	runBudget = 5 * time.Second
)

// Exit is [os.Exit] with a Shutdown before it, of at most 2 s. Deferred
// functions do not run, so call it where os.Exit would stand.
func Exit(code int) {
	ctx, cancel := context.WithTimeout(context.Background(), exitBudget)
	_ = Shutdown(ctx) // nobody is left to tell
	cancel()
	os.Exit(code)
}

// Run calls f and then Shutdown, of at most 5 s, in every way out of f: it
// returns, it panics, or its context is cancelled because the process got SIGINT
// or SIGTERM. A second signal ends the process as if Run were not there. Run
// returns the error of f; a panic goes on. It is meant for main:
//
//	func main() {
//		if err := mutagent.Run(run); err != nil {
//			log.Fatal(err)
//		}
//	}
func Run(f func(context.Context) error) error {
	ctx, stop := untilSignal()
	defer stop()
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), runBudget)
		defer cancel()
		_ = Shutdown(ctx) // f's error is the program's; tracing must not change it
	}()
	return f(ctx)
}

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. By
// then signals have their usual effect again, which signal.NotifyContext alone
// does not promise: whoever sees the context end may be sent the next one.
// A signal that the process ignores, as a shell has its background jobs do with
// SIGINT, stays ignored.
func untilSignal() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	heeded := slices.DeleteFunc([]os.Signal{os.Interrupt, syscall.SIGTERM}, signal.Ignored)
	if len(heeded) == 0 { // to NotifyContext, none means all
		return ctx, func() { cancel(nil) }
	}
	first, stop := signal.NotifyContext(ctx, heeded...)
	context.AfterFunc(first, func() {
		stop()
		cancel(context.Cause(first))
	})
	return ctx, stop
}
