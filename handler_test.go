package mutagent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// logged runs f with a logger under a span, and returns the span's events.
func logged(t *testing.T, opts *mutagent.HandlerOptions, f func(context.Context, *slog.Logger)) []event {
	t.Helper()
	r := newReceiver(t)
	c := r.client(t, nil)
	ctx, end := c.Start(context.Background(), mutagent.KindAgent, "agent")
	f(ctx, slog.New(mutagent.NewHandler(slog.DiscardHandler, opts)))
	end()
	require.NoError(t, c.Flush(context.Background()))
	require.Len(t, r.spans(), 1)
	return r.spans()[0].Events
}

// TestForwardingPassesSlogtest checks that what is forwarded is as it would be
// without our handler, with and without a span.
func TestForwardingPassesSlogtest(t *testing.T) {
	for _, name := range []string{"without a span", "under a span"} {
		t.Run(name, func(t *testing.T) {
			c := newReceiver(t).client(t, nil)
			under := func(ctx context.Context) context.Context {
				if name == "under a span" {
					ctx, _ = c.Start(ctx, mutagent.KindAgent, "agent")
				}
				return ctx
			}
			var out bytes.Buffer
			slogtest.Run(t, func(*testing.T) slog.Handler {
				out.Reset()
				return inContext{mutagent.NewHandler(slog.NewJSONHandler(&out, nil), nil), under}
			}, func(t *testing.T) map[string]any {
				var m map[string]any
				require.NoError(t, json.Unmarshal(out.Bytes(), &m))
				return m
			})
		})
	}
}

// TestEventsPassSlogtest reads back the event in place of the forwarded record.
func TestEventsPassSlogtest(t *testing.T) {
	var (
		r    *receiver
		c    *mutagent.Client
		span *mutagent.Span
	)
	slogtest.Run(t, func(t *testing.T) slog.Handler {
		r = newReceiver(t)
		c = r.client(t, nil)
		return inContext{mutagent.NewHandler(slog.NewTextHandler(io.Discard, nil), nil), func(ctx context.Context) context.Context {
			ctx, span = c.StartSpan(ctx, mutagent.SpanOptions{})
			return ctx
		}}
	}, func(t *testing.T) map[string]any {
		span.End(mutagent.EndOptions{})
		require.NoError(t, c.Flush(context.Background()))
		e := r.spans()[0].Events[0]
		m := map[string]any{"msg": e.Name, "level": e.Level}
		if e.Timestamp != "" {
			m["time"] = e.Timestamp
		}
		for k, v := range e.Attributes {
			m[k] = v
		}
		return m
	})
}

// inContext changes the context of every record.
type inContext struct {
	slog.Handler
	change func(context.Context) context.Context
}

func (h inContext) Handle(ctx context.Context, r slog.Record) error {
	return h.Handler.Handle(h.change(ctx), r)
}

func (h inContext) WithAttrs(attrs []slog.Attr) slog.Handler {
	return inContext{h.Handler.WithAttrs(attrs), h.change}
}

func (h inContext) WithGroup(name string) slog.Handler {
	return inContext{h.Handler.WithGroup(name), h.change}
}

// The cases that other handlers get wrong although they pass slogtest.
func TestEventAttributes(t *testing.T) {
	tests := []struct {
		name string
		log  func(context.Context, *slog.Logger)
		want string // attributes of the only event
	}{
		{"a group without attributes of its own stays", func(ctx context.Context, l *slog.Logger) {
			l.WithGroup("G").WithGroup("H").InfoContext(ctx, "m", "a", 1)
		}, `{"G":{"H":{"a":1}}}`},
		{"attributes of the logger stay in their group", func(ctx context.Context, l *slog.Logger) {
			l.With("x", 1).WithGroup("G").With("y", 2).WithGroup("H").InfoContext(ctx, "m")
		}, `{"x":1,"G":{"y":2}}`},
		{"a group with an empty key is inlined", func(ctx context.Context, l *slog.Logger) {
			l.InfoContext(ctx, "m", slog.Group("", slog.String("c", "d")), slog.Group("e", slog.Group("", slog.Int("f", 1))))
		}, `{"c":"d","e":{"f":1}}`},
		{"empty groups are dropped", func(ctx context.Context, l *slog.Logger) {
			l.With("a", 1).InfoContext(ctx, "m", slog.Group("g"), slog.Group("h", slog.Group("i")))
		}, `{"a":1}`},
		{"an error is an attribute like any other", func(ctx context.Context, l *slog.Logger) {
			l.InfoContext(ctx, "m", "err", io.EOF, slog.Group("g", slog.Any("err", io.ErrUnexpectedEOF)))
		}, `{"err":"EOF","g":{"err":"unexpected EOF"}}`},
		{"a LogValuer is resolved, also in the logger", func(ctx context.Context, l *slog.Logger) {
			l.With("u", user{"ann"}).InfoContext(ctx, "m", "v", user{"bob"})
		}, `{"u":{"name":"ann"},"v":{"name":"bob"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			events := logged(t, nil, tt.log)
			require.Len(t, events, 1)
			got, err := json.Marshal(events[0].Attributes)
			require.NoError(t, err)
			assert.JSONEq(t, tt.want, string(got))
		})
	}
}

type user struct{ name string }

func (u user) LogValue() slog.Value { return slog.GroupValue(slog.String("name", u.name)) }

// TestSiblingsDoNotShare derives loggers from one, whose slices must not alias.
func TestSiblingsDoNotShare(t *testing.T) {
	var out bytes.Buffer
	events := logged(t, nil, func(ctx context.Context, _ *slog.Logger) {
		l := slog.New(mutagent.NewHandler(slog.NewTextHandler(&out, nil), &mutagent.HandlerOptions{AddIDs: true}))
		parent := l.WithGroup("1").WithGroup("2").WithGroup("3")
		x, y := parent.WithGroup("x").With("k", "x"), parent.WithGroup("y").With("k", "y")
		x.InfoContext(ctx, "m")
		y.InfoContext(ctx, "m")
	})
	assert.Equal(t, map[string]any{"1": map[string]any{"2": map[string]any{"3": map[string]any{"x": map[string]any{"k": "x"}}}}}, events[0].Attributes)
	assert.Equal(t, map[string]any{"1": map[string]any{"2": map[string]any{"3": map[string]any{"y": map[string]any{"k": "y"}}}}}, events[1].Attributes)
	lines := strings.Split(out.String(), "\n")
	assert.Contains(t, lines[0], "1.2.3.x.k=x")
	assert.Contains(t, lines[1], "1.2.3.y.k=y")
}

func TestEventLevels(t *testing.T) {
	events := logged(t, &mutagent.HandlerOptions{Level: slog.Level(-100)}, func(ctx context.Context, l *slog.Logger) {
		for _, level := range []slog.Level{-20, -8, -4, -3, 0, 1, 2, 4, 8, 12, 20} {
			l.Log(ctx, level, "m")
		}
	})
	var got []int
	for _, e := range events {
		got = append(got, e.Severity)
	}
	assert.Equal(t, []int{1, 1, 5, 6, 9, 10, 11, 13, 17, 21, 24}, got, "OpenTelemetry's severities are 1 to 24")
	assert.Equal(t, "DEBUG+1", events[3].Level)
}

// TestEventLevelIsSeparate: each side sees what its own level lets through.
func TestEventLevelIsSeparate(t *testing.T) {
	var out bytes.Buffer
	events := logged(t, nil, func(ctx context.Context, _ *slog.Logger) {
		next := slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelError})
		l := slog.New(mutagent.NewHandler(next, &mutagent.HandlerOptions{Level: slog.LevelWarn}))
		assert.False(t, l.Enabled(ctx, slog.LevelInfo))
		assert.True(t, l.Enabled(ctx, slog.LevelWarn))
		assert.False(t, l.Enabled(context.Background(), slog.LevelWarn), "without a span the application's level counts alone")
		l.InfoContext(ctx, "info")
		l.WarnContext(ctx, "warn")
		l.ErrorContext(ctx, "error")

		chatty := slog.New(mutagent.NewHandler(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}), nil))
		chatty.DebugContext(ctx, "debug")
	})
	require.Len(t, events, 2)
	assert.Equal(t, "warn", events[0].Name)
	assert.Equal(t, "error", events[1].Name)
	assert.NotContains(t, out.String(), "warn", "the application had switched warnings off")
	assert.Contains(t, out.String(), "msg=error")
	assert.Contains(t, out.String(), "msg=debug", "the level of events does not hide a record from the application")
}

func TestEventSource(t *testing.T) {
	events := logged(t, nil, func(ctx context.Context, l *slog.Logger) {
		l.InfoContext(ctx, "here")
		require.NoError(t, l.Handler().Handle(ctx, slog.Record{Message: "nowhere"}))
	})
	require.NotNil(t, events[0].Source)
	assert.True(t, strings.HasSuffix(events[0].Source.File, "handler_test.go"))
	assert.Contains(t, events[0].Source.Function, "TestEventSource")
	assert.Positive(t, events[0].Source.Line)
	assert.Nil(t, events[1].Source)
	assert.Empty(t, events[1].Timestamp)
}

func TestAddIDs(t *testing.T) {
	c := newReceiver(t).client(t, nil)
	ctx, span := c.StartSpan(context.Background(), mutagent.SpanOptions{})
	ids := map[string]any{"trace_id": span.TraceID(), "span_id": span.SpanID()}

	tests := []struct {
		name string
		log  func(*slog.Logger)
		want map[string]any
	}{
		{"no group", func(l *slog.Logger) { l.With("a", 1).InfoContext(ctx, "m", "b", 2) }, map[string]any{"a": 1.0, "b": 2.0}},
		{"open groups", func(l *slog.Logger) {
			l.With("a", 1).WithGroup("g").With("b", 2).WithGroup("h").InfoContext(ctx, "m", "c", 3)
		}, map[string]any{"a": 1.0, "g": map[string]any{"b": 2.0, "h": map[string]any{"c": 3.0}}}},
		{"a map before the group", func(l *slog.Logger) {
			l.With("a", map[string]int{}).WithGroup("g").With("b", 2).InfoContext(ctx, "m")
		}, map[string]any{"a": map[string]any{}, "g": map[string]any{"b": 2.0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			next := slog.NewJSONHandler(&out, &slog.HandlerOptions{ReplaceAttr: dropBuiltIns})
			tt.log(slog.New(mutagent.NewHandler(next, &mutagent.HandlerOptions{AddIDs: true})))
			for k, v := range ids {
				tt.want[k] = v
			}
			var got map[string]any
			require.NoError(t, json.Unmarshal(out.Bytes(), &got))
			assert.Equal(t, tt.want, got)
		})
	}
}

func dropBuiltIns(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
		return slog.Attr{}
	}
	return a
}

// TestReadOnce: with AddIDs the next handler reads a value when it would without,
// and not again for each record.
func TestReadOnce(t *testing.T) {
	c := newReceiver(t).client(t, nil)
	ctx, span := c.StartSpan(context.Background(), mutagent.SpanOptions{})
	for name, group := range map[string]bool{"no group": false, "a group": true} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			var calls counting
			l := slog.New(mutagent.NewHandler(slog.NewJSONHandler(&out, nil), &mutagent.HandlerOptions{AddIDs: true}))
			if group {
				l = l.WithGroup("g")
			}
			l = l.With("v", &calls)
			before := calls
			l.InfoContext(ctx, "m")
			l.WithGroup("h").InfoContext(ctx, "m", "k", 1)
			assert.Equal(t, before, calls)
			assert.Equal(t, 2, strings.Count(out.String(), `"trace_id":"`+span.TraceID()+`"`))
		})
	}
}

type counting int

func (c *counting) LogValue() slog.Value { *c++; return slog.IntValue(7) }

// TestDisabledIsNotRead: if nobody else reads a value, neither does the event.
func TestDisabledIsNotRead(t *testing.T) {
	var calls counting
	events := logged(t, nil, func(ctx context.Context, _ *slog.Logger) {
		next := slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError})
		slog.New(mutagent.NewHandler(next, nil)).InfoContext(ctx, "m", "n", 1, "v", &calls, "m", map[string]int{"a": 1}, "err", io.EOF, "mine", mutagent.Unsafe([]int{1}))
	})
	assert.Zero(t, calls)
	assert.Equal(t, map[string]any{"n": 1.0, "v": "!UNREAD: *mutagent_test.counting", "m": "!UNREAD: map[string]int", "err": "EOF", "mine": []any{1.0}}, events[0].Attributes)
}

// TestWithAttrsGivesAwayACopy: the next handler owns the slice it gets.
func TestWithAttrsGivesAwayACopy(t *testing.T) {
	attrs := []slog.Attr{slog.Int("key", 1)}
	mutagent.NewHandler(vandal{}, nil).WithAttrs(attrs)
	assert.Equal(t, "key", attrs[0].Key)
}

type vandal struct{ slog.Handler }

func (v vandal) WithAttrs(attrs []slog.Attr) slog.Handler { attrs[0].Key = "KEY"; return v }

// TestWrappingTwice: a library and a program may both do it.
func TestWrappingTwice(t *testing.T) {
	events := logged(t, nil, func(ctx context.Context, l *slog.Logger) {
		again := mutagent.NewHandler(l.With("a", 1).Handler(), &mutagent.HandlerOptions{Level: slog.LevelWarn})
		slog.New(again).WarnContext(ctx, "once")
		slog.New(again).InfoContext(ctx, "below the level of the outer one")
	})
	require.Len(t, events, 1)
	assert.Equal(t, map[string]any{"a": 1.0}, events[0].Attributes)
}

func TestErrorOfNextIsReturned(t *testing.T) {
	h := mutagent.NewHandler(failing{slog.NewTextHandler(io.Discard, nil)}, nil)
	assert.ErrorIs(t, h.Handle(context.Background(), slog.Record{}), errDisk)
}

type failing struct{ slog.Handler }

var errDisk = errors.New("disk full")

func (failing) Handle(context.Context, slog.Record) error { return errDisk }

// TestDefaultHandler runs, in processes of their own, the line that every program writes
// first. What they print is what they print without it. A plain wrapper deadlocks.
func TestDefaultHandler(t *testing.T) {
	r := newReceiver(t)
	for _, flags := range []int{0, log.Lshortfile, log.Llongfile | log.Lmsgprefix, log.Ldate | log.LUTC, log.Ldate | log.Lshortfile | log.Lmsgprefix} {
		env := fmt.Sprint("FLAGS=", flags)
		stdout, stderr, code := child(t, r, "logs", env)
		require.Zero(t, code)
		out, errs, code := child(t, r, "logs", env, "WRAPPED=1")
		require.Zero(t, code)
		assert.Equal(t, stdout, out, env)
		assert.Equal(t, stderr, errs, env)
		assert.Contains(t, errs, "hello a=1")
		assert.Contains(t, out, "printed by log")
	}
}

func init() { programs["logs"] = printLogs }

// printLogs prints through slog and package log whatever way there is.
func printLogs() {
	flags, _ := strconv.Atoi(os.Getenv("FLAGS"))
	log.SetFlags(flags)
	log.SetPrefix("prefix: ")
	if os.Getenv("WRAPPED") != "" {
		slog.SetDefault(slog.New(mutagent.NewHandler(slog.Default().Handler(), nil)))
	}
	print := func() {
		slog.Info("hello", "a", 1, slog.Group("g", slog.String("b", "x y")))
		slog.With("a", 1).WithGroup("g").Warn("grouped", "b", 2)
		slog.Debug("never")
		log.Print("printed by log")
		log.Printf("two\n%s", "lines")
		log.Println()
		slog.NewLogLogger(slog.Default().Handler(), slog.LevelError).Print("a logger of slog's")
	}
	print()
	log.SetPrefix("another: ")
	print()
	log.SetFlags(log.Ldate | log.LUTC)
	print()
	log.SetOutput(os.Stdout)
	print()
}

// TestDefaultHandlerDeadlock: lines of both sorts at once wait for nobody.
func TestDefaultHandlerDeadlock(t *testing.T) {
	_, stderr, code := child(t, newReceiver(t), "many logs")
	require.Zero(t, code)
	assert.Equal(t, 50, strings.Count(stderr, "INFO from slog"))
	assert.Equal(t, 50, strings.Count(stderr, "of log"))
}

func init() {
	programs["many logs"] = func() {
		slog.SetDefault(slog.New(mutagent.NewHandler(slog.Default().Handler(), nil)))
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { slog.Info("from slog") })
			wg.Go(func() { log.Print("of log") })
		}
		wg.Wait()
	}
}

// TestDefaultHandlerText compares what stands in for slog's default handler with
// the original, byte by byte.
func TestDefaultHandlerText(t *testing.T) {
	original := slog.Default().Handler()
	defer func(w io.Writer, flags int) { log.SetOutput(w); log.SetFlags(flags) }(log.Writer(), log.Flags())

	for _, flags := range []int{0, log.Lshortfile, log.Llongfile | log.Lmsgprefix} {
		for name, f := range map[string]func(*slog.Logger){
			"plain":    func(l *slog.Logger) { l.Info("hello") },
			"empty":    func(l *slog.Logger) { l.Info("") },
			"spaces":   func(l *slog.Logger) { l.Info(" two  words \"quoted\" ") },
			"lines":    func(l *slog.Logger) { l.Info("one\ntwo\n") },
			"attrs":    func(l *slog.Logger) { l.Error("m", "level", slog.LevelInfo, "msg", "x y", "time", 1, "e", io.EOF) },
			"groups":   func(l *slog.Logger) { l.With("a", 1).WithGroup("g").With("b", 2).Warn("m", "c", []int{3}) },
			"no value": func(l *slog.Logger) { l.Log(context.Background(), 3, "m", []any{"lonely"}...) },
		} {
			var want, got bytes.Buffer
			log.SetFlags(flags)
			log.SetOutput(&got)
			ours := mutagent.NewHandler(original, nil)
			for _, side := range []struct {
				h   slog.Handler
				out *bytes.Buffer
			}{{original, &want}, {ours, &got}} {
				log.SetOutput(side.out)
				f(slog.New(side.h))
			}
			assert.Equal(t, want.String(), got.String(), "%s, flags %d", name, flags)
		}
	}
}
