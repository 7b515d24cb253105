package ollama_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/ollama/ollama/api"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest/matrix"
)

func TestChat(t *testing.T) {
	matrix.Run(t, matrix.Ollama, chat, matrix.Tapped(chat))
}

func chat(t *testing.T, server string, h *http.Client) matrix.Client {
	base, err := url.Parse(server)
	require.NoError(t, err)
	client := api.NewClient(base, h)

	ask := api.ChatRequest{
		Model:    "llama3.2",
		Messages: []api.Message{{Role: "user", Content: "Where is my order 1042?"}},
		Options:  map[string]any{"temperature": 0.2},
	}
	withTool := ask
	properties := api.NewToolPropertiesMap()
	properties.Set("id", api.ToolProperty{Type: api.PropertyType{"integer"}})
	withTool.Tools = api.Tools{{Type: "function", Function: api.ToolFunction{
		Name:        "get_order",
		Description: "Looks up an order.",
		Parameters:  api.ToolFunctionParameters{Type: "object", Properties: properties, Required: []string{"id"}},
	}}}
	call := func(req api.ChatRequest, stream bool) matrix.Call {
		req.Stream = &stream
		return func(ctx context.Context, each func(any) bool) error {
			err := client.Chat(ctx, &req, func(chunk api.ChatResponse) error {
				if !each(chunk) {
					return errEnough
				}
				return nil
			})
			if errors.Is(err, errEnough) {
				return nil
			}
			return err
		}
	}
	return matrix.Client{Plain: call(ask, false), Tools: call(withTool, false), Stream: call(ask, true), ToolsStream: call(withTool, true)}
}

// errEnough is how a caller of Chat leaves a stream.
var errEnough = errors.New("enough")
