package genai

import "context"

type markKey struct{}

// Mark returns a copy of ctx that tells layers below that the call of a model which
// they see is recorded: clients, transports and frameworks may all have one.
func Mark(ctx context.Context) context.Context { return context.WithValue(ctx, markKey{}, true) }

// Unmark returns a copy of ctx for a function of the program that the model calls:
// what that calls in turn is something else.
func Unmark(ctx context.Context) context.Context { return context.WithValue(ctx, markKey{}, false) }

// Marked reports whether a layer above records the call.
func Marked(ctx context.Context) bool { return ctx.Value(markKey{}) == true }
