package llm

import "context"

type markKey struct{}

// Mark returns a copy of ctx that tells layers below that the call of a model which
// they see is recorded: clients, transports and frameworks may all have one.
func Mark(ctx context.Context) context.Context { return context.WithValue(ctx, markKey{}, true) }

// Marked reports whether a layer above records the call.
func Marked(ctx context.Context) bool { return ctx.Value(markKey{}) != nil }
