//go:build woven

package libs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/chains"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/openai"
	"github.com/tmc/langchaingo/prompts"
	"github.com/tmc/langchaingo/schema"
	"github.com/tmc/langchaingo/tools"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
)

type facts struct{}

func (facts) GetRelevantDocuments(context.Context, string) ([]schema.Document, error) {
	return []schema.Document{{PageContent: "Orders take two days.", Score: 0.5}}, nil
}

type orders struct{ err error }

func (orders) Name() string        { return "orders" }
func (orders) Description() string { return "knows orders" }
func (o orders) Call(context.Context, string) (string, error) {
	return "left on Monday", o.err
}

// model returns a model of langchaingo whose server has scripted answers.
func model(t *testing.T, replies ...string) llms.Model {
	var script []fakellm.Reply
	for _, text := range replies {
		script = append(script, fakellm.Reply{Text: text})
	}
	server := fakellm.Serve(script...)
	t.Cleanup(server.Close)
	m, err := openai.New(openai.WithBaseURL(server.URL+"/v1"), openai.WithToken("k"), openai.WithModel("toy-1"))
	require.NoError(t, err)
	return m
}

func prompt(text string, vars ...string) prompts.PromptTemplate {
	return prompts.NewPromptTemplate(text, vars)
}

// TestChains has a chain inside a chain, with a retriever.
func TestChains(t *testing.T) {
	rec := mutest.New(t)
	m := model(t, "On Wednesday.", "ON WEDNESDAY.")
	both, err := chains.NewSimpleSequentialChain([]chains.Chain{
		chains.NewRetrievalQAFromLLM(m, facts{}),
		chains.NewLLMChain(m, prompt("In capitals: {{.text}}", "text")),
	})
	require.NoError(t, err)
	out, err := chains.Run(rec.Context(t.Context()), both, "When?")
	require.NoError(t, err)
	assert.Equal(t, "ON WEDNESDAY.", out)
	rec.Golden("testdata/chains.tree")
}

func TestAgent(t *testing.T) {
	rec := mutest.New(t)
	m := model(t, "Action: orders\nAction Input: 7", "Final Answer: On its way.")
	executor := agents.NewExecutor(agents.NewOneShotAgent(m, []tools.Tool{orders{}}))
	out, err := chains.Run(rec.Context(t.Context()), executor, "Where is it?")
	require.NoError(t, err)
	assert.Equal(t, "On its way.", out)
	rec.Golden("testdata/agent.tree")
}

func TestAgentFails(t *testing.T) {
	rec := mutest.New(t)
	down := errors.New("down")
	executor := agents.NewExecutor(agents.NewOneShotAgent(model(t, "Action: orders\nAction Input: 7"), []tools.Tool{orders{err: down}}))
	_, err := chains.Run(rec.Context(t.Context()), executor, "Where is it?")
	assert.ErrorIs(t, err, down)
	assert.Equal(t, mutagent.StatusError, rec.Span("orders").Status)
	assert.Equal(t, mutagent.StatusError, rec.Span("Executor").Status)
}

// Calls for an input belong to the chain's span for that input, although all share one
// context.
func TestApply(t *testing.T) {
	const inputs = 50
	rec := mutest.New(t)
	chain := chains.NewLLMChain(model(t, slices.Repeat([]string{"ok"}, inputs)...), prompt("{{.n}}", "n"))
	var values []map[string]any
	for i := range inputs {
		values = append(values, map[string]any{"n": fmt.Sprint("n", i)})
	}
	_, err := chains.Apply(rec.Context(t.Context()), chain, values, 8)
	require.NoError(t, err)

	byID := map[string]mutest.Span{}
	for _, s := range rec.Spans() {
		byID[s.SpanID] = s
	}
	assert.Len(t, byID, 2*inputs)
	for _, s := range byID {
		if s.Kind == mutagent.KindLLMChat {
			assert.Equal(t, map[string]any{"n": s.Input.Messages[0].Content}, byID[s.ParentID].Input.Raw)
		}
	}
}
