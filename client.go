package mutagent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/config"
	"github.com/mutagent-io/mutagent-go/internal/debug"
	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/intake"
	"github.com/mutagent-io/mutagent-go/internal/leak"
	"github.com/mutagent-io/mutagent-go/internal/pipeline"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/redact"
	"github.com/mutagent-io/mutagent-go/internal/sample"
	"github.com/mutagent-io/mutagent-go/internal/trouble"
)

// A Client records spans and delivers them. Most programs use the default client
// through the package's functions, see [Init]. A nil *Client, and one that was
// shut down, records nothing. All methods are safe for concurrent use.
type Client struct {
	pipeline   *pipeline.Pipeline // nil if tracing is off
	maxSpan    int
	parent     func(context.Context) string // nil unless Options.Parent
	ratio      float64                      // of the traces that are delivered
	keeper     *sample.Keeper               // of the others; nil if they are left out at once
	leftOut    atomic.Int64                 // traces, by sampling without a keeper
	debug      *debug.Log                   // nil unless Options.Debug
	leaks      *leak.Detector               // nil unless Options.FindLeaks or Debug
	lateWrites atomic.Int64                 // calls on spans that had ended
	stopped    atomic.Bool                  // no longer counted in running
	troubles   *trouble.Log                 // nil if tracing is off

	exitTimeout, signalGrace time.Duration // see Options
}

// off is a client that records nothing.
var off = new(Client)

// running is 0 when nothing can be traced, so that Start need not look any
// further. It counts the clients that are running, and the environment until
// defaultClient has looked at it.
var running atomic.Int64

func init() { running.Store(1) }

// New returns a running client, which the caller must shut down. If tracing is
// off, for want of a key or by $MUTAGENT_DISABLED, it returns one that records
// nothing. An error names the option or variable that is wrong, and how to put
// it right.
func New(opts *Options) (*Client, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	why, err := o.complete()
	if err != nil {
		return nil, fmt.Errorf("mutagent: %w", err)
	}
	c := new(Client)
	if c.debug, err = o.debugLog(); err != nil {
		return nil, fmt.Errorf("mutagent: %w", err)
	}
	if why != "" {
		c.debug.Printf("tracing is off: %s", why)
		return c, nil
	}
	c.start(&o)
	running.Add(1)
	return c, nil
}

// debugLog returns where Debug prints to, nil if it is off. The environment's lines go
// to standard error: standard output may be a protocol's.
func (o *Options) debugLog() (*debug.Log, error) {
	fromEnvironment, err := config.Bool("MUTAGENT_DEBUG")
	switch {
	case o.Debug:
		return debug.New(os.Stdout), nil
	case fromEnvironment:
		return debug.New(os.Stderr), err
	}
	return nil, err
}

// start makes what a client with complete options consists of.
func (c *Client) start(o *Options) {
	c.maxSpan = o.MaxSpanBytes
	c.parent = o.Parent
	redactor := o.redactor()
	var lines io.Writer
	if c.debug != nil {
		c.debug.Redactor = redactor
		lines = c.debug
	}
	troubles := o.trouble()
	c.troubles, c.exitTimeout, c.signalGrace = troubles, o.ExitTimeout, o.SignalGrace
	if o.FindLeaks || c.debug != nil {
		c.leaks = leak.New(func(found leak.Leak) { c.tell(found, troubles, redactor) })
	}
	resource, _ := freeze.Attrs(nil, o.Resource)
	c.pipeline = pipeline.New(pipeline.Options{
		Size:     o.BatchSize,
		Interval: o.BatchInterval,
		Live:     o.LiveInterval,
		Memory:   int64(o.MaxQueueBytes),
		Redactor: redactor,
		Lanes:    o.lanes(redactor.Attrs(resource)),
		AtEnd:    o.Spool != nil && o.Spool.AtEnd,
		Trouble:  troubles,
		Debug:    lines,
	})
	c.ratio = 1
	if o.Sampling != nil {
		c.ratio = o.Sampling.Ratio
		if o.Sampling.KeepErrors {
			c.keeper = sample.NewKeeper(c.pipeline.Intake, int64(o.MaxQueueBytes)/4)
		}
	}
}

// trouble returns where delivery's troubles are told.
func (o *Options) trouble() *trouble.Log {
	if o.Logger != nil {
		return trouble.New(o.Logger)
	}
	return trouble.New(slog.New(trouble.Lines(os.Stderr)))
}

func (o *Options) redactor() *redact.Redactor {
	var funcs []redact.Func
	for _, f := range o.Redactors {
		funcs = append(funcs, redact.Func(f))
	}
	return redact.New(o.MetadataOnly, funcs)
}

// tell tells of a leak: the logger, and Debug's output.
func (c *Client) tell(found leak.Leak, troubles *trouble.Log, redactor *redact.Redactor) {
	span := redactor.Outline(&record.Span{Kind: found.Kind, Name: found.Name})
	text := fmt.Sprintf("%s:%d: span %q (%s) %s", found.File, found.Line, span.Name, span.Kind, found.Problem)
	if c.debug != nil {
		c.debug.Printf("leak: %s", text)
		return
	}
	troubles.Leaked(text)
}

func (c *Client) enabled() bool { return c != nil && c.pipeline != nil && !c.pipeline.Closed() }

// addLate sends an event of a span that has ended: with the span's skeleton, so that
// it can be understood by itself.
func (c *Client) addLate(s *Span, e record.Event, attrs []slog.Attr, size int) {
	switch {
	case s.item.Deferred():
		return // left out, or nobody knows yet
	case s.item.Refused():
		c.pipeline.Intake.DropEvent()
		return
	}
	it := new(intake.Item)
	it.Span = s.outline()
	it.Span.Marks = record.Late
	it.Span.Events.Add(e, attrs...)
	it.Span.Size = int32(size)
	c.pipeline.Intake.Late(it)
}

// std is the default client: nil before anybody asked for it.
var std struct {
	client atomic.Pointer[Client]
	mu     sync.Mutex // serialises Init, Shutdown and the look at the environment
	looked bool       // at the environment, or it no longer counts
	err    error      // what was wrong with the environment
}

// Init makes the default client, which the package's functions use. Call it
// before the first span; without it, the first span makes the default client
// from the environment. It returns an error if opts are wrong, see [New], or if
// the default client is running already.
func Init(opts *Options) error {
	std.mu.Lock()
	defer std.mu.Unlock()
	if std.client.Load().enabled() {
		return errors.New("mutagent: Init: the default client is running already, made by an earlier Init or, from the environment, by an earlier span; call Init first, or Shutdown before it")
	}
	c, err := New(opts)
	if err != nil {
		return err
	}
	std.client.Store(c)
	std.err = nil
	forgetEnvironment()
	return nil
}

// forgetEnvironment ends the wait for a first span that would make the default
// client. The caller holds std.mu.
func forgetEnvironment() {
	if !std.looked {
		std.looked = true
		running.Add(-1)
	}
}

// defaultClient returns the default client, made from the environment if need be
// and possible. It tries once.
func defaultClient() *Client {
	if c := std.client.Load(); c != nil {
		return c
	}
	std.mu.Lock()
	defer std.mu.Unlock()
	if !std.looked {
		c, err := New(nil)
		std.client.Store(c)
		std.err = err
		forgetEnvironment()
	}
	return std.client.Load()
}

// Stats returns what became of the client's spans so far.
func (c *Client) Stats() Statistics {
	if c == nil || c.pipeline == nil {
		return Statistics{}
	}
	s := newStatistics(c.pipeline.Stats())
	s.LateWrites, s.SampledOut = c.lateWrites.Load(), c.leftOut.Load()
	if c.keeper != nil {
		s.SampledOut += c.keeper.Out()
	}
	return s
}

// Flush is the package's [Flush] for c.
func (c *Client) Flush(ctx context.Context) error {
	if c == nil || c.pipeline == nil {
		return nil
	}
	return deliveryError(c.pipeline.Flush(ctx))
}

// Snapshot is [Client.Flush] for spans that have not ended, too: it sends them as far
// as they are, with [StatusUnset], and their end completes them. It is for a process
// that is about to be killed in the middle of its work, such as a Lambda function
// that runs into its timeout.
func (c *Client) Snapshot(ctx context.Context) error {
	if c == nil || c.pipeline == nil {
		return nil
	}
	return deliveryError(c.pipeline.Snapshot(ctx))
}

// Shutdown is the package's [Shutdown] for c.
func (c *Client) Shutdown(ctx context.Context) error {
	if c == nil || c.pipeline == nil {
		return nil
	}
	if c.stopped.CompareAndSwap(false, true) {
		running.Add(-1)
		if c.leaks != nil {
			c.leaks.Close()
		}
	}
	return deliveryError(c.pipeline.Shutdown(ctx))
}
