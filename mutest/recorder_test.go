package mutest_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// A fakeTB stands for the test of a user, of which we expect that it fails.
type fakeTB struct {
	testing.TB
	failures []string
	cleanups []func()
}

func (f *fakeTB) Helper() {}

func (f *fakeTB) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }

func (f *fakeTB) Errorf(format string, args ...any) {
	f.failures = append(f.failures, fmt.Sprintf(format, args...))
}

func (f *fakeTB) Fatal(args ...any) {
	f.failures = append(f.failures, fmt.Sprint(args...))
	runtime.Goexit()
}

func (f *fakeTB) Fatalf(format string, args ...any) { f.Fatal(fmt.Sprintf(format, args...)) }

// failuresOf runs test as a test of its own and returns what made it fail.
func failuresOf(t *testing.T, test func(testing.TB)) []string {
	f := &fakeTB{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(f)
	}()
	<-done
	for _, cleanup := range slices.Backward(f.cleanups) {
		cleanup()
	}
	return f.failures
}

// A cost of 0 can be told, and taken back.
func TestFree(t *testing.T) {
	t.Parallel()
	rec := mutest.New(t)
	for name, told := range map[string][]mutagent.Metrics{
		"free":       {{Free: true}},
		"free, then": {{CostUSD: 2}, {Free: true}, {InputTokens: 1}},
		"paid":       {{Free: true}, {CostUSD: 1}},
		"both":       {{Free: true, CostUSD: 1}},
		"unknown":    {{InputTokens: 1}},
	} {
		_, span := mutagent.StartSpan(rec.Context(t.Context()), mutagent.SpanOptions{Name: name})
		for _, m := range told {
			span.SetMetrics(m)
		}
		span.End(mutagent.EndOptions{})
	}
	for name, want := range map[string]mutagent.Metrics{
		"free": {Free: true}, "free, then": {Free: true, InputTokens: 1}, "paid": {CostUSD: 1}, "both": {CostUSD: 1}, "unknown": {InputTokens: 1},
	} {
		assert.Equal(t, want, rec.Span(name).Metrics, name)
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	rec := mutest.New(t)
	log := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))

	ctx, parent := mutagent.StartSpan(rec.Context(t.Context()), mutagent.SpanOptions{
		Kind: mutagent.KindAgent, Name: "agent", Input: mutagent.IO{Text: "question"},
	})
	ctx, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{
		Kind:       mutagent.KindLLMChat,
		Name:       "chat",
		Input:      mutagent.IO{Messages: []mutagent.Message{{Role: "user", Content: "hi"}}},
		Attributes: []slog.Attr{slog.Int("id", 7), slog.Group("http", "status", 200)},
	})
	log.WarnContext(ctx, "slow", "for", time.Second)
	span.AddEvent("chosen", slog.Bool("final", true))
	metrics := mutagent.Metrics{
		Model: "gpt-4o", Provider: "openai", InputTokens: 150, OutputTokens: 50, TotalTokens: 200, CachedInputTokens: 100,
		CacheWriteTokens: 1, ReasoningTokens: 20, CostUSD: 0.0012, TimeToFirstToken: 213*time.Millisecond + 1,
	}
	answer := mutagent.Message{
		Role: "assistant", Content: "one moment", FinishReason: "tool_call",
		Parts: []mutagent.Part{{Type: "tool_call", ID: "call_1", Name: "orders", Arguments: map[string]any{"id": 7}}},
	}
	span.End(mutagent.EndOptions{
		Err:     errors.New("overloaded"),
		Output:  mutagent.IO{Messages: []mutagent.Message{answer}},
		Metrics: metrics,
	})
	parent.End(mutagent.EndOptions{})

	got := rec.Span("chat")
	assert.Equal(t, span.TraceID(), got.TraceID)
	assert.Equal(t, span.SpanID(), got.SpanID)
	assert.Equal(t, parent.SpanID(), got.ParentID)
	assert.Equal(t, mutagent.KindLLMChat, got.Kind)
	assert.Equal(t, mutagent.StatusError, got.Status)
	assert.Equal(t, "overloaded", got.StatusMessage)
	assert.WithinDuration(t, time.Now(), got.Start, time.Minute)
	assert.Equal(t, got.Start.Add(got.Duration), got.End)
	assert.Equal(t, mutagent.IO{Messages: []mutagent.Message{{Role: "user", Content: "hi"}}}, got.Input)
	answer.Parts[0].Arguments = map[string]any{"id": int64(7)}
	assert.Equal(t, mutagent.IO{Messages: []mutagent.Message{answer}}, got.Output)
	assert.Equal(t, metrics, got.Metrics)
	assert.False(t, rec.Span("agent").Metrics.Free, "an unknown cost is not 0")
	assert.Equal(t, map[string]any{
		"id": int64(7), "http": map[string]any{"status": int64(200)}, "error.type": "*errors.errorString",
	}, got.Attributes)
	assert.False(t, got.Truncated)

	require.Len(t, got.Events, 2)
	assert.Equal(t, "slow", got.Events[0].Name)
	assert.Equal(t, "WARN", got.Events[0].Level)
	assert.Equal(t, map[string]any{"for": int64(time.Second)}, got.Events[0].Attributes)
	assert.False(t, got.Events[0].Time.Before(got.Start))
	assert.Contains(t, got.Events[0].Source.Function, "TestSpan")
	assert.Equal(t, "chosen", got.Events[1].Name)
	assert.Empty(t, got.Events[1].Level)
	assert.Nil(t, got.Events[1].Source)
}

func TestTraces(t *testing.T) {
	t.Parallel()
	rec := mutest.New(t)
	for _, name := range []string{"first", "second"} {
		ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindChain, name)
		_, endChild := mutagent.Start(ctx, mutagent.KindTool, name+"'s child")
		endChild()
		end()
	}
	traces := rec.Traces()
	require.Len(t, traces, 2)
	assert.Equal(t, "sdk", traces[0].Source)
	assert.Equal(t, "test", traces[0].Environment)
	assert.Equal(t, traces[0].ID, traces[0].Spans[0].TraceID)

	var names []string
	for _, s := range rec.Spans() {
		names = append(names, s.Name)
	}
	assert.Equal(t, []string{"first", "first's child", "second", "second's child"}, names)
}

// Each test sees its own spans, whatever the others do meanwhile.
func TestParallel(t *testing.T) {
	t.Parallel()
	for i := range 4 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			rec := mutest.New(t)
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					_, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindTool, t.Name())
					end()
					_ = rec.Traces()
				})
			}
			wg.Wait()
			spans := rec.Spans()
			assert.Len(t, spans, 8)
			for _, s := range spans {
				assert.Equal(t, t.Name(), s.Name)
			}
		})
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	rec := mutest.New(t)
	_, end := rec.Client().Start(t.Context(), mutagent.KindCustom, "numbers",
		slog.Int64("id", 1<<53+1),
		slog.Uint64("huge", math.MaxUint64),
		slog.Float64("half", 0.5),
		slog.Float64("none", math.NaN()),
		slog.Any("list", []int{1, 2}),
	)
	end()
	assert.Equal(t, map[string]any{
		"id": int64(1<<53 + 1), "huge": uint64(math.MaxUint64), "half": 0.5, "none": "NaN", "list": []any{int64(1), int64(2)},
	}, rec.Span("numbers").Attributes)
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	rec := mutest.New(t)
	docs := []mutagent.Document{
		{ID: "d1", Content: "text", Score: 0.5, Metadata: map[string]any{"page": int64(3)}},
		{ID: "d2", Content: "more"},
	}
	_, span := rec.Client().StartSpan(t.Context(), mutagent.SpanOptions{Name: "search"})
	span.End(mutagent.EndOptions{Output: mutagent.IO{Documents: docs, Raw: []any{"x", int64(1)}}})
	assert.Equal(t, mutagent.IO{Documents: docs, Raw: []any{"x", int64(1)}}, rec.Span("search").Output)
}

// What a tool answered is no text, even if nobody says which call it answers.
func TestToolResponses(t *testing.T) {
	t.Parallel()
	rec := mutest.New(t)
	said := []mutagent.Message{
		{Role: "tool", Parts: []mutagent.Part{{Type: "tool_call_response", ID: "call_1", Response: "70 degrees"}}},
		{Role: "tool", Parts: []mutagent.Part{{Type: "tool_call_response", Response: "70 degrees"}}},
		{Role: "tool", Content: "70 degrees"},
	}
	_, span := rec.Client().StartSpan(t.Context(), mutagent.SpanOptions{Name: "call", Input: mutagent.IO{Messages: said}})
	span.End(mutagent.EndOptions{})
	assert.Equal(t, said, rec.Span("call").Input.Messages)
}

// In a bubble time stands still unless everybody sleeps, so durations are exact.
func TestSynctest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rec := mutest.New(t)
		_, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindTool, "nap")
		time.Sleep(time.Hour) // on synctest's clock
		end()
		assert.Equal(t, time.Hour, rec.Span("nap").Duration)
	})
}

func TestLateEvent(t *testing.T) {
	t.Parallel()
	rec := mutest.New(t)
	log := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
	ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindTool, "tool")
	log.InfoContext(ctx, "in time")
	end()
	require.Len(t, rec.Span("tool").Events, 1)
	log.InfoContext(ctx, "late")
	events := rec.Span("tool").Events
	require.Len(t, events, 2)
	assert.Equal(t, "late", events[1].Name)
}

func TestUnfinished(t *testing.T) {
	t.Parallel()
	rec := mutest.New(t)
	_, span := mutagent.StartSpan(rec.Context(t.Context()), mutagent.SpanOptions{Name: "endless"})
	assert.Empty(t, rec.Spans())
	require.NoError(t, rec.Client().Shutdown(t.Context()))
	got := rec.Span("endless")
	assert.Equal(t, mutagent.StatusUnset, got.Status)
	assert.Zero(t, got.End)
	runtime.KeepAlive(span)
}

// A span that comes too late to be delivered is an error of the test.
func TestDeliveryFails(t *testing.T) {
	t.Parallel()
	failures := failuresOf(t, func(tb testing.TB) {
		rec := mutest.New(tb)
		_, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindTool, "tool")
		require.NoError(t, rec.Client().Shutdown(t.Context()))
		end()
		_ = rec.Traces()
	})
	require.Len(t, failures, 1)
	assert.Contains(t, failures[0], "1 dropped")
}

func TestSpanMissing(t *testing.T) {
	t.Parallel()
	failures := failuresOf(t, func(tb testing.TB) {
		rec := mutest.New(tb)
		_, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindTool, "orders")
		end()
		rec.Span("prices")
	})
	assert.Equal(t, []string{`mutest: no span is named "prices"; there are: "orders"`}, failures)
	assert.Zero(t, new(mutest.Recorder).Span("prices"))
}

// Not parallel, like all that follow: the environment and the default client are
// everybody's.
func TestEnvironment(t *testing.T) {
	t.Setenv("MUTAGENT_API_KEY", "no key")
	t.Setenv("MUTAGENT_ENDPOINT", "no endpoint")
	t.Setenv("MUTAGENT_ENVIRONMENT", "production")
	t.Setenv("HTTP_PROXY", "http://192.0.2.1")
	rec := mutest.New(t)
	_, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindTool, "tool")
	end()
	assert.Equal(t, "test", rec.Traces()[0].Environment)
}

func TestDisabled(t *testing.T) {
	t.Setenv("MUTAGENT_DISABLED", "1")
	failures := failuresOf(t, func(tb testing.TB) { mutest.New(tb) })
	assert.Equal(t, []string{"mutest: MUTAGENT_DISABLED is set, so nothing would be recorded; unset it for this test"}, failures)

	t.Setenv("MUTAGENT_DISABLED", "perhaps")
	failures = failuresOf(t, func(tb testing.TB) { mutest.New(tb) })
	require.Len(t, failures, 1)
	assert.Contains(t, failures[0], "MUTAGENT_DISABLED")
}

func TestDefaultClient(t *testing.T) {
	t.Setenv("MUTAGENT_API_KEY", "")
	rec := mutest.New(t)
	_, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindTool, "ours")
	end()
	_, end = mutagent.Start(context.Background(), mutagent.KindTool, "not ours")
	end()
	_, end = mutagent.Start(new(mutest.Recorder).Context(t.Context()), mutagent.KindTool, "nobody's")
	end()
	require.Len(t, rec.Spans(), 1)
	assert.Zero(t, mutagent.Stats().Ended)
}
