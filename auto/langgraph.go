package auto

import (
	"context"
	"errors"
	"log/slog"
	"reflect"

	"github.com/mutagent-io/mutagent-go"
)

// The functions in this file are woven into langgraphgo. Because woven langgraphgo
// imports this package, it cannot import langgraphgo.

// Node returns a function that behaves like fn and records each call as a span of kind
// node.
func Node[S any](name string, fn func(context.Context, S) (S, error)) func(context.Context, S) (S, error) {
	return func(ctx context.Context, state S) (S, error) {
		ctx, step := begin(ctx, mutagent.KindNode, name, state)
		defer step.End(&step.Failure)
		result, err := fn(ctx, state)
		step.Returned(result, err)
		return result, err
	}
}

// Nodes is like [Node], for a map of functions by name.
func Nodes[S any](functions map[string]func(context.Context, S) (S, error)) map[string]func(context.Context, S) (S, error) {
	traced := make(map[string]func(context.Context, S) (S, error), len(functions))
	for name, fn := range functions {
		traced[name] = Node(name, fn)
	}
	return traced
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

// A Step is the span of a node or of a graph's run.
type Step struct {
	End     func(...*error) // must be deferred directly, to see a panic
	Failure error           // the error for End
	span    *mutagent.Span
}

// Graph starts the span of a graph's run.
func Graph(ctx context.Context, state any) (context.Context, *Step) {
	return begin(ctx, mutagent.KindGraph, "graph", state)
}

func begin(ctx context.Context, kind mutagent.Kind, name string, state any) (context.Context, *Step) {
	ctx, end := mutagent.Start(ctx, kind, name)
	step := &Step{End: end, span: mutagent.FromContext(ctx)}
	step.span.SetInput(mutagent.IO{Raw: state})
	return ctx, step
}

// Returned records the result of the step. An interrupt is not an error: the span gets
// an event with its details.
func (s *Step) Returned(result any, err error) {
	if pause, ok := interrupt(err); ok {
		s.span.AddEvent("interrupt", pause...)
	} else if s.Failure = err; err != nil {
		return // the result has no information
	}
	s.span.SetOutput(mutagent.IO{Raw: result})
}

// interrupt reports whether err is, or wraps, the *NodeInterrupt or *GraphInterrupt of
// langgraphgo, and returns its details.
func interrupt(err error) (pause []slog.Attr, ok bool) {
	for ; err != nil; err = errors.Unwrap(err) {
		v := reflect.Indirect(reflect.ValueOf(err))
		if !v.IsValid() {
			return nil, false // a nil pointer, which may not even say what it wraps
		}
		switch v.Type().String() {
		case "graph.NodeInterrupt":
			return []slog.Attr{slog.Any("value", v.FieldByName("Value").Interface())}, true
		case "graph.GraphInterrupt":
			pause = []slog.Attr{slog.String("node", v.FieldByName("Node").String())}
			if value := v.FieldByName("InterruptValue"); !value.IsNil() {
				pause = append(pause, slog.Any("value", value.Interface()))
			}
			return pause, true
		}
	}
	return nil, false
}
