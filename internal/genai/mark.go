package genai

import (
	"context"
	"sync/atomic"
)

type markKey struct{}

// Mark returns a copy of ctx which tells lower layers that the model call is already
// recorded. Clients, transports and frameworks may each have such a layer.
func Mark(ctx context.Context) context.Context { return context.WithValue(ctx, markKey{}, true) }

// Unmark returns a copy of ctx for a function of the program that the model calls. Its
// own model calls are separate.
func Unmark(ctx context.Context) context.Context { return context.WithValue(ctx, markKey{}, false) }

// Marked reports whether a layer above records the call.
func Marked(ctx context.Context) bool {
	switch ctx.Value(markKey{}) {
	case true:
		return true
	case false:
		return false
	}
	also := elsewhere.Load()
	return also != nil && (*also)(ctx)
}

// elsewhere is for layers that cannot mark the context they pass on.
var elsewhere atomic.Pointer[func(context.Context) bool]

// AlsoMarked makes [Marked] ask marked about contexts without a mark of their own.
func AlsoMarked(marked func(context.Context) bool) { elsewhere.Store(&marked) }
