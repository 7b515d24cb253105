package mutanthropic_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/option"
	"github.com/anthropics/anthropic-sdk-go/v2/packages/ssestream"

	"github.com/mutagent-io/mutagent-go/integrations/mutanthropic"
	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest/matrix"
)

type newClient func(...option.RequestOption) anthropic.Client

func wrapped(opts ...option.RequestOption) anthropic.Client {
	return mutanthropic.Wrap(anthropic.NewClient(opts...))
}

func TestMessages(t *testing.T) {
	matrix.Run(t, matrix.Anthropic, messages(anthropic.NewClient), messages(mutanthropic.NewClient))
	matrix.RunForgotten(t, matrix.Anthropic, messages(anthropic.NewClient), messages(mutanthropic.NewClient))
}

// Several tracing layers record only one span.
func TestThrice(t *testing.T) {
	matrix.Run(t, matrix.Anthropic, messages(anthropic.NewClient), matrix.Tapped(messages(func(opts ...option.RequestOption) anthropic.Client {
		return mutanthropic.Wrap(mutanthropic.NewClient(opts...))
	})))
}

func TestWrappedMessages(t *testing.T) {
	matrix.Run(t, matrix.Anthropic, messages(anthropic.NewClient), messages(wrapped))
}

func messages(f newClient) matrix.Connect {
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
		client := f(option.WithBaseURL(url), option.WithAPIKey("sk-ant-test"), option.WithHTTPClient(h))
		call := func(params anthropic.MessageNewParams) matrix.Call {
			return matrix.One(func(ctx context.Context) (*anthropic.Message, error) {
				return client.Messages.New(ctx, params)
			})
		}
		open := func(params anthropic.MessageNewParams) func(context.Context) *ssestream.Stream[anthropic.MessageStreamEventUnion] {
			return func(ctx context.Context) *ssestream.Stream[anthropic.MessageStreamEventUnion] {
				return client.Messages.NewStreaming(ctx, params)
			}
		}
		return matrix.Client{
			Plain:       call(ask),
			Tools:       call(withTool),
			Stream:      matrix.Many[anthropic.MessageStreamEventUnion](open(ask)),
			ToolsStream: matrix.Many[anthropic.MessageStreamEventUnion](open(withTool)),
			Forgotten:   matrix.Forgotten[anthropic.MessageStreamEventUnion](open(ask)),
		}
	}
}
