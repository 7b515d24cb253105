package mutlanggraph

import (
	"context"
	"time"

	"github.com/smallnest/langgraphgo/graph"
)

// A StateGraph is a [graph.StateGraph] whose nodes, conditional edges and runs are
// traced. Pass the field StateGraph to functions that require langgraphgo's own type.
type StateGraph[S any] struct {
	*graph.StateGraph[S]
	name    string
	options options
}

// NewStateGraph is like [graph.NewStateGraph]. name is the name of the spans of runs.
// Nodes that langgraphgo creates have no span, see [WithInternalNodes].
func NewStateGraph[S any](name string, opts ...Option) *StateGraph[S] {
	g := &StateGraph[S]{StateGraph: graph.NewStateGraph[S](), name: name}
	for _, opt := range opts {
		opt(&g.options)
	}
	return g
}

// AddNode is like the method of [graph.StateGraph].
func (g *StateGraph[S]) AddNode(name, description string, fn func(context.Context, S) (S, error)) {
	g.StateGraph.AddNode(name, description, Node(name, fn))
}

// AddConditionalEdge is like the method of [graph.StateGraph].
func (g *StateGraph[S]) AddConditionalEdge(from string, condition func(context.Context, S) string) {
	g.StateGraph.AddConditionalEdge(from, Edge(from, condition))
}

// AddNodeWithRetry is like the method of [graph.StateGraph]. Each attempt is a span.
func (g *StateGraph[S]) AddNodeWithRetry(name, description string, fn func(context.Context, S) (S, error), config *graph.RetryConfig) {
	g.StateGraph.AddNodeWithRetry(name, description, Node(name, fn), config)
}

// AddNodeWithTimeout is like the method of [graph.StateGraph]. The span lasts until the
// function returns, possibly after the graph has returned.
func (g *StateGraph[S]) AddNodeWithTimeout(name, description string, fn func(context.Context, S) (S, error), timeout time.Duration) {
	g.StateGraph.AddNodeWithTimeout(name, description, Node(name, fn), timeout)
}

// AddNodeWithCircuitBreaker is like the method of [graph.StateGraph]. Calls that the
// breaker rejects have no span.
func (g *StateGraph[S]) AddNodeWithCircuitBreaker(name, description string, fn func(context.Context, S) (S, error), config graph.CircuitBreakerConfig) {
	g.StateGraph.AddNodeWithCircuitBreaker(name, description, Node(name, fn), config)
}

// AddNodeWithRateLimit is like the method of [graph.StateGraph]. Calls that the limiter
// rejects have no span.
func (g *StateGraph[S]) AddNodeWithRateLimit(name, description string, fn func(context.Context, S) (S, error), maxCalls int, window time.Duration) {
	g.StateGraph.AddNodeWithRateLimit(name, description, Node(name, fn), maxCalls, window)
}

// AddParallelNodes is like the method of [graph.StateGraph]. Each node of the group is
// a span.
func (g *StateGraph[S]) AddParallelNodes(group string, nodes map[string]func(context.Context, S) (S, error), merger func([]S) S) {
	if nodes = each(nodes); g.options.internal {
		g.addGroup(group, nodes, merger)
		return
	}
	g.StateGraph.AddParallelNodes(group, nodes, merger)
}

// AddMapReduceNode is like the method of [graph.StateGraph]. Each map function is a
// span.
func (g *StateGraph[S]) AddMapReduceNode(name string, functions map[string]func(context.Context, S) (S, error), reducer func([]S) (S, error)) {
	if functions = each(functions); g.options.internal {
		g.addMapReduce(name, functions, reducer)
		return
	}
	g.StateGraph.AddMapReduceNode(name, functions, reducer)
}

// FanOutFanIn is like the method of [graph.StateGraph]. Each worker is a span.
func (g *StateGraph[S]) FanOutFanIn(source string, names []string, collector string, workers map[string]func(context.Context, S) (S, error), aggregator func([]S) S, collect func(S) (S, error)) {
	if workers = each(workers); g.options.internal {
		g.addFan(source, collector, workers, aggregator, collect)
		return
	}
	g.StateGraph.FanOutFanIn(source, names, collector, workers, aggregator, collect)
}

func each[S any](nodes map[string]func(context.Context, S) (S, error)) map[string]func(context.Context, S) (S, error) {
	traced := make(map[string]func(context.Context, S) (S, error), len(nodes))
	for name, fn := range nodes {
		traced[name] = Node(name, fn)
	}
	return traced
}

// Compile is like the method of [graph.StateGraph].
func (g *StateGraph[S]) Compile() (*Runnable[S], error) {
	app, err := g.StateGraph.Compile()
	if err != nil {
		return nil, err
	}
	return &Runnable[S]{app, g.name}, nil
}

// AddSubgraph is like [graph.AddSubgraph]. The node of g is a span, and the run of sub
// is its child.
func AddSubgraph[S, Sub any](g *StateGraph[S], name string, sub *StateGraph[Sub], in func(S) Sub, out func(Sub) S) error {
	inner, err := graph.NewSubgraph(name, sub.StateGraph)
	if err != nil {
		return err
	}
	run := Graph(sub.name, inner.Execute)
	g.AddNode(name, "Subgraph: "+name, func(ctx context.Context, state S) (S, error) {
		result, err := run(ctx, in(state))
		if err != nil {
			var zero S
			return zero, err
		}
		return out(result), nil
	})
	return nil
}

// A Runnable is a [graph.StateRunnable] whose runs are traced.
type Runnable[S any] struct {
	*graph.StateRunnable[S]
	name string
}

// Invoke is like the method of [graph.StateRunnable].
func (r *Runnable[S]) Invoke(ctx context.Context, state S) (S, error) {
	return r.InvokeWithConfig(ctx, state, nil)
}

// InvokeWithConfig is like the method of [graph.StateRunnable].
func (r *Runnable[S]) InvokeWithConfig(ctx context.Context, state S, config *graph.Config) (S, error) {
	return Graph(r.name, func(ctx context.Context, state S) (S, error) {
		return r.StateRunnable.InvokeWithConfig(ctx, state, config)
	})(ctx, state)
}

// WithTracer is like the method of [graph.StateRunnable].
func (r *Runnable[S]) WithTracer(tracer *graph.Tracer) *Runnable[S] {
	return &Runnable[S]{r.StateRunnable.WithTracer(tracer), r.name}
}
