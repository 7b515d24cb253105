package mutotel

import (
	"context"

	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/layer"
)

func init() {
	genai.AlsoMarked(func(ctx context.Context) bool {
		e := current(ctx)
		return e != nil && (e.role.model || e.model != nil && e.model.role.model)
	})
	layer.SetLender(lender{})
}

// A lender lends the spans in live.
type lender struct{}

func (lender) find(ctx context.Context, act layer.Act) *entry {
	e := current(ctx)
	if e != nil && act == layer.Call && e.model != nil {
		e = e.model
	}
	if e == nil || e.shared || !e.about(act) {
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

// lend records who borrows the span, and reports whether it was not borrowed before.
func (e *entry) lend(act layer.Act, done layer.Done) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.borrower != nil {
		return false
	}
	e.borrower, e.act = done, act
	return true
}

// lent reports whether the span has been borrowed.
func (e *entry) lent() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.borrower != nil
}

// settle lets the borrower set its data. It reports the operation for which the span
// was borrowed, if it was, and whether the borrower has set input and output.
func (e *entry) settle() (act layer.Act, lent, content bool) {
	e.mu.Lock()
	done, act := e.borrower, e.act
	e.mu.Unlock()
	if done == nil {
		return 0, false, false
	}
	return act, true, done() // not under mu: done may borrow as well
}
