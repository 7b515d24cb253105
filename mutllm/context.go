package mutllm

import "context"

type (
	nameKey    struct{}
	withoutKey struct{}
)

// WithName returns a copy of ctx that sets the name of the spans of calls made with it,
// instead of the default such as "chat gpt-4o". [mutagent.WithSession] and similar
// functions set session, user and tags.
func WithName(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, nameKey{}, name)
}

// WithoutContent returns a copy of ctx whose calls omit content, as with
// [Options].OmitContent.
func WithoutContent(ctx context.Context) context.Context {
	return context.WithValue(ctx, withoutKey{}, true)
}
