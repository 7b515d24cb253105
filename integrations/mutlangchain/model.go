package mutlangchain

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/tmc/langchaingo/llms"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/internal/modelcall"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// Model returns a model that behaves like m and records each call as a span of kind
// llm.chat: with messages, parameters, tool calls, tokens, and for streams the time to
// the first token and the output before an error. name is the model's name, because
// langchaingo does not provide it; [llms.WithModel] takes precedence.
//
// If a layer below m, such as an HTTP client of mutllm, also records calls, it does not
// record these calls again. Likewise this model does not record calls that a layer
// above it already records, except on a span of OpenTelemetry's that package mutotel
// lends.
//
// The deprecated method Call is recorded as a span of kind llm.completion, without
// tokens.
func Model(name string, m llms.Model) llms.Model {
	traced := model{Model: m, name: name, provider: providerOf(m)}
	if r, ok := m.(llms.ReasoningModel); ok {
		return reasoningModel{traced, r}
	}
	return traced
}

type model struct {
	llms.Model
	name, provider string
}

// A reasoningModel is a model that tells langchaingo whether it supports reasoning.
type reasoningModel struct {
	model
	asked llms.ReasoningModel
}

func (m reasoningModel) SupportsReasoning() bool { return m.asked.SupportsReasoning() }

func (m model) GenerateContent(ctx context.Context, in []llms.MessageContent, options ...llms.CallOption) (out *llms.ContentResponse, err error) {
	called := m.options(options)
	ctx, end, ok := modelcall.Start(ctx, mutagent.KindLLMChat, "chat "+called.Model, parameters(&called)...)
	if !ok {
		return m.Model.GenerateContent(ctx, in, options...)
	}
	defer end(&err)
	span := mutagent.FromContext(ctx)
	span.SetInput(mutagent.IO{Messages: messages(in)})
	span.SetMetrics(mutagent.Metrics{Model: called.Model, Provider: m.provider})

	stream := &stream{span: span, began: time.Now()}
	out, err = m.Model.GenerateContent(inside(ctx, callModel), in, stream.watch(&called, options)...)
	if err != nil && out == nil {
		stream.broken()
		return out, err
	}
	span.SetOutput(choices(out))
	used := usage(out)
	m.charge(span, called.Model, stream.began, &used)
	span.SetMetrics(used)
	return out, err
}

func (m model) Call(ctx context.Context, prompt string, options ...llms.CallOption) (out string, err error) {
	called := m.options(options)
	ctx, end, ok := modelcall.Start(ctx, mutagent.KindLLMCompletion, "completion "+called.Model, parameters(&called)...)
	if !ok {
		//lint:ignore SA1019 a decorator calls what it is called
		return m.Model.Call(ctx, prompt, options...)
	}
	defer end(&err)
	span := mutagent.FromContext(ctx)
	span.SetInput(mutagent.IO{Text: prompt})
	span.SetMetrics(mutagent.Metrics{Model: called.Model, Provider: m.provider})

	stream := &stream{span: span, began: time.Now()}
	//lint:ignore SA1019 a decorator calls what it is called
	out, err = m.Model.Call(inside(ctx, callModel), prompt, stream.watch(&called, options)...)
	if err != nil {
		stream.broken()
		return out, err
	}
	span.SetOutput(mutagent.IO{Text: out})
	return out, err
}

func (m model) options(options []llms.CallOption) llms.CallOptions {
	called := llms.CallOptions{}
	for _, option := range options {
		option(&called)
	}
	if called.Model == "" {
		called.Model = m.name
	}
	return called
}

// parameters returns the call options as attributes.
func parameters(o *llms.CallOptions) (attrs []slog.Attr) {
	asked := genai.Parameters{
		MaxTokens: genai.Int(o.MaxTokens), Seed: genai.Int(o.Seed),
		Temperature: genai.Float(o.Temperature), TopP: genai.Float(o.TopP),
		Stop: o.StopWords,
	}
	attrs = asked.Attributes()
	if len(o.Tools) > 0 {
		attrs = append(attrs, slog.Any("gen_ai.tool.definitions", o.Tools))
	}
	return attrs
}

// providerOf returns OpenTelemetry's name of the provider, or the name of m's package.
func providerOf(m llms.Model) string {
	pkg, _, _ := strings.Cut(strings.TrimLeft(fmt.Sprintf("%T", m), "*"), ".")
	switch pkg {
	case "bedrock":
		return "aws.bedrock"
	case "googleai":
		return "gcp.gemini"
	case "vertex", "palm":
		return "gcp.vertex_ai"
	case "mistral":
		return "mistral_ai"
	case "watsonx":
		return "ibm.watsonx.ai"
	}
	return pkg
}
