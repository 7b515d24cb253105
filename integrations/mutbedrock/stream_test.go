package mutbedrock_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func open(t *testing.T, ctx context.Context, client *bedrockruntime.Client) *bedrockruntime.ConverseStreamEventStream {
	out, err := client.ConverseStream(ctx, shortStream())
	require.NoError(t, err)
	return out.GetStream()
}

// The caller receives the first delta before the server sends the second.
func TestEventsAreNotDelayed(t *testing.T) {
	rec := mutest.New(t)
	got := make(chan struct{})
	wait := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-got:
		case <-r.Context().Done():
		}
	}
	s := open(t, rec.Context(t.Context()), newBedrock(t, stream(start, delta1, wait, delta2, stop, endTurn, metadata)).client(true))
	var text strings.Builder
	for e := range s.Events() {
		if d, ok := e.(*types.ConverseStreamOutputMemberContentBlockDelta); ok {
			if text.Len() == 0 {
				close(got)
			}
			text.WriteString(d.Value.Delta.(*types.ContentBlockDeltaMemberText).Value)
		}
	}
	require.NoError(t, s.Close())
	assert.Equal(t, "Hello ☀", text.String())
	span := rec.Spans()[0]
	assert.Positive(t, span.Metrics.TimeToFirstToken)
	assert.Less(t, span.Metrics.TimeToFirstToken, span.Duration)
}

// The span ends with the last event, even if nobody closes the stream and the server
// keeps the connection open.
func TestLastEventEndsTheSpan(t *testing.T) {
	rec := mutest.New(t)
	s := open(t, rec.Context(t.Context()), newBedrock(t, stream(start, delta1, stop, endTurn, metadata, hold)).client(true))
	defer s.Close()
	for e := range s.Events() {
		if _, ok := e.(*types.ConverseStreamOutputMemberMetadata); ok {
			break
		}
	}
	span := rec.Spans()[0]
	assert.Equal(t, mutagent.StatusOK, span.Status)
	assert.Equal(t, "stop", span.Output.Messages[0].FinishReason)
}

// If the caller cancels, it gets an error, and the span has the output so far.
func TestCancel(t *testing.T) {
	rec := mutest.New(t)
	ctx, cancel := context.WithCancelCause(rec.Context(t.Context()))
	s := open(t, ctx, newBedrock(t, stream(start, delta1, hold)).client(true))
	<-s.Events()
	<-s.Events()
	gone := errors.New("the user has gone")
	cancel(gone)
	for range s.Events() {
		t.Error("there was no other event")
	}
	assert.ErrorIs(t, s.Close(), gone)
	span := rec.Spans()[0]
	assert.Equal(t, "the user has gone", span.StatusMessage)
	assert.Equal(t, "Hel", span.Output.Messages[0].Content)
}

// If the caller cancels and stops reading, the span also ends: the SDK does not notice
// the cancellation while it waits for somebody to receive an event.
func TestCancelWithoutReading(t *testing.T) {
	rec := mutest.New(t)
	ctx, cancel := context.WithCancel(rec.Context(t.Context()))
	s := open(t, ctx, newBedrock(t, stream(start, delta1, delta2, hold)).client(true))
	<-s.Events()
	cancel()
	for rec.Client().Stats().Open > 0 {
		runtime.Gosched()
	}
	assert.Equal(t, mutagent.StatusError, rec.Spans()[0].Status)
	_ = s.Close() // the SDK's goroutine waits for Close
}

// Close from another goroutine, while the SDK reads, ends the span once.
func TestCloseWhileReading(t *testing.T) {
	rec := mutest.New(t)
	for range 20 {
		ctx, cancel := context.WithCancel(rec.Context(t.Context()))
		s := open(t, ctx, newBedrock(t, stream(start, delta1, delta2, stop, endTurn, metadata)).client(true))
		<-s.Events()
		go cancel()
		go s.Close()
		for range s.Events() {
		}
		_ = s.Close()
		<-ctx.Done()
	}
	for rec.Client().Stats().Open > 0 {
		runtime.Gosched()
	}
	assert.Len(t, rec.Spans(), 20)
	assert.Zero(t, rec.Client().Stats().LateWrites)
}

// Closing a stream without reading it leaves no goroutine behind.
func TestAbandoned(t *testing.T) {
	rec := mutest.New(t)
	b := newBedrock(t, stream(start, delta1, delta2, hold))
	leave := func() {
		s := open(t, rec.Context(t.Context()), b.client(true))
		<-s.Events()
		require.NoError(t, s.Close())
	}
	leave()
	rec.Spans()
	b.CloseClientConnections()
	before := runtime.NumGoroutine()
	for range 20 {
		leave()
	}
	assert.Len(t, rec.Spans(), 21)
	b.CloseClientConnections()
	for runtime.NumGoroutine() > before { // the test times out if they stay
		runtime.Gosched()
	}
}

// The recorded part of a stream is bounded; the caller's part is not.
func TestLongStream(t *testing.T) {
	rec := mutest.New(t)
	piece := strings.Repeat("☀", 20_000)
	steps := []step{start}
	for range 80 {
		steps = append(steps, event("contentBlockDelta", `{"contentBlockIndex":0,"delta":{"text":"`+piece+`"}}`))
	}
	s := open(t, rec.Context(t.Context()), newBedrock(t, stream(append(steps, stop, endTurn, metadata)...)).client(true))
	got := 0
	for e := range s.Events() {
		if d, ok := e.(*types.ConverseStreamOutputMemberContentBlockDelta); ok {
			got += len(d.Value.Delta.(*types.ContentBlockDeltaMemberText).Value)
		}
	}
	require.NoError(t, s.Close())
	assert.Equal(t, 80*len(piece), got)
	kept := rec.Spans()[0].Output.Messages[0].Content
	assert.LessOrEqual(t, len(kept), 1<<20)
	assert.Greater(t, len(kept), 1<<19)
	assert.Equal(t, true, rec.Spans()[0].Attributes["mutllm.truncated"])
	assert.Equal(t, "☀", strings.Trim(kept, "☀")+"☀", "no sun is cut in two")
}

// A panic of the program's HTTP client propagates, and the span ends.
func TestPanic(t *testing.T) {
	rec := mutest.New(t)
	client := newBedrock(t, say(200, hello)).client(true)
	panics := do(func(*http.Request) (*http.Response, error) { panic("no network") })
	assert.PanicsWithValue(t, "no network", func() {
		_, _ = client.Converse(rec.Context(t.Context()), short(), func(o *bedrockruntime.Options) { o.HTTPClient = panics })
	})
	assert.Equal(t, mutagent.StatusError, rec.Spans()[0].Status)
}

type do func(*http.Request) (*http.Response, error)

func (f do) Do(req *http.Request) (*http.Response, error) { return f(req) }

// While tracing is off, it has no visible effect.
func TestOff(t *testing.T) {
	rec := mutest.New(t)
	var plain, off notes
	answer := stream(start, delta1, stop, endTurn, metadata)
	program := converseStream(shortStream(), 0, nil)
	program(t.Context(), newBedrock(t, answer).client(false), &plain)
	program(mutagent.WithSuppressed(rec.Context(t.Context())), newBedrock(t, answer).client(true), &off)
	assert.Equal(t, plain, off)
	assert.Empty(t, rec.Spans())
}

// A middleware of the program's own may ask again after it has read a stream to its
// end, which ends the span. The second stream arrives as it would untraced.
func TestAskedAgain(t *testing.T) {
	rec := mutest.New(t)
	ask := func(traced bool) (seen notes) {
		options := newBedrock(t, stream(chunk(t, `{"type":"message_stop"}`))).client(traced).Options()
		options.APIOptions = append(options.APIOptions, func(stack *middleware.Stack) error {
			return stack.Finalize.Add(again{&seen}, middleware.After)
		})
		invokeStream(rec.Context(t.Context()), bedrockruntime.New(options), &seen)
		return seen
	}
	plain := ask(false)
	assert.Len(t, plain, 4)
	assert.Equal(t, plain, ask(true))
	assert.Len(t, rec.Spans(), 1)
}

// again asks twice, and reads the first answer itself.
type again struct{ seen *notes }

func (again) ID() string { return "again" }

func (a again) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	out, metadata, err := next.HandleFinalize(ctx, in)
	if err != nil {
		return out, metadata, err
	}
	for e := range out.Result.(*bedrockruntime.InvokeModelWithResponseStreamOutput).GetStream().Events() {
		a.seen.add(string(e.(*types.ResponseStreamMemberChunk).Value.Bytes))
	}
	if err := in.Request.(*smithyhttp.Request).RewindStream(); err != nil {
		return out, metadata, err
	}
	return next.HandleFinalize(ctx, in)
}
