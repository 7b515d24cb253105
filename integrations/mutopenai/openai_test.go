package mutopenai_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"

	"github.com/mutagent-io/mutagent-go/integrations/mutopenai"
	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest/matrix"
)

type newClient func(...option.RequestOption) openai.Client

func (f newClient) at(url string, h *http.Client) openai.Client {
	return f(option.WithBaseURL(url+"/v1"), option.WithAPIKey("sk-test"), option.WithHTTPClient(h))
}

func wrapped(opts ...option.RequestOption) openai.Client {
	return mutopenai.Wrap(openai.NewClient(opts...))
}

func TestChat(t *testing.T) {
	matrix.Run(t, matrix.OpenAIChat, chat(openai.NewClient), chat(mutopenai.NewClient))
	matrix.RunForgotten(t, matrix.OpenAIChat, chat(openai.NewClient), chat(mutopenai.NewClient))
}

// Several tracing layers record only one span.
func TestThrice(t *testing.T) {
	matrix.Run(t, matrix.OpenAIChat, chat(openai.NewClient), matrix.Tapped(chat(func(opts ...option.RequestOption) openai.Client {
		return mutopenai.Wrap(mutopenai.NewClient(opts...))
	})))
}

func TestWrappedChat(t *testing.T) {
	matrix.Run(t, matrix.OpenAIChat, chat(openai.NewClient), chat(wrapped))
}

func TestResponses(t *testing.T) {
	matrix.Run(t, matrix.OpenAIResponses, respond(openai.NewClient), respond(mutopenai.NewClient))
}

// schema is the JSON schema of the tool's arguments.
var schema = map[string]any{
	"type":       "object",
	"properties": map[string]any{"id": map[string]any{"type": "integer"}},
	"required":   []string{"id"},
}

func chat(f newClient) matrix.Connect {
	ask := openai.ChatCompletionNewParams{
		Model: "gpt-4o",
		Messages: []openai.ChatCompletionMessageParamUnion{
			openai.SystemMessage("You are a support agent."),
			openai.UserMessage("Where is my order 1042?"),
		},
		Temperature: openai.Float(0.2),
	}
	withTool := ask
	withTool.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
		Name: "get_order", Description: openai.String("Looks up an order."), Parameters: schema,
	})}
	return func(_ *testing.T, url string, h *http.Client) matrix.Client {
		service := f.at(url, h).Chat.Completions
		call := func(params openai.ChatCompletionNewParams) matrix.Call {
			return matrix.One(func(ctx context.Context) (*openai.ChatCompletion, error) {
				return service.New(ctx, params)
			})
		}
		open := func(params openai.ChatCompletionNewParams) func(context.Context) *ssestream.Stream[openai.ChatCompletionChunk] {
			params.StreamOptions.IncludeUsage = openai.Bool(true)
			return func(ctx context.Context) *ssestream.Stream[openai.ChatCompletionChunk] {
				return service.NewStreaming(ctx, params)
			}
		}
		return matrix.Client{
			Plain:       call(ask),
			Tools:       call(withTool),
			Stream:      matrix.Many[openai.ChatCompletionChunk](open(ask)),
			ToolsStream: matrix.Many[openai.ChatCompletionChunk](open(withTool)),
			Forgotten:   matrix.Forgotten[openai.ChatCompletionChunk](open(ask)),
		}
	}
}

func respond(f newClient) matrix.Connect {
	ask := responses.ResponseNewParams{
		Model:        shared.ResponsesModel("gpt-5"),
		Instructions: openai.String("You are a support agent."),
		Input:        responses.ResponseNewParamsInputUnion{OfString: openai.String("Where is my order 1042?")},
	}
	withTool := ask
	withTool.Tools = []responses.ToolUnionParam{responses.ToolParamOfFunction("get_order", schema, false)}
	return func(_ *testing.T, url string, h *http.Client) matrix.Client {
		service := f.at(url, h).Responses
		call := func(params responses.ResponseNewParams) matrix.Call {
			return matrix.One(func(ctx context.Context) (*responses.Response, error) {
				return service.New(ctx, params)
			})
		}
		stream := func(params responses.ResponseNewParams) matrix.Call {
			return matrix.Many[responses.ResponseStreamEventUnion](func(ctx context.Context) *ssestream.Stream[responses.ResponseStreamEventUnion] {
				return service.NewStreaming(ctx, params)
			})
		}
		return matrix.Client{Plain: call(ask), Tools: call(withTool), Stream: stream(ask), ToolsStream: stream(withTool)}
	}
}
