package sdktest

import (
	"context"
	"net/http"
	"testing"

	"github.com/openai/openai-go"
	"github.com/openai/openai-go/option"
	"github.com/openai/openai-go/packages/ssestream"
	"github.com/openai/openai-go/shared"

	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest/matrix"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

func TestOpenAIV1(t *testing.T) {
	matrix.Run(t, matrix.OpenAIChat, openaiV1(), openaiV1(option.WithMiddleware(mutllm.Middleware)))
}

func openaiV1(opts ...option.RequestOption) matrix.Connect {
	ask := openai.ChatCompletionNewParams{
		Model:    openai.ChatModelGPT4o,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Where is my order 1042?")},
	}
	withTool := ask
	withTool.Tools = []openai.ChatCompletionToolParam{{Function: shared.FunctionDefinitionParam{Name: "get_order", Parameters: schema}}}
	return func(_ *testing.T, url string, h *http.Client) matrix.Client {
		client := openai.NewClient(append(opts, option.WithBaseURL(url+"/v1"), option.WithAPIKey("sk-test"), option.WithHTTPClient(h))...)
		call := func(params openai.ChatCompletionNewParams) matrix.Call {
			return matrix.One(func(ctx context.Context) (*openai.ChatCompletion, error) {
				return client.Chat.Completions.New(ctx, params)
			})
		}
		stream := func(params openai.ChatCompletionNewParams) matrix.Call {
			params.StreamOptions.IncludeUsage = openai.Bool(true)
			return matrix.Many[openai.ChatCompletionChunk](func(ctx context.Context) *ssestream.Stream[openai.ChatCompletionChunk] {
				return client.Chat.Completions.NewStreaming(ctx, params)
			})
		}
		return matrix.Client{Plain: call(ask), Tools: call(withTool), Stream: stream(ask), ToolsStream: stream(withTool)}
	}
}

// schema is the schema of the tool's arguments.
var schema = map[string]any{"type": "object", "properties": map[string]any{"id": map[string]any{"type": "integer"}}}
