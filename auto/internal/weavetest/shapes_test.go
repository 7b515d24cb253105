//go:build woven

package weavetest

import (
	"context"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func TestShapes(t *testing.T) {
	rec := mutest.New(t)
	ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindWorkflow, "shapes")

	got, err := plain(ctx, "go")
	assert.Equal(t, "GO", got)
	assert.NoError(t, err)
	assert.NoError(t, outer(ctx))
	assert.ErrorIs(t, fails(ctx), errFailed)
	assert.PanicsWithValue(t, "oh no", func() { panics(ctx) })
	assert.Equal(t, 3, withoutError(ctx, 1, 2, "not recorded"))
	_, joined, _ := named(ctx, "to", "be")
	assert.Equal(t, "to be", joined)
	_, two, _ := unnamed(ctx)
	assert.Equal(t, "two", two)
	m, _ := generic(ctx, "k", 7)
	assert.Equal(t, map[string]int{"k": 7}, m)
	item, _ := (&store[string]{items: []string{"a fact"}}).first(ctx)
	assert.Equal(t, "a fact", item)
	_, _ = agent{name: "the agent"}.run(ctx, "why?")
	serve(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/answer", nil))
	_, _ = closure()(ctx, "hey")
	clash, _ := clashing(ctx, "a", "b", "c")
	assert.Equal(t, "abc", clash)

	end()
	rec.Golden("testdata/shapes.tree")
}

// A function without a context starts a trace of its own, with the default client.
func TestWithoutContext(t *testing.T) {
	rec := new(mutest.Recorder)
	server := httptest.NewServer(rec)
	defer server.Close()
	require.NoError(t, mutagent.Init(&mutagent.Options{APIKey: "mt_test", Endpoint: server.URL}))
	n, err := withoutContext("four")
	assert.Equal(t, 4, n)
	assert.NoError(t, err)
	require.NoError(t, mutagent.Shutdown(context.Background()))
	require.Len(t, rec.Spans(), 1)
	assert.Equal(t, "four", rec.Spans()[0].Input.Text)
}

// Stack traces contain the lines of the original source.
func TestLines(t *testing.T) {
	defer func() {
		_ = recover()
		stack := make([]byte, 1<<14)
		assert.Contains(t, string(stack[:runtime.Stack(stack, false)]), "shapes.go:30")
	}()
	rec := mutest.New(t)
	panics(rec.Context(t.Context()))
}
