package matrix

import "context"

// A Call passes everything that the library returns to each: the result, or the
// pieces of a stream. When each returns false the caller has had enough, and Call
// does what the library wants callers to do then.
type Call func(ctx context.Context, each func(any) bool) error

// One is the Call of a function that returns one result.
func One[T any](call func(context.Context) (T, error)) Call {
	return func(ctx context.Context, each func(any) bool) error {
		result, err := call(ctx)
		if err == nil {
			each(result)
		}
		return err
	}
}

// A Stream is what openai-go and anthropic-sdk-go return for a stream.
type Stream[T any] interface {
	Next() bool
	Current() T
	Err() error
	Close() error
}

// Many is the Call of a function that returns a [Stream].
func Many[T any, S Stream[T]](open func(context.Context) S) Call {
	return func(ctx context.Context, each func(any) bool) error {
		stream := open(ctx)
		for stream.Next() {
			if !each(stream.Current()) {
				return stream.Close()
			}
		}
		_ = stream.Close() // Err tells what there is to know
		return stream.Err()
	}
}

// Forgotten is [Many] for a caller who does not close the stream.
func Forgotten[T any, S Stream[T]](open func(context.Context) S) Call {
	return func(ctx context.Context, each func(any) bool) error {
		stream := open(ctx)
		for stream.Next() && each(stream.Current()) {
		}
		return stream.Err()
	}
}
