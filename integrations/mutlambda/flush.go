package mutlambda

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mutagent-io/mutagent-go"
)

const (
	// longest is what a delivery may add to an invocation.
	longest = 2 * time.Second
	// reserve is left before the deadline for the response itself.
	reserve = 100 * time.Millisecond
	// shortest is what a delivery must have, or it is not tried: a request that is
	// broken off by the freeze helps nobody.
	shortest = 50 * time.Millisecond
	// notice is how long before the deadline an invocation is sent unfinished.
	notice = 500 * time.Millisecond
	// lastWords is what is taken of the time between SIGTERM and SIGKILL. Lambda
	// gives 500 ms, or 300 ms with an external extension.
	lastWords = 300 * time.Millisecond
)

// flush delivers what was recorded. An error is none of the handler's, and not final:
// what was not delivered stays.
func (v *invocation) flush() { v.deliver(mutagent.Flush) }

// watch has the invocation sent unfinished shortly before its deadline, when Lambda
// kills the process. It must be stopped before the process can be frozen.
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

// deliver calls send with a context that ends in time for the response. It outlives
// the invocation's own, which may have been cancelled.
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

// SIGTERM returns an option for [lambda.StartWithOptions] that has Lambda announce
// the end of the process, and then delivers what is left with the default client,
// open spans included. It takes 300 ms at the most. Without it Lambda kills the
// process unannounced, and loses what was recorded outside of invocations.
//
// It is [lambda.WithEnableSIGTERM]: it registers an internal extension, and does not
// end the process. Those who want to do more on SIGTERM can call
// [mutagent.Client.Snapshot] in an option of their own.
func SIGTERM() lambda.Option {
	return lambda.WithEnableSIGTERM(func() {
		ctx, cancel := context.WithTimeout(context.Background(), lastWords)
		defer cancel()
		_ = snapshot(ctx) // nobody is left to tell
	})
}

func snapshot(ctx context.Context) error { return mutagent.ClientFromContext(ctx).Snapshot(ctx) }
