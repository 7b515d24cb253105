package mutlanggraph

import (
	"context"

	"github.com/smallnest/langgraphgo/graph"
)

// An Option changes what a [StateGraph] records.
type Option func(*options)

type options struct{ internal bool }

// WithInternalNodes also records the nodes that langgraphgo creates around those of the
// program: the group of AddParallelNodes, of AddMapReduceNode and of FanOutFanIn, and
// the collector of the last. Their input and output are those of the nodes inside and
// after them. They help to check the result of a merger.
func WithInternalNodes() Option { return func(o *options) { o.internal = true } }

// langgraphgo does not expose the nodes that it creates. They are therefore created
// here, from the same parts.

func (g *StateGraph[S]) addGroup(group string, nodes map[string]func(context.Context, S) (S, error), merger func([]S) S) {
	parallel := graph.NewParallelNode(group, typed(nodes)...)
	g.AddNode(group, "Parallel execution group: "+group, func(ctx context.Context, state S) (S, error) {
		results, err := parallel.Execute(ctx, state)
		if err != nil {
			var zero S
			return zero, err
		}
		return merger(results), nil
	})
}

func (g *StateGraph[S]) addMapReduce(name string, functions map[string]func(context.Context, S) (S, error), reducer func([]S) (S, error)) {
	g.AddNode(name, "Map-reduce node: "+name, graph.NewMapReduceNode(name, reducer, typed(functions)...).Execute)
}

func (g *StateGraph[S]) addFan(source, collector string, workers map[string]func(context.Context, S) (S, error), aggregator func([]S) S, collect func(S) (S, error)) {
	group := source + "_workers"
	g.addGroup(group, workers, aggregator)
	g.AddNode(collector, "Collector node: "+collector, func(_ context.Context, state S) (S, error) { return collect(state) })
	g.AddEdge(source, group)
	g.AddEdge(group, collector)
}

func typed[S any](nodes map[string]func(context.Context, S) (S, error)) []graph.TypedNode[S] {
	list := make([]graph.TypedNode[S], 0, len(nodes))
	for name, fn := range nodes {
		list = append(list, graph.TypedNode[S]{Name: name, Function: fn})
	}
	return list
}
