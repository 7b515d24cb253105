//go:build woven

// Package libs has ordinary programs that use libraries. Tracing is woven into the
// libraries.
package libs

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"path"
	"testing"
	"time"

	"cloud.google.com/go/auth"
	anthropicv1 "github.com/anthropics/anthropic-sdk-go"
	anthropicv1option "github.com/anthropics/anthropic-sdk-go/option"
	anthropic "github.com/anthropics/anthropic-sdk-go/v2"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/v2/option"
	openaiv1 "github.com/openai/openai-go"
	openaiv1option "github.com/openai/openai-go/option"
	openaiv2 "github.com/openai/openai-go/v2"
	openaiv2option "github.com/openai/openai-go/v2/option"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/genai"

	"github.com/mutagent-io/mutagent-go/mutest"
	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
)

// own returns a client that does not use http.DefaultTransport.
func own() *http.Client {
	return &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
}

type token struct{}

func (token) Token(context.Context) (*auth.Token, error) {
	return &auth.Token{Value: "secret", Expiry: time.Now().Add(time.Hour)}, nil
}

// Each client sends one request.
func TestClients(t *testing.T) {
	for name, ask := range map[string]func(ctx context.Context, url string) error{
		"openai-go v1": func(ctx context.Context, url string) error {
			client := openaiv1.NewClient(openaiv1option.WithBaseURL(url+"/v1"), openaiv1option.WithAPIKey("k"), openaiv1option.WithHTTPClient(own()))
			_, err := client.Chat.Completions.New(ctx, openaiv1.ChatCompletionNewParams{
				Model: "gpt-4o", Messages: []openaiv1.ChatCompletionMessageParamUnion{openaiv1.UserMessage("Where is it?")},
			})
			return err
		},
		"openai-go v2": func(ctx context.Context, url string) error {
			client := openaiv2.NewClient(openaiv2option.WithBaseURL(url+"/v1"), openaiv2option.WithAPIKey("k"), openaiv2option.WithHTTPClient(own()))
			_, err := client.Chat.Completions.New(ctx, openaiv2.ChatCompletionNewParams{
				Model: "gpt-4o", Messages: []openaiv2.ChatCompletionMessageParamUnion{openaiv2.UserMessage("Where is it?")},
			})
			return err
		},
		"openai-go v3": func(ctx context.Context, url string) error {
			client := openai.NewClient(option.WithBaseURL(url+"/v1"), option.WithAPIKey("k"), option.WithHTTPClient(own()))
			_, err := client.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
				Model: "gpt-4o", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Where is it?")},
			})
			return err
		},
		"anthropic-sdk-go v1": func(ctx context.Context, url string) error {
			client := anthropicv1.NewClient(anthropicv1option.WithBaseURL(url), anthropicv1option.WithAPIKey("k"), anthropicv1option.WithHTTPClient(own()))
			_, err := client.Messages.New(ctx, anthropicv1.MessageNewParams{
				Model: "claude", MaxTokens: 9, Messages: []anthropicv1.MessageParam{anthropicv1.NewUserMessage(anthropicv1.NewTextBlock("Where is it?"))},
			})
			return err
		},
		"anthropic-sdk-go v2": func(ctx context.Context, url string) error {
			client := anthropic.NewClient(anthropicoption.WithBaseURL(url), anthropicoption.WithAPIKey("k"), anthropicoption.WithHTTPClient(own()))
			_, err := client.Messages.New(ctx, anthropic.MessageNewParams{
				Model: "claude", MaxTokens: 9, Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Where is it?"))},
			})
			return err
		},
		"genai": func(ctx context.Context, url string) error {
			return generate(ctx, &genai.ClientConfig{APIKey: "k", HTTPClient: own(), HTTPOptions: genai.HTTPOptions{BaseURL: url}})
		},
		"genai with credentials": func(ctx context.Context, url string) error {
			gemini, err := neturl.Parse(url)
			if err != nil {
				return err
			}
			vertex := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(gemini)
				r.Out.URL.Path = "/v1beta/models/" + path.Base(r.In.URL.Path)
			}})
			defer vertex.Close()
			return generate(ctx, &genai.ClientConfig{
				Backend: genai.BackendVertexAI, Project: "p", Location: "l", HTTPOptions: genai.HTTPOptions{BaseURL: vertex.URL},
				Credentials: auth.NewCredentials(&auth.CredentialsOptions{TokenProvider: token{}}),
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			model := fakellm.Serve(fakellm.Reply{Text: "It is on its way."})
			t.Cleanup(model.Close)
			require.NoError(t, ask(rec.Context(t.Context()), model.URL))
			require.Len(t, rec.Spans(), 1)
			span := rec.Spans()[0]
			assert.Equal(t, "Where is it?", span.Input.Messages[0].Content)
			assert.Equal(t, "It is on its way.", span.Output.Messages[0].Content)
			assert.NotZero(t, span.Metrics.OutputTokens)
		})
	}
}

func generate(ctx context.Context, config *genai.ClientConfig) error {
	client, err := genai.NewClient(ctx, config)
	if err != nil {
		return err
	}
	_, err = client.Models.GenerateContent(ctx, "gemini-2.5-flash", genai.Text("Where is it?"), nil)
	return err
}
