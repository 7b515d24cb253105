package genai_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genai"

	"github.com/mutagent-io/mutagent-go/internal/testing/llmtest/matrix"
)

func TestGenerate(t *testing.T) {
	matrix.Run(t, matrix.Gemini, generate, matrix.Tapped(generate))
}

func generate(t *testing.T, url string, h *http.Client) matrix.Client {
	client, err := genai.NewClient(t.Context(), &genai.ClientConfig{
		APIKey:     "test",
		Backend:    genai.BackendGeminiAPI,
		HTTPClient: h,
		HTTPOptions: genai.HTTPOptions{BaseURL: url, RetryOptions: &genai.HTTPRetryOptions{
			Attempts:     genai.Ptr[int32](3),
			InitialDelay: genai.Ptr(0.01),
		}},
	})
	require.NoError(t, err)

	ask := &genai.GenerateContentConfig{
		SystemInstruction: genai.NewContentFromText("You are a support agent.", genai.RoleUser),
		Temperature:       genai.Ptr[float32](0.2),
	}
	withTool := &genai.GenerateContentConfig{Tools: []*genai.Tool{{FunctionDeclarations: []*genai.FunctionDeclaration{{
		Name:        "get_order",
		Description: "Looks up an order.",
		Parameters: &genai.Schema{
			Type:       genai.TypeObject,
			Properties: map[string]*genai.Schema{"id": {Type: genai.TypeInteger}},
			Required:   []string{"id"},
		},
	}}}}}
	question := genai.Text("Where is my order 1042?")
	call := func(config *genai.GenerateContentConfig) matrix.Call {
		return matrix.One(func(ctx context.Context) (*genai.GenerateContentResponse, error) {
			return client.Models.GenerateContent(ctx, "gemini-2.5-flash", question, config)
		})
	}
	stream := func(config *genai.GenerateContentConfig) matrix.Call {
		return func(ctx context.Context, each func(any) bool) error {
			for chunk, err := range client.Models.GenerateContentStream(ctx, "gemini-2.5-flash", question, config) {
				if err != nil || !each(chunk) {
					return err
				}
			}
			return nil
		}
	}
	return matrix.Client{Plain: call(ask), Tools: call(withTool), Stream: stream(ask), ToolsStream: stream(withTool)}
}
