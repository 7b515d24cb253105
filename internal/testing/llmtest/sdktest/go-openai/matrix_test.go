package openai_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/sashabaranov/go-openai"

	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest/matrix"
)

func TestChat(t *testing.T) {
	matrix.Run(t, matrix.OpenAIChat, chat, matrix.Tapped(chat))
}

func chat(_ *testing.T, url string, h *http.Client) matrix.Client {
	config := openai.DefaultConfig("sk-test")
	config.BaseURL, config.HTTPClient = url+"/v1", h
	client := openai.NewClientWithConfig(config)

	ask := openai.ChatCompletionRequest{
		Model:       openai.GPT4o,
		Messages:    []openai.ChatCompletionMessage{{Role: openai.ChatMessageRoleUser, Content: "Where is my order 1042?"}},
		Temperature: 0.2,
	}
	withTool := ask
	withTool.Tools = []openai.Tool{{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{
		Name:        "get_order",
		Description: "Looks up an order.",
		Parameters:  json.RawMessage(`{"type":"object","properties":{"id":{"type":"integer"}},"required":["id"]}`),
	}}}
	call := func(r openai.ChatCompletionRequest) matrix.Call {
		return matrix.One(func(ctx context.Context) (openai.ChatCompletionResponse, error) {
			return client.CreateChatCompletion(ctx, r)
		})
	}
	stream := func(r openai.ChatCompletionRequest) matrix.Call {
		r.StreamOptions = &openai.StreamOptions{IncludeUsage: true}
		return func(ctx context.Context, each func(any) bool) error {
			stream, err := client.CreateChatCompletionStream(ctx, r)
			if err != nil {
				return err
			}
			defer stream.Close()
			return receive(stream, each)
		}
	}
	return matrix.Client{Plain: call(ask), Tools: call(withTool), Stream: stream(ask), ToolsStream: stream(withTool)}
}

func receive(stream *openai.ChatCompletionStream, each func(any) bool) error {
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || !each(chunk) {
			return err
		}
	}
}
