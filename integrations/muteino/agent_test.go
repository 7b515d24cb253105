package muteino_test

import (
	"context"
	"testing"

	"github.com/cloudwego/eino/adk"
	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/components/tool"
	"github.com/cloudwego/eino/components/tool/utils"
	"github.com/cloudwego/eino/compose"
	"github.com/cloudwego/eino/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/muteino"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// A sequence uses one model after the other.
type sequence struct{ rest []*fakeModel }

func (s *sequence) next() *fakeModel {
	m := s.rest[0]
	s.rest = s.rest[1:]
	return m
}

func (s *sequence) WithTools([]*schema.ToolInfo) (model.ToolCallingChatModel, error) { return s, nil }

func (s *sequence) Generate(ctx context.Context, in []*schema.Message, opts ...model.Option) (*schema.Message, error) {
	return s.next().Generate(ctx, in, opts...)
}

func (s *sequence) Stream(ctx context.Context, in []*schema.Message, opts ...model.Option) (*schema.StreamReader[*schema.Message], error) {
	return s.next().Stream(ctx, in, opts...)
}

// events runs an agent, and returns its messages and the last error.
func events(t *testing.T, ctx context.Context, models []*fakeModel, streaming bool, opts ...adk.AgentRunOption) (said []string, err error) {
	t.Helper()
	orders := must[tool.InvokableTool](t)(utils.InferTool("orders", "looks an order up", func(_ context.Context, in struct {
		ID int `json:"id"`
	}) (string, error) {
		return "on its way", nil
	}))
	agent := must[*adk.ChatModelAgent](t)(adk.NewChatModelAgent(ctx, &adk.ChatModelAgentConfig{
		Name: "support", Description: "helps", Instruction: "Be short.", Model: &sequence{models},
		ToolsConfig: adk.ToolsConfig{ToolsNodeConfig: compose.ToolsNodeConfig{Tools: []tool.BaseTool{orders}}},
	}))
	iter := adk.NewRunner(ctx, adk.RunnerConfig{Agent: agent, EnableStreaming: streaming}).Query(ctx, "Where is it?", opts...)
	for {
		event, ok := iter.Next()
		if !ok {
			return said, err
		}
		if event.Err != nil {
			err = event.Err
		}
		if event.Output != nil && event.Output.MessageOutput != nil {
			message, err := event.Output.MessageOutput.GetMessage()
			require.NoError(t, err)
			said = append(said, message.Content)
		}
	}
}

func conversation() []*fakeModel {
	ask := schema.AssistantMessage("", []schema.ToolCall{{ID: "c1", Type: "function", Function: schema.FunctionCall{Name: "orders", Arguments: `{"id":7}`}}})
	return []*fakeModel{{pieces: []*schema.Message{ask, last("tool_calls")}}, {pieces: []*schema.Message{text("It is "), text("on its way."), last("stop")}}}
}

func TestAgent(t *testing.T) {
	for name, streaming := range map[string]bool{"agent": false, "agent_stream": true} {
		t.Run(name, func(t *testing.T) {
			want, err := events(t, t.Context(), conversation(), streaming)
			require.NoError(t, err)
			rec := mutest.New(t)
			said, err := events(t, rec.Context(t.Context()), conversation(), streaming, adk.WithCallbacks(muteino.Handler()))
			require.NoError(t, err)
			assert.Equal(t, want, said)
			wait(t)
			rec.Golden("testdata/" + name + ".tree")
		})
	}
}

// With an option, the nodes of an agent's loop also have spans.
func TestInternalNodes(t *testing.T) {
	rec := mutest.New(t)
	_, err := events(t, rec.Context(t.Context()), conversation(), false, adk.WithCallbacks(muteino.Handler(muteino.WithInternalNodes())))
	require.NoError(t, err)
	wait(t)
	rec.Golden("testdata/agent_internal.tree")
}

// A graph of the program is recorded completely, whatever its names.
func TestNodesOfTheProgram(t *testing.T) {
	same := compose.InvokableLambda(func(_ context.Context, s string) (string, error) { return s, nil })
	for _, name := range []string{"", "support"} {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			g := compose.NewGraph[string, string]()
			nodes := []string{compose.START, "Init", "CancelCheck", compose.END}
			for i, node := range nodes[1:3] {
				require.NoError(t, g.AddLambdaNode(node, same, compose.WithNodeName(node)))
				require.NoError(t, g.AddEdge(nodes[i], node))
			}
			require.NoError(t, g.AddEdge("CancelCheck", compose.END))
			chain := compose.NewChain[string, string]()
			chain.AppendLambda(same).AppendGraph(g, compose.WithNodeName("ReAct"))
			run := must[compose.Runnable[string, string]](t)(chain.Compile(t.Context(), compose.WithGraphName(name)))
			_, err := run.Invoke(rec.Context(t.Context()), "order 7", traced)
			require.NoError(t, err)
			assert.Len(t, rec.Spans(), 5)
		})
	}
}

func TestAgentFails(t *testing.T) {
	rec := mutest.New(t)
	_, err := events(t, rec.Context(t.Context()), []*fakeModel{{err: errDown}}, false, adk.WithCallbacks(muteino.Handler()))
	require.ErrorIs(t, err, errDown)
	wait(t)
	assert.Equal(t, mutagent.KindAgent, rec.Span("support").Kind)
	assert.Equal(t, mutagent.StatusError, rec.Span("support").Status)
	assert.Contains(t, rec.Span("support").StatusMessage, "down")
}
