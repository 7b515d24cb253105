package muteino

import (
	"context"

	"github.com/cloudwego/eino/callbacks"
	"github.com/cloudwego/eino/schema"
)

// Handler returns a handler that records a span for every component that eino calls
// back for. The nodes that eino creates for the loop of an agent have no span, because
// they only repeat the conversation. Register it with [callbacks.AppendGlobalHandlers],
// or with compose.WithCallbacks for a single run. If both are used, each span is
// recorded once. The handler may be used concurrently.
func Handler(options ...Option) callbacks.Handler {
	var h handler
	for _, option := range options {
		option(&h)
	}
	return h
}

// An Option changes what [Handler] records.
type Option func(*handler)

// WithInternalNodes also records the nodes of an agent's loop: Init, CancelCheck,
// AfterToolCalls, AfterToolCallsCancelCheck, and the one that creates the prompt. They
// help to find out why an agent stopped.
func WithInternalNodes() Option { return func(h *handler) { h.internal = true } }

type handler struct{ internal bool }

var _ callbacks.TimingChecker = handler{}

// Needed reports whether the handler needs a callback, so that eino does not copy
// streams that have no span.
func (handler) Needed(ctx context.Context, info *callbacks.RunInfo, timing callbacks.CallbackTiming) bool {
	switch timing {
	case callbacks.TimingOnStart, callbacks.TimingOnStartWithStreamInput:
		return true
	}
	return runOf(ctx, info) != nil
}

func (h handler) OnStart(ctx context.Context, info *callbacks.RunInfo, input callbacks.CallbackInput) context.Context {
	ctx, r := h.begin(ctx, info, input)
	if r != nil {
		r.started(ctx, input)
	}
	return ctx
}

func (handler) OnEnd(ctx context.Context, info *callbacks.RunInfo, output callbacks.CallbackOutput) context.Context {
	if r := runOf(ctx, info); r != nil && !r.followAgent(notNil(output)) {
		r.finished(output)
	}
	return ctx
}

func (handler) OnError(ctx context.Context, info *callbacks.RunInfo, err error) context.Context {
	if r := runOf(ctx, info); r != nil {
		r.failed(err)
	}
	return ctx
}

func (h handler) OnStartWithStreamInput(ctx context.Context, info *callbacks.RunInfo, input *schema.StreamReader[callbacks.CallbackInput]) context.Context {
	ctx, r := h.begin(ctx, info, nil)
	if r == nil {
		input.Close()
		return ctx
	}
	r.input = make(chan struct{})
	background(func() {
		defer close(r.input)
		var all pieces
		_ = read(ctx, input, &all)
		r.span.SetInput(all.io())
	})
	return ctx
}

func (handler) OnEndWithStreamOutput(ctx context.Context, info *callbacks.RunInfo, output *schema.StreamReader[callbacks.CallbackOutput]) context.Context {
	r := runOf(ctx, info)
	if r == nil || !r.stream() {
		output.Close()
		return ctx
	}
	background(func() {
		all := pieces{began: r.began}
		err := read(ctx, output, &all)
		r.streamed(ctx, &all, err)
	})
	return ctx
}
