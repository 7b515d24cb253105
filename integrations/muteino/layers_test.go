package muteino_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/cloudwego/eino-ext/components/model/openai"
	"github.com/cloudwego/eino/adk"
	"github.com/cloudwego/eino/callbacks"
	"github.com/cloudwego/eino/components"
	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/components/tool"
	"github.com/cloudwego/eino/components/tool/utils"
	"github.com/cloudwego/eino/compose"
	"github.com/cloudwego/eino/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/muteino"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest"
	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

func connect(t *testing.T, server *llmtest.Server, h *http.Client) model.ToolCallingChatModel {
	t.Helper()
	return must[*openai.ChatModel](t)(openai.NewChatModel(t.Context(), &openai.ChatModelConfig{
		APIKey: "sk-test", Model: "gpt-4o", BaseURL: server.URL + "/v1", HTTPClient: h,
	}))
}

// tapped returns an HTTP client that also records model calls.
func tapped() *http.Client { return &http.Client{Transport: &mutllm.Transport{}} }

type runnable = compose.Runnable[[]*schema.Message, *schema.Message]

// A router forwards its calls to another model, for which eino also calls back.
type router struct{ model.ToolCallingChatModel }

var asked = []*schema.Message{schema.UserMessage("When?")}

// The router, the model and its HTTP client see the same call. It is one span, and the
// server gets the same request as without tracing.
func TestLayers(t *testing.T) {
	for _, c := range []struct {
		recording string
		tokens    int64
		call      func(context.Context, runnable, ...compose.Option) (any, error)
	}{
		{"openai/chat", 2306, func(ctx context.Context, r runnable, opts ...compose.Option) (any, error) {
			return r.Invoke(ctx, asked, opts...)
		}},
		{"openai/chat-stream", 2017, func(ctx context.Context, r runnable, opts ...compose.Option) (any, error) {
			stream, err := r.Stream(ctx, asked, opts...)
			if err != nil {
				return nil, err
			}
			return all(stream)
		}},
	} {
		t.Run(c.recording, func(t *testing.T) {
			run := func(ctx context.Context, h *http.Client, opts ...compose.Option) (any, []llmtest.Request) {
				server := llmtest.Serve(llmtest.Play(c.recording))
				defer server.Close()
				chain := compose.NewChain[[]*schema.Message, *schema.Message]()
				chain.AppendChatModel(router{connect(t, server, h)}, compose.WithNodeName("router"))
				compiled := must[runnable](t)(chain.Compile(ctx, compose.WithGraphName("answer")))
				return must[any](t)(c.call(ctx, compiled, opts...)), server.Requests()
			}
			want, plain := run(t.Context(), &http.Client{})
			rec := mutest.New(t)
			got, sent := run(rec.Context(t.Context()), tapped(), traced)
			wait(t)

			assert.Equal(t, want, got)
			assert.Equal(t, plain, sent)
			require.Len(t, rec.Spans(), 2)
			assert.Equal(t, rec.Span("answer").SpanID, rec.Span("router").ParentID)
			assert.Equal(t, c.tokens, rec.Span("router").Metrics.TotalTokens)
		})
	}
}

// A model call of a tool is a call of its own: the call of the agent's model, which
// requested the tool, has ended.
func TestCallFromTool(t *testing.T) {
	rec := mutest.New(t)
	ctx := rec.Context(t.Context())
	server := llmtest.Serve(llmtest.Play("openai/chat-tools"), llmtest.Play("openai/chat"), llmtest.Play("openai/chat"), llmtest.Play("openai/chat"))
	defer server.Close()
	bare := connect(t, server, tapped())
	orders := must[tool.InvokableTool](t)(utils.InferTool("get_order", "looks an order up", func(ctx context.Context, _ struct {
		ID int `json:"id"`
	}) (string, error) {
		_, err := bare.Generate(callbacks.InitCallbacks(ctx, nil), asked) // only the HTTP client sees this call
		return "on its way", err
	}))
	agent := must[*adk.ChatModelAgent](t)(adk.NewChatModelAgent(ctx, &adk.ChatModelAgentConfig{
		Name: "support", Description: "helps", Model: bare,
		ToolsConfig: adk.ToolsConfig{ToolsNodeConfig: compose.ToolsNodeConfig{Tools: []tool.BaseTool{orders}}},
	}))
	iter := adk.NewRunner(ctx, adk.RunnerConfig{Agent: agent}).Query(ctx, "Where is it?", adk.WithCallbacks(muteino.Handler()))
	for event, ok := iter.Next(); ok; event, ok = iter.Next() {
		require.NoError(t, event.Err)
	}
	wait(t)

	names := map[string]string{}
	var calls []string
	for _, s := range rec.Spans() {
		names[s.SpanID] = s.Name
		if s.Kind == mutagent.KindLLMChat {
			calls = append(calls, names[s.ParentID]+" > "+s.Name)
		}
	}
	assert.Equal(t, []string{"ReAct > ChatModel", "get_order > chat gpt-4o", "get_order > chat gpt-4o", "ReAct > ChatModel"}, calls)
}

// A framework above may already have recorded the call.
func TestMarked(t *testing.T) {
	rec := mutest.New(t)
	ctx := genai.Mark(rec.Context(t.Context()))
	ctx = callbacks.InitCallbacks(ctx, &callbacks.RunInfo{Name: "toy", Component: components.ComponentOfChatModel}, muteino.Handler())
	_, err := (&callingModel{fakeModel{pieces: []*schema.Message{text("a")}}}).Generate(ctx, asked)
	require.NoError(t, err)
	assert.Empty(t, rec.Spans())
}
