package mutlambda

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mutagent-io/mutagent-go"
)

const (
	// longest is the time that a delivery may add to an invocation.
	longest = 2 * time.Second
	// reserve is the time before the deadline that is left for the response.
	reserve = 100 * time.Millisecond
	// shortest is the minimum time for a delivery. With less time none is tried, because
	// the freeze would interrupt the request.
	shortest = 50 * time.Millisecond
	// notice is how long before the deadline an unfinished invocation is sent.
	notice = 500 * time.Millisecond
	// lastWords is the part of the time between SIGTERM and SIGKILL that is used. Lambda
	// gives 500 ms, or 300 ms with an external extension.
	lastWords = 300 * time.Millisecond
)

// flush delivers the recorded spans. An error does not concern the handler and is not
// final: undelivered spans stay queued.
func (v *invocation) flush() { v.deliver(mutagent.Flush) }

// watch sends the unfinished invocation shortly before its deadline, when Lambda kills
// the process. It must be stopped before the process can be frozen.
func (v *invocation) watch() (stop func() bool) {
	deadline, ok := v.ctx.Deadline()
	if !ok {
		return func() bool { return false }
	}
	left := time.Until(deadline)
	return time.AfterFunc(left-min(notice, left/2), func() {
		v.span.AddEvent("the invocation is about to time out", slog.Time("deadline", deadline))
		v.deliver(snapshot)
	}).Stop
}

// deliver calls send with a context that ends in time for the response. The context
// does not depend on that of the invocation, which may have been cancelled.
func (v *invocation) deliver(send func(context.Context) error) {
	budget := longest
	if deadline, ok := v.ctx.Deadline(); ok {
		budget = min(budget, time.Until(deadline)-reserve)
	}
	if budget < shortest {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.ctx), budget)
	defer cancel()
	_ = send(ctx)
}

// SIGTERM returns an option for [lambda.StartWithOptions]. With it Lambda announces the
// end of the process with SIGTERM, and the default client then delivers the remaining
// spans, including open ones, within 300 ms. Without it Lambda kills the process
// without notice, and spans recorded outside of invocations are lost.
//
// The option is [lambda.WithEnableSIGTERM]: it registers an internal extension, and
// does not end the process. To do more on SIGTERM, call [mutagent.Client.Snapshot] in
// an option of your own.
func SIGTERM() lambda.Option {
	return lambda.WithEnableSIGTERM(func() {
		ctx, cancel := context.WithTimeout(context.Background(), lastWords)
		defer cancel()
		_ = snapshot(ctx) // no caller is left to return it to
	})
}

func snapshot(ctx context.Context) error { return mutagent.ClientFromContext(ctx).Snapshot(ctx) }
