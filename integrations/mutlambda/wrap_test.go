package mutlambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlambda"
	"github.com/mutagent-io/mutagent-go/mutest"
)

type (
	order struct {
		ID   any    `json:"id"`
		Note string `json:"note"`
	}
	// A talker is a reader that is sent as JSON, because its JSON is not empty.
	talker struct {
		*strings.Reader `json:"-"`
		Text            string
	}
	byteHandler func(context.Context, []byte) ([]byte, error)
	badError    struct{}
	almost      interface{ Deadline() (time.Time, bool) }
)

func (h byteHandler) Invoke(ctx context.Context, p []byte) ([]byte, error) { return h(ctx, p) }
func (*badError) Error() string                                            { return "bad" }

var errOrder = errors.New("no such order")

// handlers have all signatures that lambda.Start accepts, and some that it rejects.
var handlers = map[string]any{
	"nothing":          func() {},
	"error":            func() error { return errOrder },
	"no error":         func() error { return nil },
	"result":           func() (order, error) { return order{Note: "<b>"}, nil },
	"event":            func(o order) {},
	"event, error":     func(o order) error { return fmt.Errorf("order %v", o.ID) },
	"event, result":    func(o order) (order, error) { return o, nil },
	"any event":        func(v any) (any, error) { return v, nil },
	"context":          func(context.Context) {},
	"context, result":  func(context.Context) (string, error) { return "a", nil },
	"context, event":   func(_ context.Context, o *order) error { return fmt.Errorf("order %v", o.ID) },
	"all":              func(_ context.Context, o order) (*order, error) { return &o, nil },
	"raw":              func(_ context.Context, o json.RawMessage) (json.RawMessage, error) { return o, nil },
	"result and error": func(_ context.Context, o order) (order, error) { return o, errOrder },
	"nil result":       func(context.Context, any) (*order, error) { return nil, nil },
	"nil of a type":    func() (any, *badError) { return 1, nil },
	"own error":        func() (any, *badError) { return 1, &badError{} },
	"not JSON":         func() (any, error) { return func() {}, nil },
	"reader":           func() (io.Reader, error) { return strings.NewReader("text"), nil },
	"buffer":           func() (*bytes.Buffer, error) { return bytes.NewBufferString("text"), nil },
	"reader as JSON":   func() (talker, error) { return talker{strings.NewReader("text"), "json"}, nil },
	"reader, error":    func() (io.Reader, error) { return strings.NewReader("text"), errOrder },
	"streaming": func(context.Context, events.LambdaFunctionURLRequest) (*events.LambdaFunctionURLStreamingResponse, error) {
		return &events.LambdaFunctionURLStreamingResponse{StatusCode: 201, Body: strings.NewReader("text")}, nil
	},
	"bytes":               byteHandler(func(_ context.Context, p []byte) ([]byte, error) { return bytes.ToUpper(p), nil }),
	"bytes, error":        byteHandler(func(context.Context, []byte) ([]byte, error) { return nil, errOrder }),
	"bytes that are none": byteHandler(func(context.Context, []byte) ([]byte, error) { return []byte{0xff, 0}, nil }),

	"nil":              nil,
	"no function":      7,
	"three arguments":  func(context.Context, int, int) {},
	"no context":       func(int, int) {},
	"almost a context": func(almost) {},
	"three results":    func() (int, int, error) { return 0, 0, nil },
	"result, no error": func() int { return 0 },
	//lint:ignore ST1008 it is to be wrong
	"error, result":     func() (error, int) { return nil, 0 },
	"variadic":          func(_ context.Context, all ...int) (int, error) { return len(all), nil },
	"panic":             func() { panic("boom") },
	"panic of an error": func(context.Context, order) error { panic(errOrder) },
	"nil function":      (func() error)(nil),
}

// invoke calls a handler as lambda.Start does, and returns everything that a caller can
// see.
func invoke(ctx context.Context, handler any, event string, opts ...lambda.Option) (result string) {
	defer func() {
		if p := recover(); p != nil {
			result = fmt.Sprintf("panic %T %v", p, p)
		}
	}()
	out, err := lambda.NewHandlerWithOptions(handler, opts...).Invoke(ctx, []byte(event))
	return fmt.Sprintf("%q %T %v", out, err, err)
}

// TestSameAsWithout checks that the caller sees no difference for any handler.
func TestSameAsWithout(t *testing.T) {
	rec := mutest.New(t)
	options := map[string][]lambda.Option{
		"default": nil,
		"strict":  {lambda.WithUseNumber(true), lambda.WithDisallowUnknownFields(true)},
		"pretty":  {lambda.WithSetIndent(">", "  "), lambda.WithSetEscapeHTML(true)},
	}
	for name, handler := range handlers {
		for set, opts := range options {
			for _, event := range []string{`{"id":12345678901234567890,"note":"<i>"}`, `{"id":1,"more":2}`, `[1,2]`, `"x"`, `{`, ``} {
				want := invoke(t.Context(), handler, event, opts...)
				got := invoke(rec.Context(t.Context()), mutlambda.Wrap(handler), event, opts...)
				assert.Equal(t, want, got, "%s, %s: %s", name, set, event)
				assert.Equal(t, want, invoke(t.Context(), mutlambda.Wrap(handler), event, opts...), "%s, tracing off", name)
			}
		}
	}
}

func TestInputAndOutput(t *testing.T) {
	rec := mutest.New(t)
	ctx := lambdacontext.NewContext(rec.Context(t.Context()), &lambdacontext.LambdaContext{AwsRequestID: "r-1"})
	for _, name := range []string{"all", "bytes", "bytes that are none", "event, error"} {
		invoke(ctx, mutlambda.Wrap(handlers[name]), `{"id":1,"note":"n"}`)
	}
	rec.Golden("testdata/payloads.tree")
}

// TestInvocationsAtOnce checks that concurrent invocations share only the process.
func TestInvocationsAtOnce(t *testing.T) {
	const n = 8
	rec := mutest.New(t)
	var all, done sync.WaitGroup
	all.Add(n)
	h := lambda.NewHandler(mutlambda.Wrap(func(ctx context.Context, id string) (string, error) {
		all.Done()
		all.Wait()
		mutagent.FromContext(ctx).AddEvent(id)
		return id, nil
	}))
	for i := range n {
		done.Go(func() {
			event := fmt.Sprintf(`"%d"`, i)
			out, err := h.Invoke(rec.Context(t.Context()), []byte(event))
			assert.NoError(t, err)
			assert.Equal(t, event, string(out))
		})
	}
	done.Wait()
	require.Len(t, rec.Traces(), n)
	for _, span := range rec.Spans() {
		require.Len(t, span.Events, 1)
		assert.Equal(t, span.Input.Raw, span.Events[0].Name)
		assert.Equal(t, span.Input.Raw, span.Output.Raw)
	}
}

// TestPanicIsTheSame checks that the runtime sees the original panic value.
func TestPanicIsTheSame(t *testing.T) {
	rec := mutest.New(t)
	value := &badError{}
	h := lambda.NewHandler(mutlambda.Wrap(func(context.Context) error { panic(value) }))
	assert.PanicsWithValue(t, value, func() { _, _ = h.Invoke(rec.Context(t.Context()), nil) })
	span := rec.Span("lambda")
	assert.Equal(t, mutagent.StatusError, span.Status)
	require.Len(t, span.Events, 1)
	assert.Contains(t, span.Events[0].Attributes["exception.stacktrace"], "TestPanicIsTheSame.func1")
}
