package layers_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"charm.land/fantasy"
	"github.com/anthropics/anthropic-sdk-go/v2"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/v2/option"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/cloudwego/eino/callbacks"
	einomodel "github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/schema"
	"github.com/openai/openai-go/v3"
	openaioption "github.com/openai/openai-go/v3/option"
	"github.com/stretchr/testify/require"
	"github.com/tmc/langchaingo/llms"
	//lint:ignore SA1019 programs have it all the same
	"go.opentelemetry.io/contrib/instrumentation/github.com/aws/aws-sdk-go-v2/otelaws"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/mutagent-io/mutagent-go/integrations/mutanthropic"
	"github.com/mutagent-io/mutagent-go/integrations/mutbedrock"
	"github.com/mutagent-io/mutagent-go/integrations/muteino"
	"github.com/mutagent-io/mutagent-go/integrations/mutfantasy"
	"github.com/mutagent-io/mutagent-go/integrations/mutlangchain"
	"github.com/mutagent-io/mutagent-go/integrations/mutopenai"
	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
)

// A client makes a model call that an integration records: "Hi" is answered with
// "Hello", for 7 and 2 tokens. Inside the layer of the integration, inner is called.
type client func(ctx context.Context, t *testing.T, p trace.TracerProvider, inner func(context.Context))

var clients = map[string]client{
	"mutopenai":    openAI,
	"mutanthropic": anthropicMessages,
	"mutbedrock":   bedrock,
	"muteino":      eino,
	"mutfantasy":   fantasyModel,
	"mutlangchain": langchain,
}

// passing is an HTTP client that calls inner for each request.
func passing(inner func(context.Context)) *http.Client {
	return &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		inner(r.Context())
		return http.DefaultTransport.RoundTrip(r)
	})}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

var reply = fakellm.Reply{Text: "Hello", InputTokens: 7, OutputTokens: 2}

func openAI(ctx context.Context, t *testing.T, _ trace.TracerProvider, inner func(context.Context)) {
	model := fakellm.Serve(reply)
	defer model.Close()
	c := mutopenai.NewClient(openaioption.WithBaseURL(model.URL+"/v1"), openaioption.WithAPIKey("key"), openaioption.WithHTTPClient(passing(inner)))
	_, err := c.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model: "gpt-5", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Hi")},
	})
	require.NoError(t, err)
}

func anthropicMessages(ctx context.Context, t *testing.T, _ trace.TracerProvider, inner func(context.Context)) {
	callAnthropic(ctx, t, anthropicoption.WithHTTPClient(passing(inner)))
}

// itself calls with a client that makes spans of OpenTelemetry's of its own.
func itself(ctx context.Context, t *testing.T, p trace.TracerProvider) {
	callAnthropic(ctx, t, anthropicoption.WithTracerProvider(p))
}

func callAnthropic(ctx context.Context, t *testing.T, more ...anthropicoption.RequestOption) {
	model := fakellm.Serve(reply)
	defer model.Close()
	c := mutanthropic.NewClient(append(more, anthropicoption.WithBaseURL(model.URL), anthropicoption.WithAPIKey("key"))...)
	_, err := c.Messages.New(ctx, anthropic.MessageNewParams{
		Model: "claude-opus-4-5", MaxTokens: 9, Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Hi"))},
	})
	require.NoError(t, err)
}

// bedrock calls with otelaws, which always is the inner layer.
func bedrock(ctx context.Context, t *testing.T, p trace.TracerProvider, inner func(context.Context)) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},"stopReason":"end_turn","usage":{"inputTokens":7,"outputTokens":2,"totalTokens":9}}`)
	}))
	defer server.Close()
	cfg := aws.Config{
		Region: "eu-north-1", BaseEndpoint: aws.String(server.URL), HTTPClient: passing(inner),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}, nil
		}),
	}
	otelaws.AppendMiddlewares(&cfg.APIOptions, otelaws.WithTracerProvider(p), otelaws.WithTextMapPropagator(propagation.TraceContext{}))
	cfg.APIOptions = append(cfg.APIOptions, mutbedrock.Trace)
	_, err := bedrockruntime.NewFromConfig(cfg).Converse(ctx, &bedrockruntime.ConverseInput{
		ModelId:  aws.String("anthropic.claude-3-haiku-20240307-v1:0"),
		Messages: []types.Message{{Role: types.ConversationRoleUser, Content: []types.ContentBlock{&types.ContentBlockMemberText{Value: "Hi"}}}},
	})
	require.NoError(t, err)
}

type einoModel struct{ inner func(context.Context) }

func (m einoModel) Generate(ctx context.Context, _ []*schema.Message, _ ...einomodel.Option) (*schema.Message, error) {
	m.inner(ctx)
	out := schema.AssistantMessage("Hello", nil)
	out.ResponseMeta = &schema.ResponseMeta{Usage: &schema.TokenUsage{PromptTokens: 7, CompletionTokens: 2, TotalTokens: 9}}
	return out, nil
}

func (m einoModel) Stream(ctx context.Context, in []*schema.Message, opts ...einomodel.Option) (*schema.StreamReader[*schema.Message], error) {
	out, err := m.Generate(ctx, in, opts...)
	return schema.StreamReaderFromArray([]*schema.Message{out}), err
}

// eino calls the handlers as eino does for a model.
func eino(ctx context.Context, t *testing.T, _ trace.TracerProvider, inner func(context.Context)) {
	ctx = callbacks.InitCallbacks(ctx, &callbacks.RunInfo{Component: "ChatModel", Name: "model"}, muteino.Handler())
	in := []*schema.Message{schema.UserMessage("Hi")}
	ctx = callbacks.OnStart(ctx, &einomodel.CallbackInput{Messages: in, Config: &einomodel.Config{Model: "toy-1"}})
	out, err := einoModel{inner}.Generate(ctx, in)
	require.NoError(t, err)
	callbacks.OnEnd(ctx, &einomodel.CallbackOutput{Message: out})
}

type fantasyFake struct{ inner func(context.Context) }

func (fantasyFake) Provider() string { return "openai" }
func (fantasyFake) Model() string    { return "gpt-5" }

func (m fantasyFake) Generate(ctx context.Context, _ fantasy.Call) (*fantasy.Response, error) {
	m.inner(ctx)
	return &fantasy.Response{
		Content: fantasy.ResponseContent{fantasy.TextContent{Text: "Hello"}}, FinishReason: fantasy.FinishReasonStop,
		Usage: fantasy.Usage{InputTokens: 7, OutputTokens: 2, TotalTokens: 9},
	}, nil
}

func (m fantasyFake) Stream(context.Context, fantasy.Call) (fantasy.StreamResponse, error) {
	panic("not called")
}
func (m fantasyFake) GenerateObject(context.Context, fantasy.ObjectCall) (*fantasy.ObjectResponse, error) {
	panic("not called")
}
func (m fantasyFake) StreamObject(context.Context, fantasy.ObjectCall) (fantasy.ObjectStreamResponse, error) {
	panic("not called")
}

func fantasyModel(ctx context.Context, t *testing.T, _ trace.TracerProvider, inner func(context.Context)) {
	_, err := mutfantasy.Model(fantasyFake{inner}).Generate(ctx, fantasy.Call{Prompt: fantasy.Prompt{fantasy.NewUserMessage("Hi")}})
	require.NoError(t, err)
}

type langchainFake struct{ inner func(context.Context) }

func (m langchainFake) GenerateContent(ctx context.Context, _ []llms.MessageContent, _ ...llms.CallOption) (*llms.ContentResponse, error) {
	m.inner(ctx)
	return &llms.ContentResponse{Choices: []*llms.ContentChoice{{Content: "Hello", GenerationInfo: map[string]any{"PromptTokens": 7, "CompletionTokens": 2, "TotalTokens": 9}}}}, nil
}

func (m langchainFake) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

func langchain(ctx context.Context, t *testing.T, _ trace.TracerProvider, inner func(context.Context)) {
	_, err := mutlangchain.Model("gpt-5", langchainFake{inner}).GenerateContent(ctx, []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "Hi")})
	require.NoError(t, err)
}
