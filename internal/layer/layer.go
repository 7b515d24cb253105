// Package layer lets layers that see the same act find each other, so that it becomes
// one span. A call of a model goes through a framework, a client library and a
// transport, a request through several handlers, and each may be one that records.
//
// Of two layers of ours the outer one records, and says so in the context. A layer of
// OpenTelemetry's does not know our contexts. Its span is lent to the first layer of
// ours below, which tells it what it would have told its own.
package layer

import (
	"context"
	"sync/atomic"
)

// An Act is what several layers may see.
type Act int

const (
	Call   Act = iota // of a model
	Sent              // an HTTP request on its way
	Served            // an HTTP request that arrived
)

type actKey Act

// A mark says which span records an act, and from which context on.
type mark struct {
	span  any // *mutagent.Span, which this package cannot name
	from  context.Context
	taken atomic.Bool // see Take
}

// With returns a copy of ctx that says that span records the act.
func With(ctx context.Context, act Act, span any) context.Context {
	return context.WithValue(ctx, actKey(act), &mark{span: span, from: ctx})
}

// Of returns the span that records the act in ctx, and the context from which on it
// does, or nil.
func Of(ctx context.Context, act Act) (span any, from context.Context) {
	if m, ok := ctx.Value(actKey(act)).(*mark); ok {
		return m.span, m.from
	}
	return nil, nil
}

// Take reports whether a span records the act in ctx, the first time it is asked: the id
// of that span can be given to one foreign span only.
func Take(ctx context.Context, act Act) bool {
	m, ok := ctx.Value(actKey(act)).(*mark)
	return ok && m.taken.CompareAndSwap(false, true)
}

// Done returns when a borrower has said of a span all that it knows. It reports whether
// that includes input and output. It may be called from any goroutine.
type Done func() (content bool)

// A Lender has the spans of a foreign layer.
type Lender interface {
	// Lends reports whether a foreign span records the act in ctx, lent or not.
	Lends(ctx context.Context, act Act) bool
	// Lend returns the span, unless it is lent already, and calls done before it ends.
	Lend(ctx context.Context, act Act, done Done) (span any)
}

var lender atomic.Pointer[Lender]

// SetLender makes [Lends] and [Borrow] ask l.
func SetLender(l Lender) { lender.Store(&l) }

// Lends reports whether a foreign span records the act in ctx.
func Lends(ctx context.Context, act Act) bool {
	l := lender.Load()
	return l != nil && (*l).Lends(ctx, act)
}

// Borrow returns the foreign span that records the act in ctx, or nil if there is none
// or it is lent already. The borrower does not end it.
func Borrow(ctx context.Context, act Act, done Done) (span any) {
	if l := lender.Load(); l != nil {
		return (*l).Lend(ctx, act, done)
	}
	return nil
}
