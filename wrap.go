package mutagent

import (
	"context"
	"iter"
	"log/slog"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/redact"
)

// Wrap returns a function that calls fn in a span. The span records the argument as
// input, the result as output, and the error or panic. The returned function has the
// same result, error, panic and cancellation as fn.
//
// A string is recorded as text, messages and documents keep their structure, a struct{}
// is not recorded, and anything else becomes JSON. The argument is read before fn is
// called, the result after fn has returned, both in the caller's goroutine. Of a value
// that holds a lock only the type is recorded, see [Unsafe]. [runtime.Goexit] ends the
// span as ok.
//
// about is a [Kind], or [SpanOptions] for more. Without a name, the span is named after
// fn: Agent.Run for (*Agent).Run.
//
//	answer := mutagent.Wrap(mutagent.KindAgent, agent.Answer)
//	reply, err := answer(ctx, question)
//
// Use [Do] for functions with another signature.
func Wrap[In, Out any, About Kind | SpanOptions](about About, fn func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	opts := aboutFunc(any(about), fn)
	return func(ctx context.Context, in In) (Out, error) {
		if running.Load() == 0 {
			return fn(ctx, in)
		}
		return call(ctx, opts, fn, in)
	}
}

// call calls fn in a span. It is a separate function, so that its defer costs nothing
// while tracing is off.
func call[In, Out any](ctx context.Context, about SpanOptions, fn func(context.Context, In) (Out, error), in In) (out Out, err error) {
	ctx, span := startSpan(ctx, nil, &about, true)
	if span == nil {
		return fn(ctx, in)
	}
	span.SetInput(in)
	defer endWith(span, &out, &err)
	return fn(ctx, in)
}

// Do runs f in a span. It is [Wrap] for a block of code.
//
//	reply, err := mutagent.Do(ctx, mutagent.KindChain, "draft", func(ctx context.Context) (string, error) {
//		…
//	})
func Do[T any](ctx context.Context, kind Kind, name string, f func(context.Context) (T, error)) (out T, err error) {
	ctx, span := StartSpan(ctx, SpanOptions{Kind: kind, Name: name})
	if span == nil {
		return f(ctx)
	}
	defer endWith(span, &out, &err)
	return f(ctx)
}

// Go runs f in a new goroutine, in a span that begins before Go returns and ends with
// f. The span may outlive the span in ctx. The returned function waits for f and
// returns its error; calling it is optional. A panic in f ends the program, as in any
// goroutine.
func Go(ctx context.Context, kind Kind, name string, f func(context.Context) error) (wait func() error) {
	ctx, end := Start(ctx, kind, name)
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer end(&err)
		err = f(ctx)
	}()
	return func() error {
		<-done
		return err
	}
}

// Stream returns an iterator over seq that records a span each time it is ranged over.
// seq receives the context of the span. The span ends with the stream: at its end, with
// its last error, or when the consumer breaks off, which is not an error. If the span's
// context ends the stream, the error is the context's cause.
//
// The span records the time to the first item as the metric TimeToFirstToken, and the
// number of items as the attribute stream.items. text returns what an item adds to the
// output; it may be nil. Items are neither kept nor delayed. The output is limited by
// [Options].MaxSpanBytes.
//
//	for delta, err := range mutagent.Stream(ctx, mutagent.KindLLMChat, "chat", open, Delta.Text) {
func Stream[T any](ctx context.Context, kind Kind, name string, seq func(context.Context) iter.Seq2[T, error], text func(T) string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, span := StartSpan(ctx, SpanOptions{Kind: kind, Name: name})
		if span == nil {
			seq(ctx)(yield)
			return
		}
		s := stream[T]{span: span, began: time.Now(), text: text}
		defer s.end()
		for item, err := range seq(ctx) {
			s.record(item, err)
			if !yield(item, err) {
				if err != nil { // the stream failed; the consumer did not break off
					s.finish(ctx)
				}
				return
			}
		}
		s.finish(ctx)
	}
}

// A stream is the state of a stream that is being recorded.
type stream[T any] struct {
	span   *Span
	began  time.Time
	text   func(T) string
	output strings.Builder
	first  time.Duration // to the first item
	items  int
	err    error
}

func (s *stream[T]) record(item T, err error) {
	if s.err = err; err != nil {
		return
	}
	if s.items++; s.items == 1 {
		s.first = time.Since(s.began)
	}
	if s.text == nil {
		return
	}
	piece := s.piece(item)
	// More than may leave, see internal/redact: what is cut off here is not redacted.
	if room := s.span.client.maxSpan + redact.Overhang - s.output.Len(); len(piece) > room {
		piece = cut(piece, room)
	}
	s.output.WriteString(piece)
}

// piece calls text, which is the program's code and may panic. An item for which it
// panics is left out of the output.
func (s *stream[T]) piece(item T) (piece string) {
	defer func() { _ = recover() }()
	return s.text(item)
}

// finish handles a stream that the consumer did not break off. If its context has
// ended, the cause of that is the stream's error.
func (s *stream[T]) finish(ctx context.Context) {
	if ctx.Err() != nil {
		s.err = context.Cause(ctx)
	}
}

// end must itself be the deferred function, because recover works in no other.
func (s *stream[T]) end() {
	s.span.SetAttributes(slog.Int("stream.items", s.items))
	s.span.SetMetrics(Metrics{TimeToFirstToken: s.first})
	s.span.SetOutput(IO{Text: s.output.String()})
	if p := recover(); p != nil {
		s.span.panicOn(p)
	}
	s.span.End(EndOptions{Err: s.err})
}

// endWith ends a span with the results of a function. It must itself be the deferred
// function, because recover works in no other.
func endWith[Out any](s *Span, out *Out, err *error) {
	if p := recover(); p != nil {
		s.panicOn(p)
	}
	s.End(EndOptions{Output: *out, Err: *err})
}

// Unsafe marks v as safe to read in full, as an attribute, input or output, or as a
// part of one. Without Unsafe, a value that holds a lock, an atomic or a channel is
// recorded by type only, because another goroutine may be changing it, and methods such
// as MarshalJSON get half a second. Use it while holding the locks, or if no other
// goroutine has the value:
//
//	s.mu.Lock()
//	span.SetOutput(mutagent.Unsafe(s))
//	s.mu.Unlock()
//
// Handlers of package slog log v itself. docs/values.md has all the rules.
func Unsafe(v any) any { return freeze.Unsafe{V: v} }

// aboutFunc returns the options for spans of fn. about is a Kind or SpanOptions, fn is
// a function.
func aboutFunc(about, fn any) SpanOptions {
	opts, ok := about.(SpanOptions)
	if !ok {
		opts.Kind = about.(Kind)
	}
	if opts.Name == "" {
		opts.Name = funcName(runtime.FuncForPC(reflect.ValueOf(fn).Pointer()).Name())
	}
	return opts
}

// funcName converts the runtime's name of a function to the name in source code:
//
//	example.com/shop.(*Agent).Run-fm   Agent.Run
//	example.com/shop.search[...]       search
//	main.main.func1                    main.func1
func funcName(full string) string {
	name := strings.ReplaceAll(full, "[...]", "") // type arguments may contain slashes
	name = name[strings.LastIndexByte(name, '/')+1:]
	if _, after, ok := strings.Cut(name, "."); ok {
		name = after // the package
	}
	name = strings.TrimSuffix(name, "-fm") // a method value
	return strings.NewReplacer("(*", "", "(", "", ")", "").Replace(name)
}
