package mutlangchain_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/callbacks"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/fake"
	"github.com/tmc/langchaingo/prompts"
	"github.com/tmc/langchaingo/schema"
	"github.com/tmc/langchaingo/tools"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlangchain"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func template(text string, vars ...string) prompts.PromptTemplate {
	return prompts.NewPromptTemplate(text, vars)
}

// TestNesting has a chain inside a chain, with a retriever. langchaingo itself would
// call back only for the innermost chain.
func TestNesting(t *testing.T) {
	rec := mutest.New(t)
	model := mutlangchain.Model("toy-1", &fakeModel{pieces: []string{"On Wednesday."}})
	facts := mutlangchain.Retriever("facts", fakeRetriever{found: []schema.Document{{PageContent: "Orders take two days.", Score: 0.5}}})
	qa := mutlangchain.Chain("answer", chains.NewRetrievalQAFromLLM(model, facts))
	shout := mutlangchain.Chain("shout", chains.NewLLMChain(model, template("In capitals: {{.text}}", "text")))
	both, err := chains.NewSimpleSequentialChain([]chains.Chain{qa, shout})
	require.NoError(t, err)

	ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "agent")
	_, err = chains.Run(ctx, mutlangchain.Chain("both", both), "When?")
	end(&err)
	require.NoError(t, err)
	rec.Golden("testdata/nesting.tree")
}

func TestAgent(t *testing.T) {
	rec := mutest.New(t)
	llm := fake.NewFakeLLM([]string{"Action: orders\nAction Input: 7", "Final Answer: On its way."})
	agent := agents.NewOneShotAgent(mutlangchain.Model("toy-1", llm), []tools.Tool{mutlangchain.Tool(fakeTool{out: "on its way"})})
	executor := agents.NewExecutor(agent, agents.WithCallbacksHandler(mutlangchain.Handler()))
	out, err := chains.Run(rec.Context(t.Context()), mutlangchain.Agent("support", executor), "Where is it?")
	require.NoError(t, err)
	assert.Equal(t, "On its way.", out)
	rec.Golden("testdata/agent.tree")
}

// Calls for an input belong to the chain's span for that input, although all share one
// context.
func TestApply(t *testing.T) {
	const inputs = 200
	rec := mutest.New(t)
	model := mutlangchain.Model("toy-1", &fakeModel{pieces: []string{"ok"}, callback: mutlangchain.Handler()})
	inner := chains.NewLLMChain(model, template("{{.n}}", "n"))
	inner.CallbacksHandler = mutlangchain.Handler()
	chain := mutlangchain.Chain("each", inner)
	var values []map[string]any
	for i := range inputs {
		values = append(values, map[string]any{"n": fmt.Sprint("n", i)})
	}
	ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "agent")
	_, err := chains.Apply(ctx, chain, values, 16)
	end()
	require.NoError(t, err)

	spans := rec.Spans()
	require.Len(t, spans, 1+2*inputs)
	byID := map[string]mutest.Span{}
	for _, s := range spans {
		byID[s.SpanID] = s
	}
	for _, s := range spans {
		assert.Empty(t, s.Events, "the spans say it all")
		switch s.Kind {
		case mutagent.KindChain:
			assert.Equal(t, rec.Span("agent").SpanID, s.ParentID)
		case mutagent.KindLLMChat:
			parent := byID[s.ParentID]
			assert.Equal(t, mutagent.KindChain, parent.Kind)
			assert.Equal(t, parent.Input.Raw, map[string]any{"n": s.Input.Messages[0].Content})
		}
	}
}

// Without decorators, the handler records events of the current span.
func TestHandler(t *testing.T) {
	rec := mutest.New(t)
	handler := mutlangchain.Handler()
	inner := chains.NewLLMChain(&fakeModel{pieces: []string{"On Wednesday."}, callback: handler,
		choice: llms.ContentChoice{GenerationInfo: map[string]any{"PromptTokens": 9, "CompletionTokens": 3}}}, template("{{.q}}", "q"))
	inner.CallbacksHandler = handler

	ctx, end := mutagent.Start(rec.Context(t.Context()), mutagent.KindAgent, "agent")
	_, err := chains.Run(ctx, inner, "When?")
	require.NoError(t, err)
	failing := chains.NewLLMChain(&fakeModel{err: errDown}, template("{{.q}}", "q"))
	failing.CallbacksHandler = handler
	_, err = chains.Run(ctx, failing, "When?")
	require.ErrorIs(t, err, errDown)
	_, err = tools.Calculator{CallbacksHandler: handler}.Call(ctx, "6 * 7")
	require.NoError(t, err)
	handler.HandleText(ctx, "a text")
	handler.HandleLLMStart(ctx, []string{"prompt"})
	handler.HandleLLMError(ctx, errDown)
	handler.HandleToolError(ctx, errDown)
	handler.HandleRetrieverStart(ctx, "When?")
	handler.HandleRetrieverEnd(ctx, "When?", []schema.Document{{}})
	handler.HandleLLMGenerateContentEnd(ctx, nil)
	handler.HandleStreamingFunc(ctx, []byte("no event"))
	end()
	handler.HandleText(t.Context(), "of no span")
	rec.Golden("testdata/handler.tree")
}

// Other handlers are called as they are without a decorator.
func TestOtherHandlers(t *testing.T) {
	rec := mutest.New(t)
	heard := new(recorder)
	inner := chains.NewLLMChain(&fakeModel{pieces: []string{"ok"}}, template("{{.q}}", "q"))
	inner.CallbacksHandler = heard
	_, err := chains.Run(rec.Context(t.Context()), mutlangchain.Chain("chain", inner), "?")
	require.NoError(t, err)
	assert.Equal(t, []string{"start", "end"}, heard.events)
}

type recorder struct {
	callbacks.SimpleHandler
	events []string
}

func (r *recorder) HandleChainStart(context.Context, map[string]any) {
	r.events = append(r.events, "start")
}
func (r *recorder) HandleChainEnd(context.Context, map[string]any) {
	r.events = append(r.events, "end")
}
