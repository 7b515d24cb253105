package mutagent_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// traced runs f with a context of a fresh client, and returns the spans that it
// recorded, by name.
func traced(t *testing.T, f func(context.Context)) map[string]span {
	t.Helper()
	r := newReceiver(t)
	c := r.client(t, nil)
	f(c.Context(context.Background()))
	require.NoError(t, c.Flush(context.Background()))
	return r.named()
}

func TestTree(t *testing.T) {
	spans := traced(t, func(ctx context.Context) {
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "agent", slog.String("a", "b"))
		defer end()
		type key struct{}
		ctx, cancel := context.WithCancel(context.WithValue(ctx, key{}, 1))
		defer cancel()
		toolCtx, endTool := mutagent.Start(ctx, mutagent.KindTool, "tool")
		mutagent.FromContext(toolCtx).SetName("renamed tool")
		endTool()
		_, endNext := mutagent.Start(ctx, mutagent.KindLLMChat, "chat")
		endNext()
	})
	agent := spans["agent"]
	assert.Empty(t, agent.ParentSpanID)
	assert.Equal(t, "agent", agent.Kind)
	assert.Equal(t, "ok", agent.Status)
	assert.Equal(t, map[string]any{"a": "b"}, agent.Attributes)
	for _, name := range []string{"renamed tool", "chat"} {
		assert.Equal(t, agent.SpanID, spans[name].ParentSpanID)
		assert.Equal(t, agent.TraceID, spans[name].TraceID)
	}
}

func TestKindsAndNames(t *testing.T) {
	spans := traced(t, func(ctx context.Context) {
		for _, opts := range []mutagent.SpanOptions{
			{Name: "no kind"},
			{Kind: mutagent.KindGuardrail},
			{Kind: "reranker", Name: "own kind"},
		} {
			_, s := mutagent.StartSpan(ctx, opts)
			s.End(mutagent.EndOptions{})
		}
	})
	assert.Equal(t, "custom", spans["no kind"].Kind)
	assert.Equal(t, "guardrail", spans["guardrail"].Kind)
	assert.Equal(t, "custom", spans["own kind"].Kind)
	assert.Equal(t, "reranker", spans["own kind"].Metadata.all["mutagent.kind"])
}

func TestLowLevel(t *testing.T) {
	spans := traced(t, func(ctx context.Context) {
		_, s := mutagent.StartSpan(ctx, mutagent.SpanOptions{
			Kind:       mutagent.KindChain,
			Name:       "pipeline",
			Input:      mutagent.IO{Text: "query"},
			Attributes: []slog.Attr{slog.Int("n", 1), slog.Group("g", slog.Bool("b", true))},
		})
		s.SetMetrics(mutagent.Metrics{Model: "gpt-4o", InputTokens: 1})
		s.SetAttributes(slog.Int("n", 2))
		s.End(mutagent.EndOptions{
			Status: mutagent.StatusOK,
			Output: mutagent.IO{
				Messages: []mutagent.Message{{Role: "assistant", FinishReason: "tool_call", Parts: []mutagent.Part{
					{Type: "tool_call", ID: "call_1", Name: "orders", Arguments: map[string]any{"id": 7}},
				}}},
				Documents: []mutagent.Document{{ID: "d", Score: 0.5}},
			},
			Metrics: mutagent.Metrics{Provider: "openai", InputTokens: 150, OutputTokens: 50, TotalTokens: 200, CostUSD: 0.0012, TimeToFirstToken: 213 * time.Millisecond},
		})
	})
	got := spans["pipeline"]
	assert.Equal(t, "query", got.Input)
	assert.Equal(t, map[string]any{"n": 2.0, "g": map[string]any{"b": true}}, got.Attributes)
	assert.JSONEq(t, `{
		"messages":[{"role":"assistant","content":"","toolCallIds":["call_1"],"finishReason":"tool_call"}],
		"toolCalls":[{"id":"call_1","name":"orders","arguments":{"id":7}}],
		"documents":[{"id":"d","content":"","score":0.5}]}`, got.Output)
	assert.Equal(t, map[string]any{
		"model": "gpt-4o", "provider": "openai", "inputTokens": 150.0, "outputTokens": 50.0, "usage": "reported",
		"totalTokens": 200.0, "costUsd": 0.0012, "timeToFirstToken": 0.213,
	}, got.Metrics)
}

var errBase = errors.New("base")

type quotaError struct{ error }

func (e *quotaError) Unwrap() error { return e.error }

func TestErrors(t *testing.T) {
	call := func(ctx context.Context, name string, result error) (err error) {
		_, end := mutagent.Start(ctx, mutagent.KindTool, name)
		defer end(&err)
		return result
	}
	spans := traced(t, func(ctx context.Context) {
		assert.NoError(t, call(ctx, "ok", nil))
		assert.Equal(t, errBase, call(ctx, "plain", errBase))
		_ = call(ctx, "wrapped", fmt.Errorf("calling: %w", &quotaError{errBase}))
		_ = call(ctx, "only wrapped", fmt.Errorf("calling: %w", os.ErrNotExist))
		_, s := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "set"})
		s.SetError(errBase)
		s.End(mutagent.EndOptions{})
		_, s = mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "forgiven"})
		s.End(mutagent.EndOptions{Err: errBase, Status: mutagent.StatusOK})
		_, s = mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "status"})
		s.SetStatus(mutagent.StatusError, "no luck")
		s.End(mutagent.EndOptions{})
	})
	for _, tt := range []struct{ name, status, message, typ string }{
		{"ok", "ok", "", ""},
		{"plain", "error", "base", "*errors.errorString"},
		{"wrapped", "error", "calling: base", "*mutagent_test.quotaError"},
		{"only wrapped", "error", "calling: file does not exist", "*errors.errorString"},
		{"set", "error", "base", "*errors.errorString"},
		{"forgiven", "ok", "base", "*errors.errorString"},
		{"status", "error", "no luck", ""},
	} {
		s := spans[tt.name]
		typ, _ := s.Attributes["error.type"].(string)
		assert.Equal(t, []string{tt.status, tt.message, tt.typ}, []string{s.Status, s.Message, typ}, tt.name)
	}
}

// isPanicking is an error whose Is has a bug.
type isPanicking struct{ error }

func (isPanicking) Is(error) bool { panic("bug") }

// Well-known errors are told by their names, wherever in the chain they are.
func TestKnownErrors(t *testing.T) {
	known := map[string]error{
		"context.Canceled":          &quotaError{fmt.Errorf("reading: %w", context.Canceled)},
		"context.DeadlineExceeded":  context.DeadlineExceeded,
		"os.ErrDeadlineExceeded":    errors.Join(errBase, os.ErrDeadlineExceeded),
		"net.ErrClosed":             &net.OpError{Op: "read", Err: net.ErrClosed},
		"io.ErrUnexpectedEOF":       io.ErrUnexpectedEOF,
		"io.EOF":                    &url.Error{Op: "Post", URL: "/", Err: io.EOF},
		"mutagent_test.isPanicking": isPanicking{errBase},
		"*mutagent_test.quotaError": &quotaError{os.ErrNotExist},
		"*errors.errorString":       errors.New("EOF"),
	}
	spans := traced(t, func(ctx context.Context) {
		for name, err := range known {
			_, s := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: name})
			s.End(mutagent.EndOptions{Err: err})
		}
	})
	for name, err := range known {
		assert.Equal(t, name, spans[name].Attributes["error.type"])
		assert.Equal(t, err.Error(), spans[name].Message)
	}
}

func TestPanicGoesOn(t *testing.T) {
	boom := &quotaError{errBase}
	spans := traced(t, func(ctx context.Context) {
		defer func() { assert.Same(t, boom, recover()) }()
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "outer")
		defer end()
		func() {
			var err error
			_, end := mutagent.Start(ctx, mutagent.KindTool, "inner")
			defer end(&err)
			panic(boom)
		}()
	})
	for _, name := range []string{"outer", "inner"} {
		s := spans[name]
		assert.Equal(t, "error", s.Status)
		assert.Contains(t, s.Message, "panic: ")
		assert.Equal(t, "*mutagent_test.quotaError", s.Attributes["error.type"])
		require.Len(t, s.Events, 1)
		assert.Equal(t, "exception", s.Events[0].Name)
		assert.Contains(t, s.Events[0].Attributes["exception.stacktrace"], "TestPanicGoesOn")
	}
}

func TestGoexitGoesOn(t *testing.T) {
	spans := traced(t, func(ctx context.Context) {
		var wg sync.WaitGroup
		wg.Go(func() {
			_, end := mutagent.Start(ctx, mutagent.KindTool, "goexit")
			defer end()
			runtime.Goexit()
		})
		wg.Wait()
	})
	assert.Equal(t, "ok", spans["goexit"].Status)
}

func TestFirstEndCounts(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, nil)
	ctx, end := c.Start(context.Background(), mutagent.KindTool, "span")
	end()
	s := mutagent.FromContext(ctx)
	end()
	s.End(mutagent.EndOptions{Err: errBase})
	s.SetName("other")
	s.SetInput(mutagent.IO{Text: "late"})
	s.SetAttributes(slog.Int("late", 1))
	require.NoError(t, c.Flush(context.Background()))
	require.Len(t, r.spans(), 1)
	got := r.spans()[0]
	assert.Equal(t, []any{"span", "ok", "", map[string]any(nil)}, []any{got.Name, got.Status, got.Input, got.Attributes})
	assert.EqualValues(t, 5, c.Stats().LateWrites)
}

// TestReplacedAttributesAreNotCharged: an attribute that is updated for long must
// not use up the span's room.
func TestReplacedAttributesAreNotCharged(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, &mutagent.Options{MaxSpanBytes: 1000})
	_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{})
	for i := range 10_000 {
		s.SetAttributes(slog.Int("progress", i), slog.Group("g", slog.String("text", fmt.Sprint(i))))
	}
	s.End(mutagent.EndOptions{})
	require.NoError(t, c.Flush(context.Background()))
	got := r.spans()[0]
	assert.False(t, got.Truncated)
	assert.Equal(t, map[string]any{"progress": 9999.0, "g": map[string]any{"text": "9999"}}, got.Attributes)
}

// TestDeliveredSpanKeepsNothing: a context may live long after its span.
func TestDeliveredSpanKeepsNothing(t *testing.T) {
	r := newReceiver(t)
	r.answer = func(w http.ResponseWriter, req *http.Request) bool {
		_, _ = io.Copy(io.Discard, req.Body) // or the receiver would keep it all
		_, _ = io.WriteString(w, `{"accepted":1,"rejected":0}`)
		return false
	}
	c := r.client(t, nil)
	before := heap()
	var contexts []context.Context
	for range 20 {
		ctx, s := c.StartSpan(context.Background(), mutagent.SpanOptions{Input: mutagent.IO{Text: strings.Repeat("x", 1<<20)}})
		contexts = append(contexts, ctx)
		s.End(mutagent.EndOptions{})
	}
	require.NoError(t, c.Flush(context.Background()))
	require.NoError(t, c.Shutdown(context.Background()))
	assert.Less(t, heap()-before, int64(10<<20))
	runtime.KeepAlive(contexts)
}

func TestNilSpan(t *testing.T) {
	s := mutagent.FromContext(context.Background())
	require.Nil(t, s)
	s.SetName("")
	s.SetInput(mutagent.IO{})
	s.SetOutput(mutagent.IO{})
	s.SetMetrics(mutagent.Metrics{})
	s.SetAttributes(slog.Int("a", 1))
	s.SetStatus(mutagent.StatusError, "")
	s.SetError(errBase)
	s.AddEvent("")
	s.End(mutagent.EndOptions{Err: errBase})
	assert.Empty(t, s.TraceID()+s.SpanID())
}

func TestNilContext(t *testing.T) {
	var none context.Context
	assert.Nil(t, mutagent.FromContext(none))
	r := newReceiver(t)
	c := r.client(t, nil)
	_, end := c.Start(none, mutagent.KindTool, "span")
	end()
	require.NoError(t, c.Flush(context.Background()))
	assert.Len(t, r.spans(), 1)
}

func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := new(fakeServer)
		c := f.client(t, mutagent.Options{})
		began := time.Now().UTC()
		_, end := c.Start(context.Background(), mutagent.KindTool, "span")
		pass(1500*time.Millisecond + 1)
		end()
		require.NoError(t, c.Shutdown(context.Background()))
		s := f.spans()[0]
		assert.Equal(t, began.Format(time.RFC3339Nano), s.StartTime)
		assert.Equal(t, began.Add(1500*time.Millisecond+1).Format(time.RFC3339Nano), s.EndTime)
		assert.Equal(t, 1500.000001, s.DurationMs)
	})
}

// TestIDs: sortable by time, random where samplers look.
func TestIDs(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, nil)
	const n = 4000
	sampled, seen := 0, map[string]bool{}
	for range n {
		before := time.Now().UnixMilli()
		_, s := c.StartSpan(context.Background(), mutagent.SpanOptions{})
		var ms int64
		_, err := fmt.Sscanf(s.TraceID()[:12], "%x", &ms)
		require.NoError(t, err)
		assert.LessOrEqual(t, before, ms)
		assert.LessOrEqual(t, ms, time.Now().UnixMilli())
		require.Len(t, s.SpanID(), 16)
		seen[s.TraceID()], seen[s.SpanID()] = true, true
		var low uint64
		_, err = fmt.Sscanf(s.TraceID()[16:], "%x", &low)
		require.NoError(t, err)
		if low>>1 < 1<<63/10 { // OpenTelemetry's ratio sampler at 0.1
			sampled++
		}
		s.End(mutagent.EndOptions{})
	}
	assert.Len(t, seen, 2*n)
	assert.InDelta(t, 0.1, float64(sampled)/n, 0.03)
}

// A hostile value's methods do what they can to harm whoever calls them.
type hostile struct{}

func (hostile) MarshalJSON() ([]byte, error) { panic("marshal") }

type hostileError struct{}

func (*hostileError) Error() string { panic("error") }

type hostileValuer struct{}

func (hostileValuer) LogValue() slog.Value { panic("log value") }

type endless struct{}

func (endless) LogValue() slog.Value { return slog.GroupValue(slog.Any("again", endless{})) }

type hostileString struct{}

func (hostileString) String() string { panic("string") }

func TestHostileValues(t *testing.T) {
	type node struct{ Next *node }
	cycle := &node{}
	cycle.Next = cycle
	loop := map[string]any{}
	loop["self"] = loop
	values := []any{hostile{}, &hostileError{}, (*hostileError)(nil), hostileValuer{}, endless{}, hostileString{}, cycle, loop, make(chan int), func() {}, "\x1b[31m\x00\xff", json.RawMessage(`{bad`), json.RawMessage("\"\xff\"")}

	spans := traced(t, func(ctx context.Context) {
		log := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
		for i, v := range values {
			spanCtx, s := mutagent.StartSpan(ctx, mutagent.SpanOptions{
				Name:       fmt.Sprint(i),
				Attributes: []slog.Attr{slog.Any("v", v)},
				Input:      mutagent.IO{Raw: v, Documents: []mutagent.Document{{Metadata: v}}},
			})
			s.SetOutput(mutagent.IO{Messages: []mutagent.Message{{Parts: []mutagent.Part{{Arguments: v, Response: v}}}}})
			s.AddEvent("e", slog.Any("v", v))
			log.With("w", v).InfoContext(spanCtx, "m", "v", v)
			err, _ := v.(error)
			s.End(mutagent.EndOptions{Err: err})
			func() {
				defer func() { _ = recover() }()
				_, end := mutagent.Start(ctx, mutagent.KindTool, fmt.Sprint("panic ", i))
				defer end()
				panic(v)
			}()
		}
	})
	assert.Len(t, spans, 2*len(values))
	assert.Contains(t, spans["0"].Attributes["v"], "!PANIC")
}

// TestValuesAreTakenAtOnce changes everything right after it was given. The race
// detector sees any later look.
func TestValuesAreTakenAtOnce(t *testing.T) {
	spans := traced(t, func(ctx context.Context) {
		m := map[string]any{"a": 1}
		attrs := []slog.Attr{slog.Any("m", m), slog.Group("g", slog.Any("m", m))}
		group := []slog.Attr{slog.Int("x", 1)}
		attrs = append(attrs, slog.Attr{Key: "group", Value: slog.GroupValue(group...)})
		parts := []mutagent.Part{{Content: "old", Arguments: m}}
		messages := []mutagent.Message{{Role: "user", Parts: parts}}
		_, s := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "span", Attributes: attrs, Input: mutagent.IO{Messages: messages, Raw: m}})
		var wg sync.WaitGroup
		wg.Go(func() {
			m["a"] = 2
			attrs[0] = slog.Int("gone", 1)
			group[0] = slog.Int("gone", 1)
			parts[0].Content = "new"
			messages[0].Role = "new"
		})
		s.End(mutagent.EndOptions{})
		wg.Wait()
	})
	s := spans["span"]
	assert.Equal(t, map[string]any{"m": map[string]any{"a": 1.0}, "g": map[string]any{"m": map[string]any{"a": 1.0}}, "group": map[string]any{"x": 1.0}}, s.Attributes)
	assert.Equal(t, map[string]any{
		"messages": []any{map[string]any{"role": "user", "content": "", "parts": []any{
			map[string]any{"type": "tool_call", "content": "old", "arguments": map[string]any{"a": 1.0}},
		}}},
		"toolCalls": []any{map[string]any{"id": "", "name": "", "arguments": map[string]any{"a": 1.0}}},
		"raw":       map[string]any{"a": 1.0},
	}, structured(t, s.Input))
}

// TestConcurrentUse has every method called from many goroutines while the span
// ends and its client shuts down.
func TestConcurrentUse(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, &mutagent.Options{BatchSize: 1})
	ctx, s := c.StartSpan(context.Background(), mutagent.SpanOptions{Name: "shared"})
	log := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 50 {
				s.SetName("n")
				s.SetInput(mutagent.IO{Text: "in"})
				s.SetOutput(mutagent.IO{Raw: i})
				s.SetMetrics(mutagent.Metrics{InputTokens: 1})
				s.SetAttributes(slog.Int("i", i))
				s.AddEvent("e")
				s.SetStatus(mutagent.StatusOK, "")
				s.SetError(errBase)
				log.InfoContext(ctx, "m", "i", i)
				_, end := mutagent.Start(ctx, mutagent.KindTool, "child")
				end()
				_ = s.TraceID() + s.SpanID() + fmt.Sprint(ctx)
				_ = c.Stats()
			}
			s.End(mutagent.EndOptions{})
			_ = c.Flush(context.Background())
		})
	}
	wg.Wait()
	require.NoError(t, c.Shutdown(context.Background()))
	stats := c.Stats()
	balanced(t, stats)
	assert.EqualValues(t, 401, stats.Ended)
}

// A span can have ended before it is ended, but not before it began.
func TestEndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := mutest.New(t)
		ctx := rec.Context(t.Context())
		began := time.Now()
		_, early := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "early"})
		_, never := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "never"})
		time.Sleep(3 * time.Second) // on synctest's clock
		early.End(mutagent.EndOptions{Time: began.Add(time.Second)})
		never.End(mutagent.EndOptions{Time: began.Add(-time.Second)})
		assert.Equal(t, time.Second, rec.Span("early").Duration)
		assert.Zero(t, rec.Span("never").Duration)
	})
}

// A circular error wraps itself.
type circular struct{ error }

func (e *circular) Unwrap() error { return e }

// A lockedError asks for a lock to say what it is.
type lockedError struct {
	error
	mu *sync.Mutex
}

func (e *lockedError) Is(error) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return false
}

// A leavingError ends the goroutine that asks what it wraps.
type leavingError struct{ error }

func (*leavingError) Unwrap() error {
	runtime.Goexit()
	return nil
}

// A program that never asks what an error wraps does not notice that this never ends.
func TestErrorsThatNeverAnswer(t *testing.T) {
	var mu sync.Mutex
	mu.Lock()
	defer mu.Unlock()
	spans := traced(t, func(ctx context.Context) {
		for name, err := range map[string]error{
			"circular": &circular{errBase}, "locked": &lockedError{errBase, &mu}, "leaving": &leavingError{errBase},
		} {
			_, s := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: name})
			s.End(mutagent.EndOptions{Err: err})
		}
	})
	for name, typ := range map[string]string{"circular": "circular", "locked": "lockedError", "leaving": "leavingError"} {
		assert.Equal(t, "*mutagent_test."+typ, spans[name].Attributes["error.type"])
		assert.Equal(t, "base", spans[name].Message)
	}
}
