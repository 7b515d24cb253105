package mutagent_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

type query struct {
	Text string `json:"text"`
	Max  int    `json:"max"`
}

type reply struct {
	Found []string `json:"found"`
}

type searcher struct{ prefix string }

func (s *searcher) Search(ctx context.Context, q query) (reply, error) {
	if q.Max < 0 {
		return reply{}, errBase
	}
	mutagent.FromContext(ctx).AddEvent("searched")
	return reply{Found: []string{s.prefix + q.Text}}, nil
}

func shout(_ context.Context, s string) (string, error) { return s + "!", nil }

func same[T any](_ context.Context, v T) (T, error) { return v, nil }

func TestWrap(t *testing.T) {
	spans := traced(t, func(ctx context.Context) {
		search := mutagent.Wrap(mutagent.KindRetrieval, (&searcher{"a "}).Search)
		got, err := search(ctx, query{"lamp", 1})
		assert.NoError(t, err)
		assert.Equal(t, reply{[]string{"a lamp"}}, got)

		failing := mutagent.Wrap(mutagent.SpanOptions{Kind: mutagent.KindRetrieval, Name: "failing", Attributes: []slog.Attr{slog.Int("n", 1)}}, (&searcher{}).Search)
		_, err = failing(ctx, query{Max: -1})
		assert.Equal(t, errBase, err)

		text, err := mutagent.Wrap(mutagent.KindTool, shout)(ctx, "hey")
		assert.NoError(t, err)
		assert.Equal(t, "hey!", text)

		_, err = mutagent.Wrap(mutagent.SpanOptions{Kind: mutagent.KindChain, Name: "messages"}, same[[]mutagent.Message])(ctx, []mutagent.Message{{Role: "user", Content: "hi"}})
		assert.NoError(t, err)

		_, err = mutagent.Wrap(mutagent.KindTool, func(context.Context, int) (struct{}, error) { return struct{}{}, errBase })(ctx, 7)
		assert.Equal(t, errBase, err)

		_, err = mutagent.Wrap(mutagent.KindTool, same[struct{}])(ctx, struct{}{})
		assert.NoError(t, err)
	})
	found := spans["searcher.Search"]
	assert.Equal(t, "retrieval", found.Kind)
	assert.Equal(t, map[string]any{"raw": map[string]any{"text": "lamp", "max": 1.0}}, structured(t, found.Input))
	assert.Equal(t, map[string]any{"raw": map[string]any{"found": []any{"a lamp"}}}, structured(t, found.Output))
	assert.Equal(t, "searched", found.Events[0].Name, "the function gets the context of the span")

	assert.Equal(t, "error", spans["failing"].Status)
	assert.Equal(t, 1.0, spans["failing"].Attributes["n"])
	assert.Equal(t, "hey", spans["shout"].Input)
	assert.Equal(t, "hey!", spans["shout"].Output)
	assert.Contains(t, spans["messages"].Input, `"messages"`)
	assert.Empty(t, spans["same"].Input)
	assert.Empty(t, spans["same"].Output)

	closure := spans["TestWrap.func1.1"]
	assert.Equal(t, "error", closure.Status)
	assert.Equal(t, map[string]any{"raw": 7.0}, structured(t, closure.Input))
	assert.Empty(t, closure.Output)
}

// cart is what a program guards by a lock.
type cart struct {
	mu    sync.Mutex
	Items map[string]int
}

// TestWrapGuarded: what the program guards is not read while it may be changing.
func TestWrapGuarded(t *testing.T) {
	spans := traced(t, func(ctx context.Context) {
		c := &cart{Items: map[string]int{}}
		fill := mutagent.Wrap(named("fill"), func(ctx context.Context, c *cart) (*cart, error) {
			var done sync.WaitGroup
			for range 2 {
				done.Go(func() {
					for i := range 1000 {
						c.mu.Lock()
						c.Items[fmt.Sprint(i)] = i
						c.mu.Unlock()
					}
				})
			}
			mutagent.FromContext(ctx).AddEvent("filling", slog.Any("cart", c), slog.Any("list", []*cart{c}))
			done.Wait()
			return c, nil
		})
		var callers sync.WaitGroup
		for range 2 {
			callers.Go(func() { _, _ = fill(ctx, c) })
		}
		callers.Wait()

		_, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{Name: "by hand"})
		c.Items = map[string]int{"a": 1}
		c.mu.Lock()
		span.SetInput(mutagent.IO{Raw: mutagent.Unsafe(c)})
		c.mu.Unlock()
		span.End(mutagent.EndOptions{})
	})
	const told = "!UNREAD: mutagent_test.cart holds a sync.Mutex"
	assert.Equal(t, map[string]any{"raw": told}, structured(t, spans["fill"].Input))
	assert.Equal(t, map[string]any{"raw": told}, structured(t, spans["fill"].Output))
	assert.Equal(t, map[string]any{"cart": told, "list": []any{told}}, spans["fill"].Events[0].Attributes)
	assert.Equal(t, map[string]any{"raw": map[string]any{"Items": map[string]any{"a": 1.0}}}, structured(t, spans["by hand"].Input))
}

func TestDo(t *testing.T) {
	spans := traced(t, func(ctx context.Context) {
		got, err := mutagent.Do(ctx, mutagent.KindChain, "sum", func(ctx context.Context) (int, error) {
			return mutagent.Do(ctx, mutagent.KindTool, "one", func(context.Context) (int, error) { return 1, nil })
		})
		assert.NoError(t, err)
		assert.Equal(t, 1, got)
	})
	assert.Equal(t, spans["sum"].SpanID, spans["one"].ParentSpanID)
	assert.Equal(t, map[string]any{"raw": 1.0}, structured(t, spans["one"].Output))
}

// inSpans are the ways to run f in a span, each of which returns the error of f.
var inSpans = []struct {
	name string
	run  func(ctx context.Context, name string, f func(context.Context) error) error
}{
	{"Wrap", func(ctx context.Context, name string, f func(context.Context) error) error {
		_, err := mutagent.Wrap(named(name), func(ctx context.Context, _ int) (int, error) { return 1, f(ctx) })(ctx, 1)
		return err
	}},
	{"Do", func(ctx context.Context, name string, f func(context.Context) error) error {
		_, err := mutagent.Do(ctx, mutagent.KindTool, name, func(ctx context.Context) (int, error) { return 1, f(ctx) })
		return err
	}},
	{"Stream, its source", func(ctx context.Context, name string, f func(context.Context) error) error {
		source := func(ctx context.Context) iter.Seq2[string, error] {
			return func(yield func(string, error) bool) {
				if err := f(ctx); err != nil {
					yield("", err)
				}
			}
		}
		for _, err := range mutagent.Stream(ctx, mutagent.KindTool, name, source, nil) {
			return err
		}
		return nil
	}},
	{"Stream, its consumer", func(ctx context.Context, name string, f func(context.Context) error) error {
		var inside context.Context
		source := func(ctx context.Context) iter.Seq2[string, error] {
			inside = ctx
			return func(yield func(string, error) bool) { yield("a", nil) }
		}
		for range mutagent.Stream(ctx, mutagent.KindTool, name, source, nil) {
			return f(inside)
		}
		return nil
	}},
}

func named(name string) mutagent.SpanOptions { return mutagent.SpanOptions{Name: name} }

// TestEveryWayOut: with a span or without, a function is left in the same way.
// What its consumer does to a stream, other than to panic, is no error of it.
func TestEveryWayOut(t *testing.T) {
	for _, in := range inSpans {
		t.Run(in.name, func(t *testing.T) {
			boom := errors.New("boom")
			spans := traced(t, func(ctx context.Context) {
				assert.NoError(t, in.run(ctx, "return", func(context.Context) error { return nil }))
				assert.Same(t, boom, in.run(ctx, "error", func(context.Context) error { return boom }))
				func() {
					defer func() { assert.Same(t, boom, recover()) }()
					_ = in.run(ctx, "panic", func(context.Context) error { panic(boom) })
				}()
				assert.True(t, exits(func() {
					_ = in.run(ctx, "goexit", func(context.Context) error { runtime.Goexit(); return nil })
				}))
				ctx, cancel := context.WithCancel(ctx)
				assert.ErrorIs(t, in.run(ctx, "cancel", func(ctx context.Context) error {
					cancel()
					<-ctx.Done() // the context of the span ends with the one outside
					return ctx.Err()
				}), context.Canceled)
			})
			require.Len(t, spans, 5)
			assert.Equal(t, "ok", spans["return"].Status)
			assert.Equal(t, "panic: boom", spans["panic"].Message)
			assert.Equal(t, "ok", spans["goexit"].Status, "Goexit says nothing of an error")
			if in.name == "Stream, its consumer" {
				assert.Equal(t, "ok", spans["error"].Status)
				return
			}
			assert.Equal(t, "boom", spans["error"].Message)
			assert.Equal(t, "context canceled", spans["cancel"].Message)
		})
	}
}

// exits reports whether f ends its goroutine.
func exits(f func()) bool {
	returned := false
	var wg sync.WaitGroup
	wg.Go(func() {
		f()
		returned = true
	})
	wg.Wait()
	return !returned
}

func TestGoexitOfGo(t *testing.T) {
	spans := traced(t, func(ctx context.Context) {
		wait := mutagent.Go(ctx, mutagent.KindTool, "goexit", func(context.Context) error { runtime.Goexit(); return errBase })
		assert.NoError(t, wait(), "f has returned no error")
	})
	assert.Equal(t, "ok", spans["goexit"].Status)
}

func TestWrapWhileOff(t *testing.T) {
	clearEnv(t)
	off, err := mutagent.New(nil)
	require.NoError(t, err)
	text, err := mutagent.Wrap(mutagent.KindTool, shout)(off.Context(context.Background()), "off")
	require.NoError(t, err)
	assert.Equal(t, "off!", text)
}

func TestGo(t *testing.T) {
	const n = 1000
	spans := traced(t, func(ctx context.Context) {
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "parent")
		var waits []func() error
		for i := range n {
			waits = append(waits, mutagent.Go(ctx, mutagent.KindTool, fmt.Sprint(i), func(ctx context.Context) error {
				_, end := mutagent.Start(ctx, mutagent.KindCustom, fmt.Sprint(i, " child"))
				end()
				if i == 7 {
					return errBase
				}
				return nil
			}))
		}
		end() // its children may outlive it
		for i, wait := range waits {
			if err := wait(); i == 7 {
				assert.Equal(t, errBase, err)
			} else {
				assert.NoError(t, err)
			}
		}
	})
	require.Len(t, spans, 2*n+1)
	for i := range n {
		s, child := spans[fmt.Sprint(i)], spans[fmt.Sprint(i, " child")]
		require.Equal(t, spans["parent"].SpanID, s.ParentSpanID)
		require.Equal(t, s.SpanID, child.ParentSpanID)
		require.Equal(t, spans["parent"].TraceID, child.TraceID)
	}
	assert.Equal(t, "error", spans["7"].Status)
}

// letters is a stream that takes a second, and whose first item comes after 50 ms,
// on synctest's clock: its sleeps are what the test is about, and take no time.
func letters(err error) func(context.Context) iter.Seq2[string, error] {
	return func(ctx context.Context) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			time.Sleep(50 * time.Millisecond) // on synctest's clock
			for _, letter := range []string{"a", "b", "c"} {
				if ctx.Err() != nil {
					yield("", ctx.Err())
					return
				}
				if !yield(letter, nil) {
					return
				}
			}
			time.Sleep(950 * time.Millisecond) // on synctest's clock
			if err != nil {
				yield("", err)
			}
		}
	}
}

func itself(s string) string { return s }

func TestStream(t *testing.T) {
	errUser := errors.New("the user has gone")
	tests := []struct {
		name    string
		consume func(context.Context)
		status  string
		message string
		output  string
		items   float64
		ms      float64
	}{
		{"whole", func(ctx context.Context) {
			var got string
			for letter, err := range mutagent.Stream(ctx, mutagent.KindLLMChat, "chat", letters(nil), itself) {
				require.NoError(t, err)
				got += letter
			}
			assert.Equal(t, "abc", got)
		}, "ok", "", "abc", 3, 1000},
		{"broken off", func(ctx context.Context) {
			for range mutagent.Stream(ctx, mutagent.KindLLMChat, "chat", letters(nil), itself) {
				break
			}
		}, "ok", "", "a", 1, 50},
		{"failed", func(ctx context.Context) {
			var last error
			for _, err := range mutagent.Stream(ctx, mutagent.KindLLMChat, "chat", letters(errBase), itself) {
				last = err
			}
			assert.Equal(t, errBase, last)
		}, "error", "base", "abc", 3, 1000},
		{"cancelled", func(ctx context.Context) {
			ctx, cancel := context.WithCancelCause(ctx)
			defer cancel(nil)
			var last error
			for _, err := range mutagent.Stream(ctx, mutagent.KindLLMChat, "chat", letters(nil), itself) {
				cancel(errUser)
				last = err
			}
			assert.Equal(t, context.Canceled, last, "the consumer sees what the stream says")
		}, "error", "the user has gone", "a", 1, 50},
		{"cancelled, and the consumer returns", func(ctx context.Context) {
			ctx, cancel := context.WithCancelCause(ctx)
			defer cancel(nil)
			for _, err := range mutagent.Stream(ctx, mutagent.KindLLMChat, "chat", letters(nil), itself) {
				cancel(errUser)
				if err != nil {
					return
				}
			}
		}, "error", "the user has gone", "a", 1, 50},
		{"cancelled, and the stream says nothing", func(ctx context.Context) {
			ctx, cancel := context.WithCancelCause(ctx)
			defer cancel(nil)
			silent := func(ctx context.Context) iter.Seq2[string, error] {
				return func(yield func(string, error) bool) {
					for letter, err := range letters(nil)(ctx) {
						if err != nil || !yield(letter, nil) {
							return
						}
					}
				}
			}
			for range mutagent.Stream(ctx, mutagent.KindLLMChat, "chat", silent, itself) {
				cancel(errUser)
			}
		}, "error", "the user has gone", "a", 1, 50},
		{"broken off, and cancelled", func(ctx context.Context) {
			ctx, cancel := context.WithCancelCause(ctx)
			defer cancel(nil)
			for range mutagent.Stream(ctx, mutagent.KindLLMChat, "chat", letters(nil), itself) {
				cancel(errUser)
				break
			}
		}, "ok", "", "a", 1, 50},
		{"consumer panics", func(ctx context.Context) {
			defer func() { assert.Equal(t, "consumer", recover()) }()
			for range mutagent.Stream(ctx, mutagent.KindLLMChat, "chat", letters(nil), itself) {
				panic("consumer")
			}
		}, "error", "panic: consumer", "a", 1, 50},
		{"text panics", func(ctx context.Context) {
			for range mutagent.Stream(ctx, mutagent.KindLLMChat, "chat", letters(nil), func(string) string { panic("text") }) {
				break
			}
		}, "ok", "", "", 1, 50},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := new(fakeServer)
				c := f.client(t, mutagent.Options{})
				tt.consume(c.Context(context.Background()))
				require.NoError(t, c.Shutdown(context.Background()))
				require.Len(t, f.spans(), 1)
				s := f.spans()[0]
				assert.Equal(t, tt.status, s.Status)
				assert.Equal(t, tt.message, s.Message)
				output := s.Output
				assert.Equal(t, tt.output, output)
				assert.Equal(t, tt.items, s.Attributes["stream.items"])
				assert.Equal(t, 0.05, s.Metrics["timeToFirstToken"], "the first item, not the end")
				assert.Equal(t, tt.ms, s.DurationMs)
			})
		})
	}
}

func TestStreamOutputIsBounded(t *testing.T) {
	r := newReceiver(t)
	c := r.client(t, &mutagent.Options{MaxSpanBytes: 100})
	long := func(context.Context) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for range 1000 {
				if !yield("0123456789", nil) {
					return
				}
			}
		}
	}
	for range mutagent.Stream(c.Context(context.Background()), mutagent.KindLLMChat, "chat", long, itself) {
	}
	require.NoError(t, c.Flush(context.Background()))
	s := r.spans()[0]
	text := s.Output
	assert.LessOrEqual(t, len(text), 100)
	assert.NotEmpty(t, text)
}
