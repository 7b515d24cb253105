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

// Wrap returns a function that does what fn does, in a span of its own. The span has
// the argument as input, the result as output, and the error or panic. Result, error,
// panic and cancellation are those of fn. A string is recorded as text, messages and
// documents as what they are, a struct{} not at all, and anything else as JSON. The
// argument is read before fn is called, the result when fn has returned, both in the
// goroutine of the caller; of a value that holds a lock only the type is recorded,
// see [Unsafe]. [runtime.Goexit] ends the span as ok.
//
// about is a [Kind], or [SpanOptions] with more to say. Without a name there the span
// is named after fn, as a reader would write it: Agent.Run for (*Agent).Run.
//
//	answer := mutagent.Wrap(mutagent.KindAgent, agent.Answer)
//	reply, err := answer(ctx, question)
//
// A function that takes nothing but a context, or returns no error, needs no wrapping:
// [Do] runs it as it is.
func Wrap[In, Out any, About Kind | SpanOptions](about About, fn func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	opts := aboutFunc(any(about), fn)
	return func(ctx context.Context, in In) (Out, error) {
		if running.Load() == 0 {
			return fn(ctx, in)
		}
		return call(ctx, opts, fn, in)
	}
}

// call calls fn in a span. It is a function of its own, so that its defer costs
// nothing while tracing is off.
func call[In, Out any](ctx context.Context, about SpanOptions, fn func(context.Context, In) (Out, error), in In) (out Out, err error) {
	ctx, span := StartSpan(ctx, about)
	if span == nil {
		return fn(ctx, in)
	}
	span.SetInput(in)
	defer endWith(span, &out, &err)
	return fn(ctx, in)
}

// Do runs f in a span: [Wrap] for a block of code.
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

// Go runs f in a goroutine and a span, which begins before Go returns and ends
// with f; it may outlive the span in ctx. The function that Go returns waits for
// f and returns its error; it need not be called. A panic of f ends the program,
// as it does in any goroutine.
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

// Stream returns the items of seq, in a span for each time that it is ranged over.
// seq gets the context of the span. The span ends when the stream does: at its
// end, when the consumer breaks off, which is no error, or with the error that
// came last. It records the time to the first item, as the metric
// TimeToFirstToken, and the number of items, as the attribute stream.items. text
// says what an item adds to the output; it may be nil. No item is kept or delayed,
// and the output is bounded by [Options].MaxSpanBytes. If the context of the span
// ends the stream, the error is its cause.
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
				if err != nil { // the stream ended it, not the consumer
					s.finish(ctx)
				}
				return
			}
		}
		s.finish(ctx)
	}
}

// A stream is what is known of a stream so far.
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

// piece is text, which is the program's and may panic. Then the item is left out
// of the output.
func (s *stream[T]) piece(item T) (piece string) {
	defer func() { _ = recover() }()
	return s.text(item)
}

// finish is for a stream that nobody broke off: if its context has ended, that
// ended it, whatever the stream made of it.
func (s *stream[T]) finish(ctx context.Context) {
	if ctx.Err() != nil {
		s.err = context.Cause(ctx)
	}
}

// end must be deferred itself, or it could not see a panic.
func (s *stream[T]) end() {
	s.span.SetAttributes(slog.Int("stream.items", s.items))
	s.span.SetMetrics(Metrics{TimeToFirstToken: s.first})
	s.span.SetOutput(IO{Text: s.output.String()})
	if p := recover(); p != nil {
		s.span.panicOn(p)
	}
	s.span.End(EndOptions{Err: s.err})
}

// endWith ends a span with the result of a function. It must be deferred itself,
// or it could not see a panic.
func endWith[Out any](s *Span, out *Out, err *error) {
	if p := recover(); p != nil {
		s.panicOn(p)
	}
	s.End(EndOptions{Output: *out, Err: *err})
}

// Unsafe returns v in a form that is read whatever it holds: as an attribute, as an
// input or output, or inside of such. Without it, only the type is recorded of a
// value that has a lock, an atomic or a channel, because a goroutine that has the
// lock may be changing it. Methods such as MarshalJSON get half a second. Use it
// where the locks are held, or nobody else has the value:
//
//	s.mu.Lock()
//	span.SetOutput(mutagent.Unsafe(s))
//	s.mu.Unlock()
//
// Handlers of package slog that are given one log v. docs/values.md has all the
// rules.
func Unsafe(v any) any { return freeze.Unsafe{V: v} }

// aboutFunc returns the options for spans of fn, which is a function. about is a Kind or
// SpanOptions.
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

// funcName makes of the runtime's name of a function what a reader would write:
//
//	example.com/shop.(*Agent).Run-fm   Agent.Run
//	example.com/shop.search[...]       search
//	main.main.func1                    main.func1
func funcName(full string) string {
	name := strings.ReplaceAll(full, "[...]", "") // what is in brackets may have slashes
	name = name[strings.LastIndexByte(name, '/')+1:]
	if _, after, ok := strings.Cut(name, "."); ok {
		name = after // the package
	}
	name = strings.TrimSuffix(name, "-fm") // a method value
	return strings.NewReplacer("(*", "", "(", "", ")", "").Replace(name)
}
