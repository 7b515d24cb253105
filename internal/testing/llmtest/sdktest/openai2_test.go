package sdktest

import (
	"context"
	"net/http"
	"testing"

	"github.com/openai/openai-go/v2"
	"github.com/openai/openai-go/v2/option"
	"github.com/openai/openai-go/v2/packages/ssestream"
	"github.com/openai/openai-go/v2/shared"

	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest/matrix"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

func TestOpenAIV2(t *testing.T) {
	matrix.Run(t, matrix.OpenAIChat, openaiV2(), openaiV2(option.WithMiddleware(mutllm.Middleware)))
}

func openaiV2(opts ...option.RequestOption) matrix.Connect {
	ask := openai.ChatCompletionNewParams{
		Model:    openai.ChatModelGPT4o,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Where is my order 1042?")},
	}
	withTool := ask
	withTool.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{Name: "get_order", Parameters: schema})}
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
