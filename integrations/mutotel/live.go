package mutotel

import (
	"context"
	"sync"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/layer"
	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// An entry is what an OpenTelemetry span that has not ended is here.
type entry struct {
	span   *mutagent.Span
	name   string // at its start
	is     sight
	stands bool   // span is that of a layer above, which records the same act
	within *entry // the call of a model that the span is an HTTP request of

	mu       sync.Mutex
	borrower layer.Done // guarded by mu, like what it borrowed for
	act      layer.Act
}

// enter returns the entry of a span that begins in ctx. It has the span of the layer
// above that stands for it, if one does.
func enter(ctx context.Context, outer *entry, is sight, name, id string) *entry {
	e := &entry{is: is, name: name}
	if e.span = is.above(ctx, outer, id); e.span != nil {
		e.stands = true
	} else if outer != nil && is.sent {
		e.within = outer.call()
	}
	return e
}

// call is the entry of the call of a model that e is part of, or nil.
func (e *entry) call() *entry {
	if e.is.model || e.is.action {
		return e
	}
	return e.within
}

// rename passes the name of a request to the span that stands for it, if it was given
// another than it had: of two layers only the inner one is told the route.
func (e *entry) rename(name string) {
	if e.is.served && name != e.name {
		e.span.SetName(name)
	}
}

// live has an entry by span id for each of them: the contexts below a span have the
// OpenTelemetry span only.
var live sync.Map

func find(id trace.SpanID) *entry {
	e, _ := live.Load(id)
	found, _ := e.(*entry)
	return found
}

func init() {
	genai.AlsoMarked(func(ctx context.Context) bool {
		e := find(trace.SpanContextFromContext(ctx).SpanID())
		return e != nil && (e.is.model || e.within != nil && e.within.is.model)
	})
	layer.SetLender(lender{})
}

// A lender lends the spans in live.
type lender struct{}

func (lender) find(ctx context.Context, act layer.Act) *entry {
	e := find(trace.SpanContextFromContext(ctx).SpanID())
	if e != nil && act == layer.Call && e.within != nil {
		e = e.within
	}
	if e == nil || e.stands || !e.is.about(act) {
		return nil
	}
	return e
}

func (l lender) Lends(ctx context.Context, act layer.Act) bool { return l.find(ctx, act) != nil }

func (l lender) Lend(ctx context.Context, act layer.Act, done layer.Done) any {
	if e := l.find(ctx, act); e != nil && e.lend(act, done) {
		return e.span
	}
	return nil
}

// lend notes who borrows the span, and reports whether nobody had.
func (e *entry) lend(act layer.Act, done layer.Done) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.borrower != nil {
		return false
	}
	e.borrower, e.act = done, act
	return true
}

// lent reports whether somebody has borrowed the span.
func (e *entry) lent() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.borrower != nil
}

// end says of the span what OpenTelemetry's knows of it, and returns how it ended.
// Whoever borrowed it as the call of a model knows better what it is, unless it was
// another action of Genkit's that made the call.
func (e *entry) end(a attributes, name string, code codes.Code, why string, events []semconv.Event) mutagent.EndOptions {
	act, lent, content := e.settle()
	model := a.means().Model()
	if !lent || act != layer.Call || e.is.action && !model {
		e.span.SetName(name)
		e.span.SetKind(a.kind())
	}
	a.tell(e.span)
	if !content {
		a.tellContent(e.span, events)
	}
	opts := mutagent.EndOptions{Status: mutagent.StatusOK, StatusMessage: why}
	switch {
	case code == codes.Error:
		opts.Status = mutagent.StatusError
	case lent && !model:
		opts.Status = mutagent.StatusUnset // the borrower's counts
	case lent:
		e.span.SetStatus(mutagent.StatusOK, "") // an attempt that failed was not the last
	}
	return opts
}

// settle has the borrower tell what it knows, and reports for which act there was one
// and whether it told what went in and came out.
func (e *entry) settle() (act layer.Act, lent, content bool) {
	e.mu.Lock()
	done, act := e.borrower, e.act
	e.mu.Unlock()
	if done == nil {
		return 0, false, false
	}
	return act, true, done() // not under mu: it may borrow in turn
}
