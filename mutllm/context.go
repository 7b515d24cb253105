package mutllm

import "context"

type (
	nameKey    struct{}
	withoutKey struct{}
)

// WithName returns a copy of ctx that gives the spans of calls made with it a name
// of their own, in place of one like "chat gpt-4o". Session, user and tags are
// those of [mutagent.WithSession] and its like.
func WithName(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, nameKey{}, name)
}

// WithoutContent returns a copy of ctx that makes calls leave out what
// [Options].OmitContent does.
func WithoutContent(ctx context.Context) context.Context {
	return context.WithValue(ctx, withoutKey{}, true)
}
