// Package layer prevents duplicate spans for one act. A model call passes through a
// framework, a client library and a transport, and a request through several handlers.
// Each of these layers may record it.
//
// Of two layers of this SDK, the outer one records the act and marks the context. A
// layer of OpenTelemetry does not know these contexts. Its span is lent to the first
// layer of this SDK below it. That layer sets on the lent span what it would have set
// on its own.
package layer

import (
	"context"
	"sync/atomic"
)

// An Act is an operation that several layers may see.
type Act int

const (
	Call   Act = iota // a model call
	Sent              // an outgoing HTTP request
	Served            // an incoming HTTP request
)

type actKey Act

// A mark says which span records an act, and the context in which it was set.
type mark struct {
	span  any // *mutagent.Span, which this package cannot name
	from  context.Context
	taken atomic.Bool // see Take
}

// With returns a copy of ctx in which span records the act.
func With(ctx context.Context, act Act, span any) context.Context {
	return context.WithValue(ctx, actKey(act), &mark{span: span, from: ctx})
}

// Of returns the span that records the act in ctx, and the context from which With
// derived, or nil.
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

// Done returns when a borrower has set everything on a span. It reports whether that
// includes input and output. It may be called from any goroutine.
type Done func() (content bool)

// A Lender lends the spans of a foreign layer.
type Lender interface {
	// Lends reports whether a foreign span records the act in ctx, lent or not.
	Lends(ctx context.Context, act Act) bool
	// Lend returns the span, unless it is already lent. It calls done before the span
	// ends.
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

// Borrow returns the foreign span that records the act in ctx. It returns nil if there
// is none or it is already lent. The borrower does not end the span.
func Borrow(ctx context.Context, act Act, done Done) (span any) {
	if l := lender.Load(); l != nil {
		return (*l).Lend(ctx, act, done)
	}
	return nil
}
