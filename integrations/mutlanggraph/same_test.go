package mutlanggraph_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/smallnest/langgraphgo/graph"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlanggraph"
	"github.com/mutagent-io/mutagent-go/mutest"
)

var errDown = errors.New("down")

// programs are graphs that end in different ways.
var programs = map[string]func(g builder){
	"ok": func(g builder) {
		g.AddNode("a", "", with("a", 1))
		g.AddNode("b", "", with("b", 2))
		line(g, "a", "b")
	},
	"error": func(g builder) {
		g.AddNode("a", "", fail(errDown))
		line(g, "a")
	},
	"panic": func(g builder) {
		g.AddNode("a", "", func(context.Context, state) (state, error) { panic("no such order") })
		line(g, "a")
	},
	"panic in a condition": func(g builder) {
		g.AddNode("a", "", with("a", 1))
		g.SetEntryPoint("a")
		g.AddConditionalEdge("a", func(context.Context, state) string { panic("which way?") })
	},
	"interrupt": func(g builder) {
		g.AddNode("a", "", func(ctx context.Context, s state) (state, error) {
			_, err := graph.Interrupt(ctx, "may I?")
			return state{"asked": true}, err
		})
		line(g, "a")
	},
	"nowhere to go": func(g builder) {
		g.AddNode("a", "", with("a", 1))
		g.SetEntryPoint("a")
	},
	"empty condition": func(g builder) {
		g.AddNode("a", "", with("a", 1))
		g.SetEntryPoint("a")
		g.AddConditionalEdge("a", func(context.Context, state) string { return "" })
	},
	"no such node": func(g builder) {
		g.AddNode("a", "", with("a", 1))
		line(g, "a", "b")
	},
	"nil state": func(g builder) {
		g.AddNode("a", "", func(context.Context, state) (state, error) { return nil, nil })
		line(g, "a")
	},
	"state that is not JSON": func(g builder) {
		g.AddNode("a", "", with("a", make(chan int, 7)))
		g.AddNode("b", "", func(_ context.Context, s state) (state, error) { return state{"cap": cap(s["a"].(chan int))}, nil })
		line(g, "a", "b")
	},
	"cancelled": func(g builder) {
		g.SetRetryPolicy(&graph.RetryPolicy{MaxRetries: 1, RetryableErrors: []string{"down"}})
		g.AddNode("a", "", func(ctx context.Context, _ state) (state, error) {
			ctx.Value(cancelKey{}).(context.CancelFunc)()
			<-ctx.Done()
			return nil, errDown
		})
		line(g, "a")
	},
}

// groups are graphs with nodes that langgraphgo creates.
var groups = map[string]func(g builder){
	"parallel": func(g builder) {
		g.AddParallelNodes("group", map[string]nodeFunc{"a": with("a", 1), "b": with("b", 2)}, merged)
		line(g, "group")
	},
	"parallel, one fails": func(g builder) {
		g.AddParallelNodes("group", map[string]nodeFunc{"a": with("a", 1), "b": fail(errDown)}, merged)
		line(g, "group")
	},
	"map and reduce": func(g builder) {
		g.AddMapReduceNode("group", map[string]nodeFunc{"a": with("a", 1), "b": with("b", 2)}, func(all []state) (state, error) { return merged(all), nil })
		line(g, "group")
	},
	"map and no reducer": func(g builder) {
		g.AddMapReduceNode("group", map[string]nodeFunc{"a": with("a", 1)}, nil)
		line(g, "group")
	},
	"reduce fails": func(g builder) {
		g.AddMapReduceNode("group", map[string]nodeFunc{"a": with("a", 1)}, func([]state) (state, error) { return nil, errDown })
		line(g, "group")
	},
	"fan": func(g builder) {
		g.AddNode("source", "", with("by", "source"))
		g.FanOutFanIn("source", nil, "collect", map[string]nodeFunc{"a": with("a", 1), "b": with("b", 2)}, merged,
			func(s state) (state, error) { return with("collected", true)(nil, s) })
		g.SetEntryPoint("source")
		g.AddEdge("collect", graph.END)
	},
	"fan, collector fails": func(g builder) {
		g.AddNode("source", "", with("by", "source"))
		g.FanOutFanIn("source", nil, "collect", map[string]nodeFunc{"a": with("a", 1)}, merged, func(state) (state, error) { return nil, errDown })
		g.SetEntryPoint("source")
		g.AddEdge("collect", graph.END)
	},
}

func merged(all []state) state {
	one := state{}
	for _, s := range all {
		maps.Copy(one, s)
	}
	return one
}

// Groups behave the same traced and untraced, with a span of their own or without.
func TestInternalNodes(t *testing.T) {
	for name, build := range groups {
		t.Run(name, func(t *testing.T) {
			plain := graph.NewStateGraph[state]()
			build(plain)
			app, err := plain.Compile()
			require.NoError(t, err)
			want := outcomeOf(t.Context(), app.Invoke)

			nodes := func(opts ...mutlanggraph.Option) (names []string, parents map[string]string) {
				g := mutlanggraph.NewStateGraph[state]("graph", opts...)
				build(g)
				traced, err := g.Compile()
				require.NoError(t, err)
				rec := mutest.New(t)
				assert.Equal(t, want, outcomeOf(rec.Context(t.Context()), traced.Invoke))
				byID := map[string]string{}
				for _, span := range rec.Spans() {
					byID[span.SpanID] = span.Name
				}
				parents = map[string]string{}
				for _, span := range rec.Spans() {
					parents[span.Name] = byID[span.ParentID]
					names = append(names, span.Name)
				}
				return names, parents
			}
			names, parents := nodes()
			assert.Subset(t, []string{"graph", "source", "a", "b"}, names, "langgraphgo's own nodes are left out")
			assert.Equal(t, "graph", parents["a"])

			names, parents = nodes(mutlanggraph.WithInternalNodes())
			group := "group"
			if strings.HasPrefix(name, "fan") {
				group = "source_workers"
				assert.Equal(t, "graph", parents["collect"])
			}
			assert.Contains(t, names, group)
			assert.Equal(t, group, parents["a"])
			assert.Equal(t, "graph", parents[group])
		})
	}
}

type cancelKey struct{}

// An outcome is everything that a caller sees of a run.
type outcome struct {
	result   state
	text     string
	typ      string
	down     bool
	panicked any
}

func outcomeOf(ctx context.Context, invoke nodeFunc) (o outcome) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer func() { o.panicked = recover() }()
	result, err := invoke(context.WithValue(ctx, cancelKey{}, cancel), state{"question": "?"})
	return outcome{result, fmt.Sprint(err), fmt.Sprintf("%T", err), errors.Is(err, errDown), nil}
}

// A traced graph behaves like the untraced one, recorded or not.
func TestSameAsUntraced(t *testing.T) {
	for name, build := range programs {
		t.Run(name, func(t *testing.T) {
			plain := graph.NewStateGraph[state]()
			build(plain)
			app, err := plain.Compile()
			require.NoError(t, err)
			want := outcomeOf(t.Context(), app.Invoke)

			g := mutlanggraph.NewStateGraph[state]("traced")
			build(g)
			traced, err := g.Compile()
			require.NoError(t, err)
			rec := mutest.New(t)
			for _, ctx := range []context.Context{rec.Context(t.Context()), t.Context(), mutagent.WithSuppressed(t.Context())} {
				assert.Equal(t, want, outcomeOf(ctx, traced.Invoke))
			}
			fine := map[string]bool{"ok": true, "interrupt": true, "nil state": true, "state that is not JSON": true}
			assert.Equal(t, fine[name], rec.Span("traced").Status == mutagent.StatusOK)
			assert.Len(t, rec.Traces(), 1, "what has no recorder is not recorded")
		})
	}
}

func TestSubgraphSameAsUntraced(t *testing.T) {
	in := func(s state) state { return s }
	for name, build := range programs {
		t.Run(name, func(t *testing.T) {
			plain, plainSub := graph.NewStateGraph[state](), graph.NewStateGraph[state]()
			build(plainSub)
			require.NoError(t, graph.AddSubgraph(plain, "sub", plainSub, in, in))
			line(plain, "sub")
			app, err := plain.Compile()
			require.NoError(t, err)
			want := outcomeOf(t.Context(), app.Invoke)

			g, sub := mutlanggraph.NewStateGraph[state]("outer"), mutlanggraph.NewStateGraph[state]("inner")
			build(sub)
			require.NoError(t, mutlanggraph.AddSubgraph(g, "sub", sub, in, in))
			line(g, "sub")
			traced, err := g.Compile()
			require.NoError(t, err)
			rec := mutest.New(t)
			assert.Equal(t, want, outcomeOf(rec.Context(t.Context()), traced.Invoke))
			assert.Equal(t, rec.Span("sub").SpanID, rec.Span("inner").ParentID)
			assert.Equal(t, rec.Span("outer").SpanID, rec.Span("sub").ParentID)
		})
	}
}

// A graph that cannot be compiled returns the same error.
func TestNoEntryPoint(t *testing.T) {
	g := mutlanggraph.NewStateGraph[state]("graph")
	_, err := g.Compile()
	assert.ErrorIs(t, err, graph.ErrEntryPointNotSet)
	in := func(s state) state { return s }
	err = mutlanggraph.AddSubgraph(g, "sub", mutlanggraph.NewStateGraph[state]("inner"), in, in)
	plain := graph.AddSubgraph(graph.NewStateGraph[state](), "sub", graph.NewStateGraph[state](), in, in)
	assert.EqualError(t, err, plain.Error())
}
