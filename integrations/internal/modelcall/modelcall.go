// Package modelcall is for integrations that record model calls. Several layers may see
// the same call; it decides which of them records it, and on which span.
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
// If a layer above records the call, or nobody, ok is false. The call is then made with
// the returned context and not recorded.
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

// end says that all is set on the span, which its lender will end.
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

// done says that the span ends. Input and output are complete if the call is.
func (l *loan) done() (content bool) { return l.over.Swap(true) }
