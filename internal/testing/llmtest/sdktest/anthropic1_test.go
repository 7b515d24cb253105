package sdktest

import (
	"context"
	"net/http"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/anthropics/anthropic-sdk-go/packages/ssestream"

	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest/matrix"
	"github.com/mutagent-io/mutagent-go/mutllm"
)

func TestAnthropicV1(t *testing.T) {
	matrix.Run(t, matrix.Anthropic, messages(), messages(option.WithMiddleware(mutllm.Middleware)))
}

func messages(opts ...option.RequestOption) matrix.Connect {
	ask := anthropic.MessageNewParams{
		Model:     "claude-sonnet-4-5",
		MaxTokens: 1024,
		System: []anthropic.TextBlockParam{{
			Text:         "You are a support agent.",
			CacheControl: anthropic.NewCacheControlEphemeralParam(),
		}},
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Where is my order 1042?"))},
	}
	withTool := ask
	withTool.Tools = []anthropic.ToolUnionParam{{OfTool: &anthropic.ToolParam{
		Name:        "get_order",
		Description: anthropic.String("Looks up an order."),
		InputSchema: anthropic.ToolInputSchemaParam{
			Properties: map[string]any{"id": map[string]any{"type": "integer"}},
			Required:   []string{"id"},
		},
	}}}
	return func(_ *testing.T, url string, h *http.Client) matrix.Client {
		client := anthropic.NewClient(append(opts, option.WithBaseURL(url), option.WithAPIKey("sk-ant-test"), option.WithHTTPClient(h))...)
		call := func(params anthropic.MessageNewParams) matrix.Call {
			return matrix.One(func(ctx context.Context) (*anthropic.Message, error) {
				return client.Messages.New(ctx, params)
			})
		}
		stream := func(params anthropic.MessageNewParams) matrix.Call {
			return matrix.Many[anthropic.MessageStreamEventUnion](func(ctx context.Context) *ssestream.Stream[anthropic.MessageStreamEventUnion] {
				return client.Messages.NewStreaming(ctx, params)
			})
		}
		return matrix.Client{Plain: call(ask), Tools: call(withTool), Stream: stream(ask), ToolsStream: stream(withTool)}
	}
}
