package muteino_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/cloudwego/eino/compose"
	"github.com/cloudwego/eino/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/muteino"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// produce returns a graph whose only node produces a stream in a goroutine.
func produce[T any](t *testing.T, produce func(*schema.StreamWriter[T])) compose.Runnable[string, T] {
	chain := compose.NewChain[string, T]()
	chain.AppendLambda(compose.StreamableLambda(func(context.Context, string) (*schema.StreamReader[T], error) {
		reader, writer := schema.Pipe[T](0)
		go func() {
			defer writer.Close()
			produce(writer)
		}()
		return reader, nil
	}), compose.WithNodeName("producer"))
	return must[compose.Runnable[string, T]](t)(chain.Compile(t.Context(), compose.WithGraphName("chain")))
}

// The program receives an item before the next one is produced.
func TestNotDelayed(t *testing.T) {
	rec := mutest.New(t)
	read := make(chan struct{})
	app := produce(t, func(w *schema.StreamWriter[string]) {
		for _, item := range []string{"a", "b", "c"} {
			w.Send(item, nil)
			<-read
		}
	})
	stream := must[*schema.StreamReader[string]](t)(app.Stream(rec.Context(t.Context()), "", traced))
	for _, want := range []string{"a", "b", "c"} {
		assert.Equal(t, want, must[string](t)(stream.Recv()))
		read <- struct{}{}
	}
	stream.Close()
	wait(t)
	assert.Equal(t, "abc", rec.Span("producer").Output.Text)
}

// A producer of an endless stream is closed when its reader has closed and the span is
// full.
func TestEndless(t *testing.T) {
	rec := mutest.New(t)
	closed := make(chan struct{})
	app := produce(t, func(w *schema.StreamWriter[string]) {
		for !w.Send("x", nil) {
		}
		close(closed)
	})
	stream := must[*schema.StreamReader[string]](t)(app.Stream(rec.Context(t.Context()), "", traced))
	must[string](t)(stream.Recv())
	stream.Close()
	<-closed
	wait(t)
	assert.Equal(t, mutagent.StatusOK, rec.Span("producer").Status)
	assert.Len(t, rec.Span("producer").Output.Text, 1<<16)
}

// The end of the context ends the span of an abandoned stream, with the output so far,
// and closes the producer.
func TestCancelled(t *testing.T) {
	rec := mutest.New(t)
	closed, gone := make(chan struct{}), make(chan struct{})
	app := produce(t, func(w *schema.StreamWriter[string]) {
		w.Send("first", nil)
		<-gone
		for !w.Send("", nil) {
		}
		close(closed)
	})
	ctx, cancel := context.WithCancelCause(rec.Context(t.Context()))
	stream := must[*schema.StreamReader[string]](t)(app.Stream(ctx, "", traced))
	must[string](t)(stream.Recv())
	stream.Close()
	cancel(errors.New("the reader has gone"))
	close(gone)
	<-closed
	wait(t)
	span := rec.Span("producer")
	assert.Equal(t, "the reader has gone", span.StatusMessage)
	assert.Equal(t, "first", span.Output.Text)
	assert.Less(t, span.Attributes["stream.items"], int64(1000))
}

// A stream that outlives its graph has a span of its own duration.
func TestGraphFailsBeforeStreamEnds(t *testing.T) {
	rec := mutest.New(t)
	more := make(chan struct{})
	chain := compose.NewChain[string, string]()
	chain.AppendLambda(compose.StreamableLambda(func(context.Context, string) (*schema.StreamReader[string], error) {
		reader, writer := schema.Pipe[string](0)
		go func() {
			defer writer.Close()
			writer.Send("a", nil)
			<-more
			writer.Send("b", nil)
		}()
		return reader, nil
	}), compose.WithNodeName("producer"))
	chain.AppendLambda(compose.TransformableLambda(func(_ context.Context, in *schema.StreamReader[string]) (*schema.StreamReader[string], error) {
		defer in.Close()
		if _, err := in.Recv(); err != nil {
			return nil, err
		}
		return nil, errDown
	}), compose.WithNodeName("reader"))
	app := must[compose.Runnable[string, string]](t)(chain.Compile(t.Context(), compose.WithGraphName("chain")))
	_, err := app.Stream(rec.Context(t.Context()), "", traced)
	require.ErrorIs(t, err, errDown)
	close(more)
	wait(t)
	assert.Equal(t, mutagent.StatusError, rec.Span("chain").Status)
	assert.Equal(t, mutagent.StatusError, rec.Span("reader").Status)
	assert.Equal(t, mutagent.StatusOK, rec.Span("producer").Status)
	assert.Equal(t, "ab", rec.Span("producer").Output.Text)
}

func TestOtherItems(t *testing.T) {
	rec := mutest.New(t)
	app := produce(t, func(w *schema.StreamWriter[map[string]any]) {
		w.Send(map[string]any{"a": 1}, nil)
		w.Send(map[string]any{"b": 2}, nil)
	})
	stream := must[*schema.StreamReader[map[string]any]](t)(app.Stream(rec.Context(t.Context()), "", traced))
	must[[]map[string]any](t)(all(stream))
	wait(t)
	assert.Equal(t, []any{map[string]any{"a": int64(1)}, map[string]any{"b": int64(2)}}, rec.Span("producer").Output.Raw)
}

// A function that converts items may panic while the handler reads. The panic must not
// end the program.
func TestPanicWhileReading(t *testing.T) {
	rec := mutest.New(t)
	chain := compose.NewChain[string, string]()
	chain.AppendLambda(compose.StreamableLambda(func(context.Context, string) (*schema.StreamReader[string], error) {
		return schema.StreamReaderWithConvert(schema.StreamReaderFromArray([]string{"x"}), func(string) (string, error) {
			panic("cannot convert")
		}), nil
	}), compose.WithNodeName("producer"))
	app := must[compose.Runnable[string, string]](t)(chain.Compile(t.Context(), compose.WithGraphName("chain")))
	stream := must[*schema.StreamReader[string]](t)(app.Stream(rec.Context(t.Context()), "", traced))
	wait(t) // so the handler reads the item that panics
	stream.Close()
	messages := rec.Span("producer").StatusMessage + rec.Span("chain").StatusMessage
	assert.True(t, strings.Contains(messages, "cannot convert"), messages)
}

func TestWait(t *testing.T) {
	rec := mutest.New(t)
	more := make(chan struct{})
	app := produce(t, func(*schema.StreamWriter[string]) { <-more })
	stream := must[*schema.StreamReader[string]](t)(app.Stream(rec.Context(t.Context()), "", traced))
	defer stream.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("no time left")
	cancel(why)
	require.ErrorIs(t, muteino.Wait(ctx), why)
	close(more)
	wait(t)
	assert.Equal(t, mutagent.StatusOK, rec.Span("chain").Status)
}
