package mutlangchain

import (
	"context"

	"github.com/tmc/langchaingo/callbacks"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/schema"
	"github.com/tmc/langchaingo/tools"

	"github.com/mutagent-io/mutagent-go"
)

// Chain returns a chain that behaves like c and records each call as a span of kind
// chain with its values as input and output. It can replace c everywhere: in
// chains.Run, in chains.Apply, and in other chains.
func Chain(name string, c chains.Chain) chains.Chain {
	return chain{c, mutagent.KindChain, name}
}

// Agent is like [Chain], for an agents.Executor, with spans of kind agent.
func Agent(name string, executor chains.Chain) chains.Chain {
	return chain{executor, mutagent.KindAgent, name}
}

type chain struct {
	chains.Chain
	kind mutagent.Kind
	name string
}

func (c chain) Call(ctx context.Context, in map[string]any, options ...chains.ChainCallOption) (out map[string]any, err error) {
	ctx, end := mutagent.Start(inside(ctx, callChain), c.kind, c.name)
	defer end(&err)
	span := mutagent.FromContext(ctx)
	span.SetInput(mutagent.IO{Raw: in})
	out, err = c.Chain.Call(ctx, in, options...)
	if out != nil {
		span.SetOutput(mutagent.IO{Raw: out})
	}
	return out, err
}

// GetCallbackHandler returns the handler of the chain, which langchaingo calls around
// Call. If it is the handler of this package, the span already has its events.
func (c chain) GetCallbackHandler() callbacks.Handler {
	has, ok := c.Chain.(callbacks.HandlerHaver)
	if !ok {
		return nil
	}
	if h := has.GetCallbackHandler(); h != Handler() {
		return h
	}
	return nil
}

// Tool returns a tool that behaves like t and records each call as a span of kind tool.
func Tool(t tools.Tool) tools.Tool { return tool{t} }

type tool struct{ tools.Tool }

func (t tool) Call(ctx context.Context, in string) (out string, err error) {
	ctx, end := mutagent.Start(inside(ctx, callTool), mutagent.KindTool, t.Name())
	defer end(&err)
	span := mutagent.FromContext(ctx)
	span.SetInput(mutagent.IO{Text: in})
	out, err = t.Tool.Call(ctx, in)
	span.SetOutput(mutagent.IO{Text: out})
	return out, err
}

// Retriever returns a retriever that behaves like r and records each call as a span of
// kind retrieval.
func Retriever(name string, r schema.Retriever) schema.Retriever { return retriever{r, name} }

type retriever struct {
	schema.Retriever
	name string
}

func (r retriever) GetRelevantDocuments(ctx context.Context, query string) (found []schema.Document, err error) {
	ctx, end := mutagent.Start(inside(ctx, callRetriever), mutagent.KindRetrieval, r.name)
	defer end(&err)
	span := mutagent.FromContext(ctx)
	span.SetInput(mutagent.IO{Text: query})
	found, err = r.Retriever.GetRelevantDocuments(ctx, query)
	span.SetOutput(mutagent.IO{Documents: documents(found)})
	return found, err
}

func documents(found []schema.Document) []mutagent.Document {
	var docs []mutagent.Document
	for _, d := range found {
		docs = append(docs, mutagent.Document{Content: d.PageContent, Score: float64(d.Score), Metadata: d.Metadata})
	}
	return docs
}
