package mutagent_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// The vendor ships 58 tests for mutagent.tracing 0.1.2. docs/python.md has them all; those
// that had no test in Go are here, under the vendor's names.

func noop(context.Context) error { return nil }

// TestPythonSpans has the rules about spans, as a Recorder sees them.
func TestPythonSpans(t *testing.T) {
	for names, rule := range map[string]func(t *testing.T, rec *mutest.Recorder, ctx context.Context){
		"test_add_and_flush test_end_span_delivers_to_callback test_start_span_creates_span": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			_, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{Kind: mutagent.KindTool, Name: "x", Input: "in"})
			assert.NotEmpty(t, span.SpanID())
			assert.NotEmpty(t, span.TraceID())
			assert.Empty(t, rec.Spans(), "it has not ended")
			span.End(mutagent.EndOptions{Status: mutagent.StatusOK, Output: "out"})
			got := rec.Span("x")
			assert.Equal(t, []any{mutagent.KindTool, mutagent.StatusOK, "in", "out"}, []any{got.Kind, got.Status, got.Input.Text, got.Output.Text})
		},
		"test_batch_groups_by_trace_id": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			a, endA := mutagent.Start(ctx, mutagent.KindChain, "a")
			b, endB := mutagent.Start(ctx, mutagent.KindChain, "b")
			for range 3 { // interleaved
				for _, ctx := range []context.Context{a, b} {
					_, end := mutagent.Start(ctx, mutagent.KindTool, "child")
					end()
				}
			}
			endB()
			endA()
			traces := rec.Traces()
			require.Len(t, traces, 2)
			assert.Len(t, traces[0].Spans, 4)
			assert.Len(t, traces[1].Spans, 4)
		},
		"test_parent_child_linking test_nested_spans_share_trace_id": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "parent")
			_, endChild := mutagent.Start(ctx, mutagent.KindTool, "child")
			endChild()
			end()
			parent, child := rec.Span("parent"), rec.Span("child")
			assert.Equal(t, parent.SpanID, child.ParentID)
			assert.Equal(t, parent.TraceID, child.TraceID)
			assert.Empty(t, parent.ParentID)
		},
		"test_trace_sync_function test_trace_decorator_propagates_context": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			inner := mutagent.Wrap(mutagent.SpanOptions{Kind: mutagent.KindTool, Name: "inner"}, func(_ context.Context, n int) (int, error) { return n + 1, nil })
			outer := mutagent.Wrap(mutagent.SpanOptions{Kind: mutagent.KindAgent, Name: "outer"}, inner)
			n, err := outer(ctx, 1)
			require.NoError(t, err)
			assert.Equal(t, 2, n)
			assert.Equal(t, rec.Span("outer").SpanID, rec.Span("inner").ParentID)
			assert.Equal(t, int64(1), rec.Span("inner").Input.Raw)
			assert.Equal(t, int64(2), rec.Span("inner").Output.Raw)
			assert.Equal(t, mutagent.StatusOK, rec.Span("inner").Status)
		},
		"test_trace_async_function test_with_trace_async_delivers_span": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			require.NoError(t, mutagent.Go(ctx, mutagent.KindAgent, "async", noop)())
			assert.Equal(t, mutagent.StatusOK, rec.Span("async").Status)
		},
		"test_trace_captures_error": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			boom := errors.New("boom")
			f := mutagent.Wrap(mutagent.SpanOptions{Name: "f"}, func(context.Context, struct{}) (struct{}, error) { return struct{}{}, boom })
			_, err := f(ctx, struct{}{})
			assert.Same(t, boom, err, "it goes on")
			assert.Equal(t, mutagent.StatusError, rec.Span("f").Status)
			assert.Equal(t, "boom", rec.Span("f").StatusMessage)
		},
		"test_with_trace_sync_delivers_span": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			out, err := mutagent.Do(ctx, mutagent.KindChain, "draft", func(context.Context) (string, error) { return "text", nil })
			require.NoError(t, err)
			assert.Equal(t, "text", out)
			assert.Equal(t, "text", rec.Span("draft").Output.Text)
		},
		"test_with_trace_sync_captures_error": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			_, err := mutagent.Do(ctx, mutagent.KindChain, "draft", func(context.Context) (string, error) { return "", errors.New("boom") })
			require.EqualError(t, err, "boom")
			assert.Equal(t, "boom", rec.Span("draft").StatusMessage)
		},
		"test_with_trace_async_captures_error": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			wait := mutagent.Go(ctx, mutagent.KindChain, "draft", func(context.Context) error { return errors.New("boom") })
			require.EqualError(t, wait(), "boom")
			assert.Equal(t, "boom", rec.Span("draft").StatusMessage)
		},
		"test_span_handle_set_attributes test_span_handle_add_event test_span_handle_set_input_output test_span_handle_set_metrics": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			_, err := mutagent.Do(ctx, mutagent.KindTool, "x", func(ctx context.Context) (struct{}, error) {
				mutagent.SetAttributes(ctx, slog.String("k", "v"))
				mutagent.SetInput(ctx, "in")
				mutagent.SetOutput(ctx, "out")
				span := mutagent.FromContext(ctx)
				span.AddEvent("hit", slog.Int("n", 1))
				span.SetMetrics(mutagent.Metrics{Model: "gpt-4o", InputTokens: 7})
				return struct{}{}, nil
			})
			require.NoError(t, err)
			got := rec.Span("x")
			assert.Equal(t, "v", got.Attributes["k"])
			assert.Equal(t, []string{"in", "out"}, []string{got.Input.Text, got.Output.Text})
			assert.Equal(t, mutagent.Metrics{Model: "gpt-4o", InputTokens: 7}, got.Metrics)
			require.Len(t, got.Events, 1)
			assert.Equal(t, map[string]any{"n": int64(1)}, got.Events[0].Attributes)
		},
		"test_get_current_span_inside_context": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			ctx, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "x"})
			assert.Same(t, span, mutagent.FromContext(ctx))
			assert.Same(t, span, mutagent.FromContext(mutagent.WithSpan(t.Context(), span)))
			span.End(mutagent.EndOptions{})
		},
		"test_get_current_span_outside_context_returns_none": func(t *testing.T, _ *mutest.Recorder, ctx context.Context) {
			assert.Nil(t, mutagent.FromContext(ctx))
			assert.Empty(t, mutagent.FromContext(ctx).TraceID())
		},
		"test_context_isolation_across_tasks": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			var waits []func() error
			for _, name := range []string{"a", "b", "c"} {
				waits = append(waits, mutagent.Go(ctx, mutagent.KindAgent, name, func(ctx context.Context) error {
					_, end := mutagent.Start(ctx, mutagent.KindTool, "below "+name)
					end()
					return nil
				}))
			}
			for _, wait := range waits {
				require.NoError(t, wait())
			}
			for _, name := range []string{"a", "b", "c"} {
				assert.Equal(t, rec.Span(name).SpanID, rec.Span("below "+name).ParentID)
			}
			assert.Len(t, rec.Traces(), 3)
		},
		"test_explicit_trace_id_on_options_is_used test_explicit_trace_id_wins_over_contextvar test_finished_span_carries_explicit_trace_id": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			const id = "0af7651916cd43dd8448eb211c80319c"
			ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "other trace")
			_, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "x", TraceID: id})
			assert.Equal(t, id, span.TraceID())
			span.End(mutagent.EndOptions{})
			end()
			assert.Equal(t, id, rec.Span("x").TraceID)
		},
		"test_contextvar_trace_id_used_when_option_absent test_new_uuid_generated_when_no_trace_id_source": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			below, root := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "root"})
			_, child := mutagent.StartSpan(below, mutagent.SpanOptions{Name: "child"})
			_, other := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "other"})
			assert.Equal(t, root.TraceID(), child.TraceID())
			assert.Len(t, other.TraceID(), 32)
			assert.NotEqual(t, root.TraceID(), other.TraceID())
			for _, s := range []*mutagent.Span{child, other, root} {
				s.End(mutagent.EndOptions{})
			}
		},
		"test_child_span_stitched_to_parent_trace_after_context_reset": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			_, parent := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "parent"})
			traceID, spanID := parent.TraceID(), parent.SpanID()
			parent.End(mutagent.EndOptions{})
			_, child := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "child", TraceID: traceID, ParentSpanID: spanID})
			child.End(mutagent.EndOptions{})
			assert.Equal(t, spanID, rec.Span("child").ParentID)
			require.Len(t, rec.Traces(), 1)
		},
		"test_session_id_inherits_from_contextvar test_session_context_manager_scopes_session_id test_finished_span_carries_session_id test_batch_payload_emits_session_id": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			_, end := mutagent.Start(mutagent.WithSession(ctx, "s-1"), mutagent.KindAgent, "in")
			end()
			_, end = mutagent.Start(ctx, mutagent.KindAgent, "out")
			end()
			assert.Equal(t, "s-1", sessionOf(rec, "in"))
			assert.Empty(t, sessionOf(rec, "out"))
		},
		"test_span_options_carries_session_id test_explicit_session_id_wins_over_contextvar": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			outer := mutagent.WithSession(ctx, "outer")
			_, end := mutagent.Start(mutagent.WithSession(outer, "inner"), mutagent.KindAgent, "x")
			end()
			assert.Equal(t, "inner", sessionOf(rec, "x"))
		},
		"test_finished_span_session_id_none_when_not_set test_batch_payload_omits_session_id_when_none": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			_, end := mutagent.Start(ctx, mutagent.KindAgent, "x")
			end()
			assert.Empty(t, sessionOf(rec, "x"))
		},
		"test_batch_payload_session_id_from_any_span_in_trace": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "without")
			_, endChild := mutagent.Start(mutagent.WithSession(ctx, "s-1"), mutagent.KindTool, "with")
			endChild()
			end()
			assert.Equal(t, "s-1", sessionOf(rec, "without"))
		},
		"test_get_current_session_id_returns_none_outside_session test_get_current_session_id_returns_session_id_inside_session": func(t *testing.T, _ *mutest.Recorder, ctx context.Context) {
			assert.Empty(t, mutagent.SessionFromContext(ctx))
			assert.Equal(t, "s-1", mutagent.SessionFromContext(mutagent.WithSession(ctx, "s-1")))
		},
		"test_shutdown_flushes_remaining test_full_lifecycle_init_trace_shutdown test_shutdown_clears_state test_clear_removes_active_spans": func(t *testing.T, rec *mutest.Recorder, ctx context.Context) {
			_, end := mutagent.Start(ctx, mutagent.KindAgent, "x")
			end()
			require.NoError(t, rec.Client().Shutdown(t.Context()))
			assert.Len(t, rec.Spans(), 1)
			after, _ := mutagent.Start(ctx, mutagent.KindAgent, "after")
			assert.Nil(t, mutagent.FromContext(after))
		},
	} {
		t.Run(names, func(t *testing.T) {
			t.Parallel()
			rec := mutest.New(t)
			rule(t, rec, rec.Context(t.Context()))
		})
	}
}

// sessionOf returns the session of the trace with a span of that name.
func sessionOf(rec *mutest.Recorder, name string) string {
	for _, trace := range rec.Traces() {
		for _, s := range trace.Spans {
			if s.Name == name {
				return trace.SessionID
			}
		}
	}
	return "no such span"
}

// TestPythonRequests has the rules about requests, as a server sees them.
func TestPythonRequests(t *testing.T) {
	for names, rule := range map[string]func(t *testing.T, srv *mutest.Server, c *mutagent.Client){
		"test_send_posts_to_batch_endpoint test_send_strips_trailing_slash test_init_with_custom_endpoint": func(t *testing.T, srv *mutest.Server, c *mutagent.Client) {
			_, end := c.Start(t.Context(), mutagent.KindAgent, "x")
			end()
			require.NoError(t, c.Flush(t.Context()))
			require.Len(t, srv.Requests(), 1)
			assert.Equal(t, "/api/traces/batch", srv.Requests()[0].Path)
			assert.Equal(t, "mt_test", srv.Requests()[0].Header.Get("x-api-key"))
		},
		"test_flush_empty_buffer_is_noop": func(t *testing.T, srv *mutest.Server, c *mutagent.Client) {
			require.NoError(t, c.Flush(t.Context()))
			assert.Empty(t, srv.Requests())
		},
		"test_send_raises_on_error_status": func(t *testing.T, srv *mutest.Server, c *mutagent.Client) {
			srv.FailNext(401)
			_, end := c.Start(t.Context(), mutagent.KindAgent, "x")
			end()
			assert.ErrorContains(t, c.Flush(t.Context()), "the test asked for this failure")
		},
		"test_send_raises_on_5xx": func(t *testing.T, srv *mutest.Server, c *mutagent.Client) {
			srv.FailNext(503)
			_, end := c.Start(t.Context(), mutagent.KindAgent, "x")
			end()
			require.NoError(t, c.Flush(t.Context()), "tried again")
			assert.Len(t, srv.Requests(), 2)
			assert.Len(t, srv.Spans(), 1)
		},
		"test_is_tracing_initialized_false_before_init": func(t *testing.T, _ *mutest.Server, c *mutagent.Client) {
			assert.True(t, mutagent.Enabled(c.Context(t.Context())))
			require.NoError(t, c.Shutdown(t.Context()))
			assert.False(t, mutagent.Enabled(c.Context(t.Context())))
		},
	} {
		t.Run(names, func(t *testing.T) {
			t.Parallel()
			srv := mutest.NewServer(t)
			c, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: srv.URL + "/", Logger: slog.New(slog.DiscardHandler)})
			require.NoError(t, err)
			defer func() { _ = c.Shutdown(context.Background()) }()
			rule(t, srv, c)
		})
	}
}

// Ten spans start a request by themselves.
//
// test_flush_when_batch_size_reached
func TestPythonBatchSize(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &replay{t: t, answers: []int{200}}
		c, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: "http://127.0.0.1", Protocol: "mutagent/0.1", HTTPClient: &http.Client{Transport: server}})
		require.NoError(t, err)
		ctx, end := c.Start(t.Context(), mutagent.KindAgent, "root")
		for i := range 10 {
			synctest.Wait()
			require.Empty(t, server.requests, "after %d spans", i)
			_, endChild := mutagent.Start(ctx, mutagent.KindTool, "child")
			endChild()
		}
		synctest.Wait()
		require.Len(t, server.requests, 1)
		end()
		require.NoError(t, c.Shutdown(t.Context()))
	})
}

// The default client of a process, in one test because there is only one.
//
// test_trace_noop_when_not_initialized test_with_trace_noop_when_not_initialized
// test_init_creates_span_manager test_reinit_after_shutdown
func TestPythonDefaultClient(t *testing.T) {
	clearEnv(t)
	off := context.Background()
	f := mutagent.Wrap(mutagent.KindTool, func(_ context.Context, n int) (int, error) { return n, nil })
	require.NoError(t, mutagent.Init(nil), "without a key tracing is off, which is no error")
	n, err := f(off, 7)
	require.NoError(t, err)
	assert.Equal(t, 7, n)
	text, err := mutagent.Do(off, mutagent.KindTool, "x", func(ctx context.Context) (string, error) {
		assert.Nil(t, mutagent.FromContext(ctx))
		return "text", nil
	})
	require.NoError(t, err)
	assert.Equal(t, "text", text)

	srv := mutest.NewServer(t)
	for _, name := range []string{"first", "second"} { // again after the shutdown
		require.NoError(t, mutagent.Init(&mutagent.Options{APIKey: "mt_test", Endpoint: srv.URL}))
		assert.True(t, mutagent.Enabled(off))
		_, end := mutagent.Start(off, mutagent.KindAgent, name)
		end()
		require.NoError(t, mutagent.Shutdown(off))
		assert.Equal(t, name, srv.Span(name).Name)
	}
}

// TestPythonRulesAreAllThere: each of the vendor's tests has a row in docs/python.md, and
// the Go test that it names exists.
func TestPythonRulesAreAllThere(t *testing.T) {
	var code strings.Builder
	files, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	for _, file := range append(files, "docs/python.md", "testdata/python-0.1.2-tests.txt") {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		code.Write(text)
	}
	rows := regexp.MustCompile("(?m)^\\| `(test_\\w+)` \\| .*`(Test\\w+)` \\|$").FindAllStringSubmatch(code.String(), -1)
	held := map[string]string{}
	for _, row := range rows {
		held[row[1]] = row[2]
	}
	rules := regexp.MustCompile(`(?m)^test_\w+  (test_\w+)$`).FindAllStringSubmatch(code.String(), -1)
	assert.Len(t, rules, 58)
	for _, rule := range rules {
		assert.Contains(t, code.String(), "\nfunc "+held[rule[1]]+"(t *testing.T)", "nothing holds %s", rule[1])
	}
}
