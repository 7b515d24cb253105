package matrix

import "context"

// A Call passes everything that the library returns to each: the result, or the pieces
// of a stream. When each returns false, the caller reads no further, and Call ends the
// stream as the library requires.
type Call func(ctx context.Context, each func(any) bool) error

// One returns the Call of a function that returns one result.
func One[T any](call func(context.Context) (T, error)) Call {
	return func(ctx context.Context, each func(any) bool) error {
		result, err := call(ctx)
		if err == nil {
			each(result)
		}
		return err
	}
}

// A Stream is the stream type of openai-go and anthropic-sdk-go.
type Stream[T any] interface {
	Next() bool
	Current() T
	Err() error
	Close() error
}

// Many returns the Call of a function that returns a [Stream].
func Many[T any, S Stream[T]](open func(context.Context) S) Call {
	return func(ctx context.Context, each func(any) bool) error {
		stream := open(ctx)
		for stream.Next() {
			if !each(stream.Current()) {
				return stream.Close()
			}
		}
		_ = stream.Close() // Err has the error
		return stream.Err()
	}
}

// Forgotten is [Many] for a caller that does not close the stream.
func Forgotten[T any, S Stream[T]](open func(context.Context) S) Call {
	return func(ctx context.Context, each func(any) bool) error {
		stream := open(ctx)
		for stream.Next() && each(stream.Current()) {
		}
		return stream.Err()
	}
}
