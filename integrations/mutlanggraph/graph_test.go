package mutlanggraph_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/smallnest/langgraphgo/graph"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlanggraph"
	"github.com/mutagent-io/mutagent-go/mutest"
)

type state = map[string]any

type nodeFunc = func(context.Context, state) (state, error)

// with returns a node that adds a value to the state.
func with(key string, value any) nodeFunc {
	return func(_ context.Context, s state) (state, error) {
		s = maps.Clone(s)
		s[key] = value
		return s, nil
	}
}

func fail(err error) nodeFunc {
	return func(context.Context, state) (state, error) { return nil, err }
}

// line connects nodes in a row; the first is the entry point.
func line(g builder, nodes ...string) {
	g.SetEntryPoint(nodes[0])
	for i, node := range nodes {
		to := graph.END
		if i+1 < len(nodes) {
			to = nodes[i+1]
		}
		g.AddEdge(node, to)
	}
}

// A builder has the methods that the traced and the untraced graph share.
type builder interface {
	AddNode(name, description string, fn func(context.Context, state) (state, error))
	AddEdge(from, to string)
	AddConditionalEdge(from string, condition func(context.Context, state) string)
	AddNodeWithRetry(name, description string, fn func(context.Context, state) (state, error), config *graph.RetryConfig)
	AddNodeWithTimeout(name, description string, fn func(context.Context, state) (state, error), timeout time.Duration)
	AddNodeWithCircuitBreaker(name, description string, fn func(context.Context, state) (state, error), config graph.CircuitBreakerConfig)
	AddNodeWithRateLimit(name, description string, fn func(context.Context, state) (state, error), maxCalls int, window time.Duration)
	AddParallelNodes(group string, nodes map[string]func(context.Context, state) (state, error), merger func([]state) state)
	AddMapReduceNode(name string, functions map[string]func(context.Context, state) (state, error), reducer func([]state) (state, error))
	FanOutFanIn(source string, names []string, collector string, workers map[string]func(context.Context, state) (state, error), aggregator func([]state) state, collect func(state) (state, error))
	SetEntryPoint(name string)
	SetRetryPolicy(policy *graph.RetryPolicy)
}

func TestNesting(t *testing.T) {
	rec := mutest.New(t)
	inner := mutlanggraph.NewStateGraph[string]("lookup")
	inner.AddNode("search", "", func(ctx context.Context, s string) (string, error) {
		_, end := mutagent.Start(ctx, mutagent.KindTool, "orders")
		defer end()
		return s + " is on its way", nil
	})
	inner.SetEntryPoint("search")
	inner.AddEdge("search", graph.END)

	g := mutlanggraph.NewStateGraph[state]("support")
	g.AddNode("classify", "", with("about", "orders"))
	require.NoError(t, mutlanggraph.AddSubgraph(g, "research", inner,
		func(s state) string { return fmt.Sprint(s["question"]) },
		func(s string) state { return state{"found": s} }))
	g.AddNode("refuse", "", with("found", "nothing"))
	g.SetEntryPoint("classify")
	g.AddConditionalEdge("classify", func(ctx context.Context, s state) string {
		_, end := mutagent.Start(ctx, mutagent.KindGuardrail, "may-ask")
		defer end()
		return map[any]string{"orders": "research"}[s["about"]]
	})
	g.AddEdge("research", graph.END)
	g.AddEdge("refuse", graph.END)
	app, err := g.Compile()
	require.NoError(t, err)

	ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "agent")
	result, err := app.Invoke(ctx, state{"question": "order 7"})
	end(&err)
	require.NoError(t, err)
	assert.Equal(t, state{"found": "order 7 is on its way"}, result)
	rec.Golden("testdata/nesting.tree")
}

// Every attempt is a span.
func TestRetry(t *testing.T) {
	rec := mutest.New(t)
	g := mutlanggraph.NewStateGraph[state]("support")
	attempts := 0
	g.AddNodeWithRetry("orders", "", func(ctx context.Context, s state) (state, error) {
		if attempts++; attempts < 3 {
			return nil, errors.New("overloaded")
		}
		return s, nil
	}, &graph.RetryConfig{MaxAttempts: 3, InitialDelay: 1, MaxDelay: 1, BackoffFactor: 1})
	line(g, "orders")
	app, err := g.Compile()
	require.NoError(t, err)
	_, err = app.Invoke(rec.Context(t.Context()), state{"order": 7})
	require.NoError(t, err)
	rec.Golden("testdata/retry.tree")
}

// An interrupt is not an error. The resumed run is a separate run.
func TestInterrupt(t *testing.T) {
	rec := mutest.New(t)
	g := mutlanggraph.NewStateGraph[state]("refund")
	g.AddNode("ask", "", func(ctx context.Context, s state) (state, error) {
		answer, err := graph.Interrupt(ctx, "refund 70 €?")
		if err != nil {
			return s, err
		}
		return state{"approved": answer}, nil
	})
	line(g, "ask")
	app, err := g.Compile()
	require.NoError(t, err)

	ctx := rec.Context(t.Context())
	paused, err := app.Invoke(ctx, state{"order": 7})
	var interrupt *graph.GraphInterrupt
	require.ErrorAs(t, err, &interrupt)
	assert.Equal(t, state{"order": 7}, paused)

	done, err := app.InvokeWithConfig(ctx, paused, &graph.Config{ResumeFrom: interrupt.NextNodes, ResumeValue: "yes"})
	require.NoError(t, err)
	assert.Equal(t, state{"approved": "yes"}, done)

	before := &graph.Config{InterruptBefore: []string{"ask"}}
	_, err = app.InvokeWithConfig(ctx, state{"order": 8}, before)
	require.ErrorAs(t, err, &interrupt)
	rec.Golden("testdata/interrupt.tree")
}

// Graphs of other types are traced with the package's functions.
func TestListenable(t *testing.T) {
	rec := mutest.New(t)
	g := graph.NewListenableStateGraph[state]()
	var heard sync.Map
	g.AddNode("plan", "", mutlanggraph.Node("plan", with("plan", "ask"))).AddListener(
		graph.NodeListenerFunc[state](func(_ context.Context, event graph.NodeEvent, _ string, _ state, _ error) {
			heard.Store(event, true)
		}))
	g.SetEntryPoint("plan")
	g.AddConditionalEdge("plan", mutlanggraph.Edge("plan", func(context.Context, state) string { return graph.END }))
	app, err := g.CompileListenable()
	require.NoError(t, err)
	run := mutlanggraph.Graph("listenable", app.Invoke)
	_, err = run(rec.Context(t.Context()), state{})
	require.NoError(t, err)
	_, ok := heard.Load(graph.NodeEventComplete)
	assert.True(t, ok)
	rec.Golden("testdata/listenable.tree")
}

// Spans and events of a node belong to that node and that run, at any concurrency.
func TestParallel(t *testing.T) {
	const runs, width, depth = 20, 25, 3
	rec := mutest.New(t)
	g := mutlanggraph.NewStateGraph[int]("wide")
	same := func(ctx context.Context, run int) (int, error) {
		_, end := mutagent.Start(ctx, mutagent.KindTool, fmt.Sprint("tool of ", run))
		defer end()
		return run, nil
	}
	g.AddNode("first", "", same)
	g.SetEntryPoint("first")
	for i := range width {
		from := "first"
		for j := range depth {
			node := fmt.Sprint(i, ".", j)
			g.AddNode(node, "", same)
			g.AddEdge(from, node)
			from = node
		}
		g.AddEdge(from, graph.END)
	}
	app, err := g.Compile()
	require.NoError(t, err)

	var wait sync.WaitGroup
	for run := range runs {
		wait.Go(func() {
			result, err := app.Invoke(rec.Context(t.Context()), run)
			assert.NoError(t, err)
			assert.Equal(t, run, result)
		})
	}
	wait.Wait()

	traces := rec.Traces()
	require.Len(t, traces, runs)
	for _, trace := range traces {
		byID := map[string]mutest.Span{}
		for _, span := range trace.Spans {
			byID[span.SpanID] = span
		}
		root := trace.Spans[0]
		require.Equal(t, mutagent.KindGraph, root.Kind)
		nodes := map[string]int{}
		for _, span := range trace.Spans[1:] {
			parent := byID[span.ParentID]
			if span.Kind == mutagent.KindTool {
				nodes[parent.Name]++
				assert.Equal(t, fmt.Sprint("tool of ", root.Input.Raw), span.Name)
				continue
			}
			assert.Equal(t, root.SpanID, parent.SpanID)
			assert.Equal(t, root.Input.Raw, span.Input.Raw)
			assert.Equal(t, root.Input.Raw, span.Output.Raw)
		}
		assert.Len(t, nodes, width*depth+1, "each node of a run has one tool")
	}
}

// Every method that adds nodes traces them.
func TestAdders(t *testing.T) {
	first := func(results []state) state { return results[0] }
	for name, add := range map[string]func(g builder, name string, fn nodeFunc){
		"AddNodeWithTimeout": func(g builder, name string, fn nodeFunc) {
			g.AddNodeWithTimeout(name, "", fn, time.Hour)
		},
		"AddNodeWithCircuitBreaker": func(g builder, name string, fn nodeFunc) {
			g.AddNodeWithCircuitBreaker(name, "", fn, graph.CircuitBreakerConfig{FailureThreshold: 1})
		},
		"AddNodeWithRateLimit": func(g builder, name string, fn nodeFunc) {
			g.AddNodeWithRateLimit(name, "", fn, 1, time.Hour)
		},
		"AddParallelNodes": func(g builder, name string, fn nodeFunc) {
			g.AddParallelNodes("group", map[string]nodeFunc{name: fn}, first)
			line(g, "group")
		},
		"AddMapReduceNode": func(g builder, name string, fn nodeFunc) {
			g.AddMapReduceNode("group", map[string]nodeFunc{name: fn}, func(r []state) (state, error) { return first(r), nil })
			line(g, "group")
		},
		"FanOutFanIn": func(g builder, name string, fn nodeFunc) {
			g.FanOutFanIn("group", nil, "collect", map[string]nodeFunc{name: fn}, first, func(s state) (state, error) { return s, nil })
			g.AddNode("group", "", with("by", "source"))
			g.SetEntryPoint("group")
			g.AddEdge("collect", graph.END)
		},
	} {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			g := mutlanggraph.NewStateGraph[state]("graph")
			line(g, "work")
			add(g, "work", with("by", "worker"))
			app, err := g.Compile()
			require.NoError(t, err)
			result, err := app.Invoke(rec.Context(t.Context()), state{})
			require.NoError(t, err)
			assert.Equal(t, state{"by": "worker"}, result)
			work := rec.Span("work")
			assert.Equal(t, mutagent.KindNode, work.Kind)
			assert.Equal(t, rec.Span("graph").SpanID, work.ParentID)
		})
	}
}
