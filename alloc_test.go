//go:build !race

package mutagent_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

// Promises about allocations. The race detector allocates too, so they are not
// checked under it.

// quietClient returns a client whose loop does not run while a test counts: the
// loop's allocations would be counted too.
func quietClient(t *testing.T) *mutagent.Client {
	t.Helper()
	c, err := mutagent.New(&mutagent.Options{
		APIKey:        "mt_test",
		BatchSize:     1 << 30,
		BatchInterval: time.Hour,
		HTTPClient:    &http.Client{Transport: accepting{}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Shutdown(context.Background()) })
	return c
}

// accepting is a server that takes everything.
type accepting struct{}

func (accepting) RoundTrip(req *http.Request) (*http.Response, error) {
	_, err := io.Copy(io.Discard, req.Body)
	return &http.Response{StatusCode: http.StatusOK, Body: taken(), Header: http.Header{}}, err
}

func wantAllocs(t *testing.T, want float64, f func()) {
	t.Helper()
	assert.LessOrEqual(t, testing.AllocsPerRun(500, f), want)
}

func TestSpanAllocs(t *testing.T) {
	c := quietClient(t)
	root, endRoot := c.Start(context.Background(), mutagent.KindAgent, "root")
	defer endRoot()

	t.Run("bare", func(t *testing.T) {
		wantAllocs(t, 1, func() {
			_, end := mutagent.Start(root, mutagent.KindTool, "tool")
			defer end()
		})
	})
	t.Run("size", func(t *testing.T) {
		ctx, end := mutagent.Start(root, mutagent.KindTool, "tool")
		defer end()
		assert.LessOrEqual(t, reflect.TypeOf(ctx).Elem().Size(), uintptr(240), "the next size class is 256 bytes")
	})
	t.Run("end elsewhere", func(t *testing.T) {
		var kept func(...*error)
		wantAllocs(t, 2, func() {
			_, kept = mutagent.Start(root, mutagent.KindTool, "tool")
			kept()
		})
	})
	t.Run("low level", func(t *testing.T) {
		wantAllocs(t, 1, func() {
			_, s := mutagent.StartSpan(root, mutagent.SpanOptions{Name: "tool"})
			s.End(mutagent.EndOptions{})
		})
	})
	t.Run("full", func(t *testing.T) {
		wantAllocs(t, 3, func() {
			_, s := mutagent.StartSpan(root, mutagent.SpanOptions{
				Kind:       mutagent.KindLLMChat,
				Name:       "chat",
				Input:      mutagent.IO{Text: "question"},
				Attributes: []slog.Attr{slog.String("a", "b")},
			})
			s.End(mutagent.EndOptions{
				Output:  mutagent.IO{Text: "answer"},
				Metrics: mutagent.Metrics{Model: "gpt-4o", Provider: "openai", InputTokens: 1, OutputTokens: 2},
			})
		})
	})
}

func TestEventAllocs(t *testing.T) {
	c := quietClient(t)
	ctx, end := c.Start(context.Background(), mutagent.KindAgent, "agent")
	defer end()
	next := slog.NewJSONHandler(io.Discard, nil)
	log := slog.New(mutagent.NewHandler(next, nil))

	t.Run("under a span", func(t *testing.T) {
		wantAllocs(t, 0, func() { // less than one: room is made for several events at a time
			log.LogAttrs(ctx, slog.LevelInfo, "picked a tool", slog.String("tool", "orders"), slog.Int("try", 1))
		})
	})
	t.Run("without a span", func(t *testing.T) {
		wantAllocs(t, 0, func() {
			log.LogAttrs(context.Background(), slog.LevelInfo, "picked a tool", slog.String("tool", "orders"), slog.Int("try", 1))
		})
	})
	t.Run("below the level", func(t *testing.T) {
		wantAllocs(t, 0, func() { log.DebugContext(ctx, "detail") })
	})
}

func TestOffAllocs(t *testing.T) {
	clearEnv(t)
	c, err := mutagent.New(nil)
	require.NoError(t, err)
	ctx := context.Background()
	wantAllocs(t, 0, func() {
		ctx, end := c.Start(ctx, mutagent.KindTool, "tool", slog.Int("n", 1))
		_, s := c.StartSpan(ctx, mutagent.SpanOptions{Input: mutagent.IO{Text: "in"}})
		s.SetAttributes(slog.Int("n", 1))
		s.End(mutagent.EndOptions{Output: mutagent.IO{Text: "out"}})
		end()
	})
}

// TestWrapOffAllocs: a wrapped function allocates no more than the function.
func TestWrapOffAllocs(t *testing.T) {
	clearEnv(t)
	off, err := mutagent.New(nil)
	require.NoError(t, err)
	search := func(_ context.Context, q query) (reply, error) { return reply{}, nil }
	wrapped := mutagent.Wrap(mutagent.KindRetrieval, search)
	ctxs := map[string]context.Context{
		"no client":  context.Background(),
		"client off": off.Context(context.Background()),
		"suppressed": mutagent.WithSuppressed(context.Background()),
	}
	check := func(t *testing.T) {
		for name, ctx := range ctxs {
			t.Run(name, func(t *testing.T) {
				wantAllocs(t, 0, func() { _, _ = wrapped(ctx, query{Text: "lamp", Max: 1}) })
			})
		}
	}
	t.Run("tracing is off", check)
	quietClient(t)
	t.Run("elsewhere it is on", check)
}
