// Package modelcall starts the span of a model call that an integration records. Several
// layers may see the same call. The package decides whether the integration records the
// call, and whether on a span of its own or on one that OpenTelemetry lends.
//
// It is not a package of the root module's internal folder, because it calls the API of
// the root, which those packages do not know.
package modelcall

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/layer"
)

// Start is like [mutagent.Start], for a model call. If a span of OpenTelemetry's was
// begun for the call, Start borrows it: the caller sets on it what it would set on its
// own, and end does not end it. The context is marked for the layers below.
//
// ok is false if the integration must not record the call: a layer above records it, or
// tracing is off, or the trace is not sampled. The call is then made with the returned
// context, and end is not called.
func Start(ctx context.Context, kind mutagent.Kind, name string, attrs ...slog.Attr) (_ context.Context, end func(...*error), ok bool) {
	if loan := borrow(ctx); loan != nil {
		loan.span.SetName(name)
		loan.span.SetKind(kind)
		loan.span.SetAttributes(attrs...)
		return genai.Mark(mutagent.WithSpan(ctx, loan.span)), loan.end, true
	}
	if genai.Marked(ctx) {
		return ctx, nil, false
	}
	outer := mutagent.FromContext(ctx)
	ctx, end = mutagent.Start(genai.Mark(ctx), kind, name, attrs...)
	return ctx, end, mutagent.FromContext(ctx) != outer
}

// A loan is a call on a borrowed span.
type loan struct {
	span *mutagent.Span
	over atomic.Bool
}

// borrow returns a loan of the span that was begun for the call, or nil.
func borrow(ctx context.Context) *loan {
	if !mutagent.Enabled(ctx) {
		return nil
	}
	l := new(loan)
	l.span, _ = layer.Borrow(ctx, layer.Call, l.done).(*mutagent.Span)
	if l.span == nil {
		return nil
	}
	return l
}

// end sets the error. It does not end the span: the lender does.
func (l *loan) end(errs ...*error) {
	if l.over.Swap(true) {
		return
	}
	for _, err := range errs {
		if err != nil {
			l.span.SetError(*err)
		}
	}
}

// done is called when the lender ends the span. It reports whether the call has ended,
// so that input and output are complete.
func (l *loan) done() (content bool) { return l.over.Swap(true) }
