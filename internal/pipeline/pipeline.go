// Package pipeline carries spans from the intake to the destinations. One goroutine,
// the loop, drains the queue, feeds the outbox of each destination, and starts requests
// by count, by age or for a flush. Requests run in other goroutines, so the loop never
// waits for the network. Callers wait for their own context, not for the loop.
package pipeline

import (
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/intake"
	"github.com/mutagent-io/mutagent-go/internal/memory"
	"github.com/mutagent-io/mutagent-go/internal/redact"
	"github.com/mutagent-io/mutagent-go/internal/trouble"
)

// Options configure a Pipeline. Size, Interval, Memory and Lanes must be set.
type Options struct {
	Size     int              // number of spans that starts a request
	Interval time.Duration    // age that starts a request
	Live     time.Duration    // age at which open spans are sent, and how often; 0 means never
	Memory   int64            // limit of memory in bytes
	Redactor *redact.Redactor // nil redacts only what a context withholds
	Lanes    []Lane           // one for each destination
	AtEnd    bool             // write spans to the spools when they end, rather than soon after
	Trouble  *trouble.Log     // reports why spans are not delivered; nil for no reports
	Debug    io.Writer        // gets one line per request; nil for none
}

// A Pipeline accepts spans from any goroutine through its Intake.
type Pipeline struct {
	Intake *intake.Intake

	opts   Options
	budget *memory.Budget
	lanes  []*lane

	wake    chan struct{} // has room for one signal; more are not needed
	results chan func(*loop)
	done    chan struct{} // closed when the loop has stopped

	mu   sync.Mutex
	asks []func(*loop) // functions for the loop to run

	written  writtenList
	stats    stats
	told     atomic.Int64 // dropped spans that a flush has reported
	lateTold atomic.Int64 // reported spans that ended after Shutdown
	shutdown atomic.Bool  // set by the first Shutdown
}

// New returns a Pipeline. Its goroutine starts at once: started by the first span, it would
// belong to that span's bubble of testing/synctest, which could then not sleep.
func New(opts Options) *Pipeline {
	p := &Pipeline{
		opts:    opts,
		budget:  memory.NewBudget(opts.Memory),
		wake:    make(chan struct{}, 1),
		results: make(chan func(*loop), 16),
		done:    make(chan struct{}),
	}
	var write func(*intake.Item) bool
	if opts.AtEnd {
		write = p.write
	}
	p.Intake = intake.New(p.budget, p.signal, write)
	for _, l := range opts.Lanes {
		p.lanes = append(p.lanes, newLane(p, l))
	}
	go newLoop(p).run()
	return p
}

// signal wakes the loop. It never blocks: if a signal is already pending, the loop has
// yet to look.
func (p *Pipeline) signal() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// ask makes the loop run f soon. It does not wait. After the loop has stopped, f is not
// run.
func (p *Pipeline) ask(f func(*loop)) {
	p.mu.Lock()
	p.asks = append(p.asks, f)
	p.mu.Unlock()
	p.signal()
}

// askFor is ask, but waits until f has run, ctx has ended, or the loop has stopped. It
// reports whether f has run.
func (p *Pipeline) askFor(ctx context.Context, f func(*loop)) bool {
	ran := make(chan struct{})
	p.ask(func(l *loop) { f(l); close(ran) })
	select {
	case <-ran:
		return true
	case <-ctx.Done():
	case <-p.done:
	}
	return false
}

// depth returns the number of items that producers have handed over.
func (p *Pipeline) depth() int { return p.Intake.Depth() + int(p.written.depth.Load()) }

// Closed reports whether Shutdown was called.
func (p *Pipeline) Closed() bool { return p.shutdown.Load() }
