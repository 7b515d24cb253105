//go:build woven

package libs

import (
	"context"
	"errors"
	"maps"
	"testing"

	"github.com/smallnest/langgraphgo/graph"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

type state = map[string]any

type step = func(context.Context, state) (state, error)

// with adds a value to the state, in a span that must be the node's child.
func with(key string, value any) step {
	return func(ctx context.Context, s state) (state, error) {
		_, end := mutagent.Start(ctx, mutagent.KindTool, "add "+key)
		defer end()
		s = maps.Clone(s)
		s[key] = value
		return s, nil
	}
}

func run(t *testing.T, ctx context.Context, g *graph.StateGraph[state]) (state, error) {
	app, err := g.Compile()
	require.NoError(t, err)
	return app.Invoke(ctx, state{"order": 7})
}

func TestGraph(t *testing.T) {
	rec := mutest.New(t)
	g := graph.NewStateGraph[state]()
	g.AddNode("plan", "", with("plan", "ask"))
	g.AddNode("ask", "", with("asked", true))
	g.SetEntryPoint("plan")
	g.AddConditionalEdge("plan", func(context.Context, state) string { return "ask" })
	g.AddEdge("ask", graph.END)
	out, err := run(t, rec.Context(t.Context()), g)
	require.NoError(t, err)
	assert.Equal(t, state{"order": 7, "plan": "ask", "asked": true}, out)
	rec.Golden("testdata/graph.tree")
}

// Parallel nodes are children of the node of their group.
func TestParallel(t *testing.T) {
	rec := mutest.New(t)
	g := graph.NewStateGraph[state]()
	g.AddParallelNodes("both", map[string]step{"a": with("a", 1), "b": with("b", 2)}, func(all []state) state { return all[0] })
	g.AddMapReduceNode("sum", map[string]step{"c": with("c", 3), "d": with("d", 4)}, func(all []state) (state, error) { return all[0], nil })
	g.SetEntryPoint("both")
	g.AddEdge("both", "sum")
	g.AddEdge("sum", graph.END)
	_, err := run(t, rec.Context(t.Context()), g)
	require.NoError(t, err)
	parent := func(name string) string {
		for _, s := range rec.Spans() {
			if s.SpanID == rec.Span(name).ParentID {
				return s.Name
			}
		}
		return ""
	}
	got := map[string]string{}
	for _, s := range rec.Spans() {
		got[s.Name] = parent(s.Name)
	}
	assert.Equal(t, map[string]string{
		"graph": "", "both": "graph", "sum": "graph", "a": "both", "b": "both", "c": "sum", "d": "sum",
		"add a": "a", "add b": "b", "add c": "c", "add d": "d",
	}, got)
}

// An interrupt is not an error; errors and panics propagate.
func TestUnhappyGraphs(t *testing.T) {
	rec := mutest.New(t)
	down := errors.New("down")
	for name, fn := range map[string]step{
		"interrupts": func(ctx context.Context, s state) (state, error) {
			_, err := graph.Interrupt(ctx, "refund 70 €?")
			return s, err
		},
		"fails":  func(context.Context, state) (state, error) { return nil, down },
		"panics": func(context.Context, state) (state, error) { panic("oh no") },
	} {
		g := graph.NewStateGraph[state]()
		g.AddNode(name, "", fn)
		g.SetEntryPoint(name)
		g.AddEdge(name, graph.END)
		_, err := run(t, rec.Context(t.Context()), g)
		assert.Error(t, err)
	}
	pause := rec.Span("interrupts")
	assert.Equal(t, mutagent.StatusOK, pause.Status)
	assert.Equal(t, "interrupt", pause.Events[0].Name)
	assert.Equal(t, "refund 70 €?", pause.Events[0].Attributes["value"])
	for name, message := range map[string]string{"fails": "down", "panics": "panic: oh no"} {
		assert.Equal(t, mutagent.StatusError, rec.Span(name).Status)
		assert.Equal(t, message, rec.Span(name).StatusMessage)
	}
}
