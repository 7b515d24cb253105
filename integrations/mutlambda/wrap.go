package mutlambda

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/aws/aws-lambda-go/lambda"
)

// Wrap returns a handler that behaves like handler and records a span for each
// invocation. It accepts every handler that [lambda.Start] accepts, and lambda.Start
// accepts the result. lambda.Start decodes the event and encodes the response with its
// options, as without Wrap.
//
// The span has the name of the function, and attributes with the names of
// OpenTelemetry's faas, cloud and aws conventions. Its input is the event, and its
// output is the response. Both are recorded in full; for an HTTP event that includes
// headers and cookies.
//
// The span continues the trace in the headers of an HTTP event (of API Gateway, a load
// balancer or a function URL) if the handler's event type has a field for headers.
// Otherwise it continues the trace of X-Ray.
//
// All spans are delivered before the response, because Lambda freezes the process after
// it. The delivery takes 2 s at most, and ends 100 ms before the invocation's deadline.
// Spans that are not delivered by then are sent with the next invocation. If less than
// 50 ms are left, nothing is sent. If handler returns an [io.Reader], the span ends,
// and all spans are delivered, between the last byte and the end of the response. If
// handler panics, the span gets the panic's value and stack, and the panic propagates.
//
// An invocation that is about to time out is sent unfinished 500 ms before its
// deadline, or after half of its time if that is later.
//
// The handler may run concurrently. Pass the function itself to Wrap, not the result of
// [lambda.NewHandler], which cannot stream.
func Wrap(handler any) any {
	if h, ok := handler.(lambda.Handler); ok {
		return &invoker{next: h}
	}
	if f, ok := functionOf(handler); ok {
		return f.traced()
	}
	return handler // lambda.Start reports the error
}

// An invoker is a traced handler of bytes.
type invoker struct {
	tracer
	next lambda.Handler
}

func (h *invoker) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	out, err := h.trace(ctx, json.RawMessage(payload), func(ctx context.Context) (any, error) {
		response, err := h.next.Invoke(ctx, payload)
		return json.RawMessage(response), err
	})
	response, _ := out.(json.RawMessage)
	return response, err
}

// A function is a handler of values: a function with or without a context, an event, a
// result and an error.
type function struct {
	tracer
	call         reflect.Value
	takesContext bool
	event        reflect.Type // nil if there is no event
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
	anyType     = reflect.TypeFor[any]()
)

// functionOf returns handler as a function, if lambda.Start accepts it.
func functionOf(handler any) (*function, bool) {
	f := &function{call: reflect.ValueOf(handler)}
	if f.call.Kind() != reflect.Func {
		return nil, false
	}
	t := f.call.Type()
	f.takesContext = t.NumIn() > 0 && isContext(t.In(0))
	switch {
	case t.NumIn() > 2, t.NumIn() == 2 && !f.takesContext, t.NumOut() > 2:
		return nil, false
	case t.NumOut() > 0 && !t.Out(t.NumOut()-1).Implements(errorType):
		return nil, false
	case t.NumIn() == 2:
		f.event = t.In(1)
	case t.NumIn() == 1 && !f.takesContext:
		f.event = t.In(0)
	}
	if t.NumIn() == 1 && f.event != nil && f.event.Kind() == reflect.Interface && f.event.NumMethod() > 0 {
		return nil, false // the first argument must be a context
	}
	return f, true
}

func isContext(t reflect.Type) bool {
	return t.Kind() == reflect.Interface && contextType.Implements(t) && t.Implements(contextType)
}

// traced returns a function that takes a context, and an event if f does. Its result
// has the type any, so that a stream can replace a reader.
func (f *function) traced() any {
	in := []reflect.Type{contextType}
	if f.event != nil {
		in = append(in, f.event)
	}
	t := reflect.FuncOf(in, []reflect.Type{anyType, errorType}, false)
	return reflect.MakeFunc(t, f.invoke).Interface()
}

func (f *function) invoke(args []reflect.Value) []reflect.Value {
	ctx := args[0].Interface().(context.Context)
	var event any
	if f.event != nil {
		event = args[1].Interface()
	}
	out, err := f.trace(ctx, event, func(ctx context.Context) (any, error) {
		return f.results(ctx, args[1:])
	})
	return []reflect.Value{reflect.ValueOf(&out).Elem(), reflect.ValueOf(&err).Elem()}
}

// results calls f with its arguments. There may be no result, and no error.
func (f *function) results(ctx context.Context, event []reflect.Value) (out any, err error) {
	var args []reflect.Value
	if f.takesContext {
		args = append(args, reflect.ValueOf(ctx))
	}
	results := f.call.Call(append(args, event...))
	if n := len(results); n > 0 {
		err, _ = results[n-1].Interface().(error)
	}
	if len(results) == 2 {
		out = results[0].Interface()
	}
	return out, err
}
