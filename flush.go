package mutagent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/pipeline"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/settings"
)

// Flush sends everything that ended or was logged before the call, and returns nil once
// the server has accepted all of it. This includes the client's own spooled spans, not
// other processes'. Call Flush before the process may be frozen or end, such as in a
// Lambda handler.
//
// Flush makes at most three attempts per request, with pauses of up to a few seconds
// between them. If they fail, or ctx ends first, it returns a [*DeliveryError] that
// wraps the cause. Spans that were not delivered are kept and sent later: a Flush that
// runs out of time loses nothing. The error also counts spans that were dropped earlier
// and not yet reported by a Flush. Concurrent calls share the same requests.
//
// Flush uses the client that [ClientFromContext] returns.
func Flush(ctx context.Context) error {
	c := ClientFromContext(ctx)
	if c == nil {
		return envError()
	}
	if c.warnOpen(ctx) {
		defer c.troubles.Wait(warningWait)
	}
	return c.Flush(ctx)
}

// warningWait is the longest time that Flush waits for its own warning, so that the line
// does not come later, between lines of the program.
const warningWait = 20 * time.Millisecond

// warnOpen warns, once per client, if the root span in ctx is still open,
// because a flush does not send it. It reports whether there is something to warn of.
func (c *Client) warnOpen(ctx context.Context) bool {
	s := FromContext(ctx)
	if s == nil || c.troubles == nil {
		return false
	}
	s.item.Mu.Lock()
	open := !s.item.Span.Ended && s.item.Span.Marks.Has(record.Root)
	span := record.Span{Kind: s.item.Span.Kind, Name: s.item.Span.Name}
	s.item.Mu.Unlock()
	if !open {
		return false
	}
	return c.troubles.Once("flush below an open span", func() string {
		return fmt.Sprintf("Flush was called while the span %q was open: it is sent only after its end; call Flush after that, for example in the function that calls this one", c.redactor.Outline(&span).Name)
	})
}

// ClientFromContext returns the client of the span in ctx, the client set by
// [Client.Context], or the default client, in this order. It returns nil if there is
// none.
func ClientFromContext(ctx context.Context) *Client {
	if c := scopeOf(ctx).client; c != nil {
		return c
	}
	return std.client.Load()
}

// envError returns the error of creating the default client from the environment.
func envError() error {
	std.mu.Lock()
	defer std.mu.Unlock()
	return std.err
}

// Shutdown stops accepting spans, sends open spans with [StatusUnset], and tries to
// deliver everything until ctx ends. If ctx has no deadline, Shutdown gives up after
// two failed rounds in a row, which takes seconds. If ctx has already ended, for
// instance because a signal cancelled it, Shutdown still tries for 2 s. Undelivered
// spans are dropped, or stay in the spool; the error reports them. Ending spans during
// and after Shutdown is safe and never blocks. Afterwards Start does nothing until the
// next Init, and further calls of Shutdown return nil.
//
// Shutdown uses the client that [ClientFromContext] returns.
func Shutdown(ctx context.Context) error {
	if c := scopeOf(ctx).client; c != nil && c != std.client.Load() {
		return c.Shutdown(ctx)
	}
	std.mu.Lock()
	c := std.client.Load()
	forgetEnvironment()
	std.mu.Unlock()
	return c.Shutdown(ctx)
}

// A DeliveryError reports what a Flush, Snapshot or Shutdown could not deliver. It
// wraps the cause: the context's error, the last delivery failure, or both.
type DeliveryError struct {
	Op      string // "flush", "snapshot" or "shutdown"
	Sent    int64  // spans accepted by the server during the call
	Pending int64  // spans kept in memory, to be sent later
	Spooled int64  // spans kept in the [Spool] only, to be sent later by this or another process
	Dropped int64  // spans lost since the last call that reported losses
	Err     error
}

// Error returns a one-line summary with all counts and the cause.
func (e *DeliveryError) Error() string { return (*pipeline.FlushError)(e).Error() }

// Unwrap returns the cause.
func (e *DeliveryError) Unwrap() error { return e.Err }

// deliveryError converts the pipeline's error to a DeliveryError.
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
// Replayed and ReplayLost count spans of other processes, which no other field
// includes. In JSON, and so in an [expvar.Func], the field names are in camel case.
type Statistics struct {
	Open      int64 `json:"open"`      // started, not ended
	Ended     int64 `json:"ended"`     // see the equation above
	Delivered int64 `json:"delivered"` // accepted by the server
	Pending   int64 `json:"pending"`   // in memory, waiting or in a request without an answer
	Spooled   int64 `json:"spooled"`   // in the [Spool] only, no longer in memory
	// Dropped counts lost spans by reason: "queue_full", "rejected", "too_large",
	// "shutdown", "spool_full", "spool_expired", "spool_corrupt".
	Dropped map[string]int64 `json:"dropped"`

	Unfinished    int64 `json:"unfinished"`    // sent by Shutdown before they had ended
	Abandoned     int64 `json:"abandoned"`     // garbage-collected before they had ended
	Truncated     int64 `json:"truncated"`     // spans that lost some of their payload
	DroppedEvents int64 `json:"droppedEvents"` // events lost, not counting those of dropped spans
	Masked        int64 `json:"masked"`        // redactions made by Redactors
	Withheld      int64 `json:"withheld"`      // spans sent without any text because a Redactor panicked
	SampledOut    int64 `json:"sampledOut"`    // traces not sampled; no other field counts their spans
	LateWrites    int64 `json:"lateWrites"`    // calls on ended spans
	Requests      int64 `json:"requests"`      // requests made, not counting retries
	Replayed      int64 `json:"replayed"`      // spans of other processes, delivered from the [Spool]
	ReplayLost    int64 `json:"replayLost"`    // spans of other processes, dropped from the [Spool]
	SpoolErrors   int64 `json:"spoolErrors"`   // failed reads and writes of the [Spool]
	SpoolKept     int64 `json:"spoolKept"`     // files in the [Spool] that only another version of this package can deliver

	// Others are the additional destinations by name: "otlp" and "otlp-logs". The delivery
	// fields above describe the first destination.
	Others map[string]Deliveries `json:"others,omitempty"`
}

// Deliveries count what became of spans at one destination, or of log records at
// "otlp-logs". The fields have the same meaning as in [Statistics].
type Deliveries struct {
	Delivered int64            `json:"delivered"`
	Pending   int64            `json:"pending"`
	Spooled   int64            `json:"spooled"`
	Dropped   map[string]int64 `json:"dropped"`
	Requests  int64            `json:"requests"`
}

func newDeliveries(lanes []pipeline.LaneStats) map[string]Deliveries {
	var all map[string]Deliveries
	for i := range lanes {
		if all == nil {
			all = map[string]Deliveries{}
		}
		l := &lanes[i]
		all[l.Name] = Deliveries{l.Delivered, l.Pending, l.Spooled, l.Dropped, l.Requests}
	}
	return all
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
		SpoolKept:     lane.Kept,
		Others:        newDeliveries(s.Lanes[1:]),
	}
}

// Stats returns the statistics of the default client.
func Stats() Statistics { return std.client.Load().Stats() }

// Exit calls Shutdown and then [os.Exit]. It waits up to 5 s while spans are being
// delivered, and [Options].ExitTimeout (default 1 s) if none are. As with os.Exit,
// deferred functions do not run.
func Exit(code int) {
	shutdownAtExit()
	os.Exit(code)
}

// exitLimit is how long Run and Exit deliver at most.
const exitLimit = 5 * time.Second

// shutdownAtExit shuts down the default client within the time limits of Run and Exit.
// It logs an error, because no caller is left to return it to.
func shutdownAtExit() {
	c := std.client.Load()
	patience := settings.ExitTimeout
	if c != nil && c.exitTimeout > 0 {
		patience = c.exitTimeout
	}
	ctx, cancel := context.WithTimeout(context.Background(), max(exitLimit, patience))
	defer cancel()
	stop := time.AfterFunc(patience, c.unlessDelivering(cancel))
	defer stop.Stop()
	if err := Shutdown(ctx); err != nil && c != nil && c.troubles != nil {
		c.troubles.Warn("exit", "exit", "the process ends: "+err.Error())
		c.troubles.Wait(50 * time.Millisecond)
	}
}

// unlessDelivering returns a function that calls cancel if no spans were delivered in
// the meantime.
func (c *Client) unlessDelivering(cancel func()) func() {
	before := c.delivered()
	return func() {
		if c.delivered() == before {
			cancel()
		}
	}
}

func (c *Client) delivered() int64 {
	if c == nil || c.pipeline == nil {
		return 0
	}
	return c.pipeline.Delivered()
}

// Run calls f and then shuts down like [Exit], whether f returns, f panics, or the
// process receives SIGINT or SIGTERM. It returns the error of f; a panic continues. Use
// it in main:
//
//	func main() {
//		if err := mutagent.Run(run); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// The first signal cancels the context of f. Run then waits for f to return: for
// [Options].SignalGrace (default 5 s), or for only 100 ms if f has not checked its
// context by then. After that, Run delivers everything and the process ends by the same
// signal, as it would without Run. A second signal ends the process at once. A signal
// that the process ignores stays ignored.
func Run(f func(context.Context) error) error {
	defer shutdownAtExit()
	watch := newSignalWatch()
	defer watch.stop()
	return f(watch)
}

// A signalWatch is the context of Run. It ends with the first signal, and records
// whether anybody checks it.
type signalWatch struct {
	context.Context
	cancel   context.CancelCauseFunc
	signals  chan os.Signal
	returned chan struct{}
	watched  atomic.Bool
}

func newSignalWatch() *signalWatch {
	w := &signalWatch{signals: make(chan os.Signal, 1), returned: make(chan struct{})}
	w.Context, w.cancel = context.WithCancelCause(context.Background())
	heeded := slices.DeleteFunc([]os.Signal{os.Interrupt, syscall.SIGTERM}, signal.Ignored)
	if len(heeded) > 0 { // Notify without signals would relay all
		signal.Notify(w.signals, heeded...)
		go w.wait()
	}
	return w
}

// Done records that somebody checks the context, see [context.Context].
func (w *signalWatch) Done() <-chan struct{} {
	w.watched.Store(true)
	return w.Context.Done()
}

// Err records that somebody checks the context, see [context.Context].
func (w *signalWatch) Err() error {
	w.watched.Store(true)
	return w.Context.Err()
}

// wait ends the context on a signal, and then the process if the function does not
// return. Default signal handling is restored before the context ends.
func (w *signalWatch) wait() {
	var got os.Signal
	select {
	case got = <-w.signals:
	case <-w.returned:
		return
	}
	signal.Stop(w.signals)
	w.cancel(fmt.Errorf("mutagent: the process got the signal %v", got))
	if w.returns(firstGlance) || w.watched.Load() && w.returns(graceOf(std.client.Load())) {
		return
	}
	shutdownAtExit()
	endBy(got)
}

// firstGlance is how long a function has to check its context after the signal.
const firstGlance = 100 * time.Millisecond

// returns reports whether the function returns within d.
func (w *signalWatch) returns(d time.Duration) bool {
	select {
	case <-w.returned:
		return true
	case <-time.After(d):
		return false
	}
}

func graceOf(c *Client) time.Duration {
	if c != nil && c.signalGrace > 0 {
		return c.signalGrace
	}
	return settings.SignalGrace
}

// endBy ends the process by a signal, or with status 1 if the system cannot do that.
func endBy(got os.Signal) {
	if self, err := os.FindProcess(os.Getpid()); err == nil && self.Signal(got) == nil {
		time.Sleep(time.Second) // the signal ends the process at once, unless the program handles it
		return
	}
	os.Exit(1)
}

func (w *signalWatch) stop() {
	close(w.returned)
	signal.Stop(w.signals)
	w.cancel(context.Canceled)
}
