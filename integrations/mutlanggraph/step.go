package mutlanggraph

import (
	"context"
	"errors"
	"log/slog"

	"github.com/smallnest/langgraphgo/graph"

	"github.com/mutagent-io/mutagent-go"
)

// Node returns a function that behaves like fn and records each call as a span of kind
// node, with the given state as input, the returned state as output, and the error or
// panic. It can be used wherever langgraphgo takes the function of a node.
//
// An interrupt is not an error: the span gets an event with its details.
func Node[S any](name string, fn func(context.Context, S) (S, error)) func(context.Context, S) (S, error) {
	return step(mutagent.KindNode, name, fn)
}

// Graph is like [Node], for the run of a whole graph. invoke is usually a method of a
// compiled graph:
//
//	run := mutlanggraph.Graph("support", app.Invoke)
//	state, err := run(ctx, state)
func Graph[S any](name string, invoke func(context.Context, S) (S, error)) func(context.Context, S) (S, error) {
	return step(mutagent.KindGraph, name, invoke)
}

// Edge returns a condition that behaves like condition, and records the decision as an
// event of the graph's span.
func Edge[S any](from string, condition func(context.Context, S) string) func(context.Context, S) string {
	return func(ctx context.Context, state S) string {
		to := condition(ctx, state)
		mutagent.FromContext(ctx).AddEvent("edge", slog.String("from", from), slog.String("to", to))
		return to
	}
}

func step[S any](kind mutagent.Kind, name string, fn func(context.Context, S) (S, error)) func(context.Context, S) (S, error) {
	return func(ctx context.Context, state S) (S, error) {
		var failure error
		ctx, end := mutagent.Start(ctx, kind, name)
		defer end(&failure)
		span := mutagent.FromContext(ctx)
		span.SetInput(mutagent.IO{Raw: state})

		result, err := fn(ctx, state)
		if pause, ok := interrupt(err); ok {
			span.AddEvent("interrupt", pause...)
		} else if failure = err; err != nil {
			return result, err // the result has no information
		}
		span.SetOutput(mutagent.IO{Raw: result})
		return result, err
	}
}

// interrupt reports whether err is an interrupt of a node or of a graph, and returns
// its details.
func interrupt(err error) (pause []slog.Attr, ok bool) {
	var node *graph.NodeInterrupt
	if errors.As(err, &node) {
		return []slog.Attr{slog.Any("value", node.Value)}, true
	}
	var whole *graph.GraphInterrupt
	if !errors.As(err, &whole) {
		return nil, false
	}
	pause = []slog.Attr{slog.String("node", whole.Node)}
	if whole.InterruptValue != nil {
		pause = append(pause, slog.Any("value", whole.InterruptValue))
	}
	return pause, true
}
