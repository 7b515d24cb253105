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

// Flush sends everything that ended or was logged before the call, and returns nil
// when the server has accepted all of it. This includes what the client has in its
// spool, but not what other processes left there. Call Flush where the process may be
// frozen or end, such as in a Lambda handler.
//
// Flush makes at most one round of attempts per request: three, with pauses of up to
// a few seconds between them. If that fails, or ctx ends first, it returns a
// [*DeliveryError] that wraps the cause. What was not delivered stays, and is sent
// later: a Flush that runs out of time loses nothing. The error also counts spans
// that were dropped earlier and that no Flush has reported. Calls that overlap share
// the same requests.
//
// Flush serves the client of [ClientFromContext].
func Flush(ctx context.Context) error {
	c := ClientFromContext(ctx)
	if c == nil {
		return envError()
	}
	c.warnOpen(ctx)
	return c.Flush(ctx)
}

// warnOpen says, once, that a flush does not send the root span that is open around it.
func (c *Client) warnOpen(ctx context.Context) {
	s := FromContext(ctx)
	if s == nil || c.troubles == nil {
		return
	}
	s.item.Mu.Lock()
	open := !s.item.Span.Ended && s.item.Span.Marks.Has(record.Root)
	span := record.Span{Kind: s.item.Span.Kind, Name: s.item.Span.Name}
	s.item.Mu.Unlock()
	if open && c.openTold.CompareAndSwap(false, true) {
		go c.tellOpen(&span) // not here: a Redactor may never return
	}
}

func (c *Client) tellOpen(span *record.Span) {
	name := c.redactor.Outline(span).Name
	c.troubles.Warn("flush", "open", fmt.Sprintf("Flush was called while the span %q was open: it is sent only after its end; call Flush after that, for example in the function that calls this one", name))
}

// ClientFromContext returns the client of the span in ctx, or the one that ctx names, see
// [Client.Context], or else the default client. It is nil if there is none.
func ClientFromContext(ctx context.Context) *Client {
	if c := scopeOf(ctx).client; c != nil {
		return c
	}
	return std.client.Load()
}

// envError returns what was wrong with the environment when the first span
// looked at it.
func envError() error {
	std.mu.Lock()
	defer std.mu.Unlock()
	return std.err
}

// Shutdown accepts no more spans, sends the open ones with [StatusUnset], and tries
// to deliver everything until ctx ends. Without a deadline it gives up when the
// server takes nothing two times in a row, which is a matter of seconds. If ctx has
// ended already, as the context that a signal cancels has, Shutdown still tries for 2
// s. What cannot be sent is dropped, or stays in the spool, and the error says so.
// Spans may end during and after it; that never blocks. Afterwards Start does nothing
// until another Init, and later calls return nil.
//
// Shutdown serves the client of [ClientFromContext].
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
	SpoolKept     int64 `json:"spoolKept"`     // files in the [Spool] that another version of this package wrote, and is to deliver

	// Others are further destinations, by name: "otlp" and "otlp-logs". What is said
	// above of deliveries and losses is about the first destination.
	Others map[string]Deliveries `json:"others,omitempty"`
}

// Deliveries count what became of the spans at one destination, and of the log records
// at "otlp-logs". The fields mean what they mean in [Statistics].
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

// Stats returns what became of the default client's spans so far.
func Stats() Statistics { return std.client.Load().Stats() }

// Exit is [os.Exit] with a Shutdown before it. It waits at most 5 s for a service
// that takes spans, and 1 s, or [Options].ExitTimeout, for one that cannot be
// reached. Deferred functions do not run, so call it where os.Exit would stand.
func Exit(code int) {
	shutdownAtExit()
	os.Exit(code)
}

// exitLimit is how long Run and Exit deliver at all.
const exitLimit = 5 * time.Second

// shutdownAtExit shuts down the default client, with as much time as Run and Exit have
// for it. What remains is told by the client's logger: nobody is left to take an error.
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

// unlessDelivering returns a function that calls cancel unless spans were delivered in
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

// Run calls f and then Shutdown, as [Exit] does, in every way out of f: it returns, it
// panics, or the process gets SIGINT or SIGTERM. It returns the error of f; a panic
// goes on. It is meant for main:
//
//	func main() {
//		if err := mutagent.Run(run); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// The first signal cancels the context. If f has not returned after
// [Options].SignalGrace, 5 s unless it is set, or after 100 ms if f does not look at
// whether its context is done, everything is delivered and the process ends by that
// same signal, as it would without Run. A second signal ends the process at once. A
// signal that the process ignores stays ignored.
func Run(f func(context.Context) error) error {
	defer shutdownAtExit()
	watch := newSignalWatch()
	defer watch.stop()
	return f(watch)
}

// A signalWatch is the context of Run: it ends with the first signal, and knows whether
// anybody looks.
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
	if len(heeded) > 0 { // to Notify, none means all
		signal.Notify(w.signals, heeded...)
		go w.wait()
	}
	return w
}

// Done notes that somebody looks, see [context.Context].
func (w *signalWatch) Done() <-chan struct{} {
	w.watched.Store(true)
	return w.Context.Done()
}

// Err notes that somebody looks, see [context.Context].
func (w *signalWatch) Err() error {
	w.watched.Store(true)
	return w.Context.Err()
}

// wait ends the context, and then the process, if its function does not return. By the
// time that anybody sees the context end, signals have their usual effect again.
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

// firstGlance is how long a function has to look at its context after the signal.
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

// endBy ends the process by a signal, or as nearly so as the system can.
func endBy(got os.Signal) {
	if self, err := os.FindProcess(os.Getpid()); err == nil && self.Signal(got) == nil {
		time.Sleep(time.Second) // it comes at once, unless the program handles it
		return
	}
	os.Exit(1)
}

func (w *signalWatch) stop() {
	close(w.returned)
	signal.Stop(w.signals)
	w.cancel(context.Canceled)
}
