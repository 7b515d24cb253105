package auto

import (
	"context"
	"reflect"
	"strings"

	"github.com/mutagent-io/mutagent-go"
)

// The functions in this file are woven into langchaingo's packages. Because woven
// packages import this package, it cannot import them, and identifies their types by
// their methods.

type chain[Option any] interface {
	Call(context.Context, map[string]any, ...Option) (map[string]any, error)
}

// CallChain calls c in a span of kind chain, or of kind agent for an agents.Executor.
func CallChain[Option any](ctx context.Context, c chain[Option], in map[string]any, options ...Option) (map[string]any, error) {
	about := mutagent.SpanOptions{Kind: mutagent.KindChain, Name: typeName(c)}
	if about.Name == "Executor" {
		about.Kind = mutagent.KindAgent
	}
	return mutagent.Wrap(about, func(ctx context.Context, in map[string]any) (map[string]any, error) {
		return c.Call(ctx, in, options...)
	})(ctx, in)
}

type tool interface {
	Name() string
	Call(context.Context, string) (string, error)
}

// CallTool calls t in a span of kind tool.
func CallTool(ctx context.Context, t tool, in string) (string, error) {
	return mutagent.Wrap(mutagent.SpanOptions{Kind: mutagent.KindTool, Name: t.Name()}, t.Call)(ctx, in)
}

type retriever[Doc any] interface {
	GetRelevantDocuments(context.Context, string) ([]Doc, error)
}

// Retrieve queries r in a span of kind retrieval.
func Retrieve[Doc any](ctx context.Context, r retriever[Doc], query string, document func(Doc) mutagent.Document) (found []Doc, err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindRetrieval, typeName(r))
	defer end(&err)
	span := mutagent.FromContext(ctx)
	span.SetInput(query)
	found, err = r.GetRelevantDocuments(ctx, query)
	if span != nil {
		var docs []mutagent.Document
		for _, d := range found {
			docs = append(docs, document(d))
		}
		span.SetOutput(docs)
	}
	return found, err
}

// typeName returns the name of v's type, without package, pointer and type parameters.
func typeName(v any) string {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name, _, _ := strings.Cut(t.Name(), "[")
	return name
}
