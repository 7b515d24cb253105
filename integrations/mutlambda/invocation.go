package mutlambda

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/mutagent-io/mutagent-go"
)

// A tracer records the invocations of one handler.
type tracer struct {
	warm atomic.Bool // not the first invocation
}

// trace calls handler in a span. The span ends when the handler returns or, if it
// returns a reader, when the reader ends.
func (t *tracer) trace(ctx context.Context, event any, handler func(context.Context) (any, error)) (any, error) {
	ctx, v := t.begin(ctx, event)
	if v == nil {
		return handler(ctx)
	}
	var returned bool
	defer v.unwind(&returned)
	out, err := handler(ctx)
	var response io.Reader
	if err == nil {
		response = v.stream(out)
	}
	returned = true
	switch {
	case err != nil:
		v.finish(err)
	case response != nil:
		return response, nil
	default:
		v.span.SetOutput(payload(out))
		v.finish(nil)
	}
	return out, err
}

// An invocation is one run of a handler, until its response has been read.
type invocation struct {
	ctx  context.Context
	span *mutagent.Span
	end  func(...*error) // ends the span
	stop func() bool     // stops the watch
	once sync.Once
}

// begin starts an invocation. It returns nil if the invocation is not to be recorded.
func (t *tracer) begin(ctx context.Context, event any) (context.Context, *invocation) {
	cold := t.warm.CompareAndSwap(false, true)
	ctx, end := mutagent.Start(extract(ctx, event), mutagent.KindCustom, functionName())
	span := mutagent.FromContext(ctx)
	if span == nil {
		return ctx, nil
	}
	span.SetAttributes(attributes(ctx, cold)...)
	span.SetInput(payload(event))
	v := &invocation{ctx: ctx, span: span, end: end}
	v.stop = v.watch()
	return ctx, v
}

// payload returns v, an event or a response, as input or output. A handler of bytes may
// use a format other than JSON.
func payload(v any) mutagent.IO {
	if raw, ok := v.(json.RawMessage); ok && !json.Valid(raw) {
		return mutagent.IO{Text: string(raw)}
	}
	return mutagent.IO{Raw: v}
}

// finish ends the span and delivers it, once.
func (v *invocation) finish(err error, attrs ...slog.Attr) {
	v.once.Do(func() {
		v.stop()
		v.span.SetAttributes(attrs...)
		v.end(&err)
		v.flush()
	})
}

// unwind is like finish, for a handler that has not returned: it panicked, or ended its
// goroutine. It must be deferred directly, because otherwise it could not see the
// panic.
func (v *invocation) unwind(returned *bool) {
	if *returned {
		return
	}
	v.stop()
	defer v.flush()
	defer v.end() // sees the panic below, and re-panics
	if p := recover(); p != nil {
		panic(p)
	}
}

// stream returns out as a streaming response, or nil if it is not a reader.
func (v *invocation) stream(out any) io.Reader {
	r, ok := out.(io.Reader)
	if !ok || isJSON(out) {
		return nil
	}
	return &stream{reader: r, invocation: v}
}
