package mutfantasy

import (
	"context"
	"log/slog"
	"time"

	"charm.land/fantasy"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/internal/modelcall"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// Model returns a model that behaves like m and records each call as a span of kind
// llm.chat: with messages, parameters, tool calls, tokens, and for streams the time to
// the first part and the output before an error.
//
// The span of a stream ends when the program has read the stream or stops reading, or
// when the context ends. If a layer below m, such as an HTTP client of mutllm, also
// records calls, it does not record these calls again. Likewise this model does not
// record calls that a layer above it already records, except on a span of
// OpenTelemetry's that package mutotel lends.
func Model(m fantasy.LanguageModel) fantasy.LanguageModel { return model{m} }

type model struct{ fantasy.LanguageModel }

func (m model) Generate(ctx context.Context, call fantasy.Call) (res *fantasy.Response, err error) {
	ctx, end, ok := m.start(ctx, call.Prompt, parameters(call))
	if !ok {
		return m.LanguageModel.Generate(ctx, call)
	}
	defer end(&err)
	res, err = m.LanguageModel.Generate(ctx, call)
	if span := mutagent.FromContext(ctx); res != nil && span != nil {
		span.SetOutput(answer(res.Content, res.FinishReason))
		span.SetMetrics(m.used(res.Usage))
	}
	return res, err
}

func (m model) GenerateObject(ctx context.Context, call fantasy.ObjectCall) (res *fantasy.ObjectResponse, err error) {
	ctx, end, ok := m.start(ctx, call.Prompt, objectParameters(call))
	if !ok {
		return m.LanguageModel.GenerateObject(ctx, call)
	}
	defer end(&err)
	res, err = m.LanguageModel.GenerateObject(ctx, call)
	if span := mutagent.FromContext(ctx); res != nil && span != nil {
		span.SetOutput(mutagent.IO{Raw: res.Object})
		span.SetMetrics(m.used(res.Usage))
	}
	return res, err
}

func (m model) Stream(ctx context.Context, call fantasy.Call) (fantasy.StreamResponse, error) {
	ctx, end, ok := m.start(ctx, call.Prompt, append(parameters(call), slog.Bool("gen_ai.request.stream", true)))
	if !ok {
		return m.LanguageModel.Stream(ctx, call)
	}
	s := &stream{model: m, span: mutagent.FromContext(ctx), end: end, began: time.Now()}
	parts, err := m.LanguageModel.Stream(ctx, call)
	if err != nil || s.span == nil {
		end(&err)
		return parts, err
	}
	return follow(ctx, s, parts, s.heard), nil
}

func (m model) StreamObject(ctx context.Context, call fantasy.ObjectCall) (fantasy.ObjectStreamResponse, error) {
	ctx, end, ok := m.start(ctx, call.Prompt, append(objectParameters(call), slog.Bool("gen_ai.request.stream", true)))
	if !ok {
		return m.LanguageModel.StreamObject(ctx, call)
	}
	s := &stream{model: m, span: mutagent.FromContext(ctx), end: end, began: time.Now()}
	parts, err := m.LanguageModel.StreamObject(ctx, call)
	if err != nil || s.span == nil {
		end(&err)
		return parts, err
	}
	return follow(ctx, s, parts, s.object), nil
}

func (m model) start(ctx context.Context, prompt fantasy.Prompt, attrs []slog.Attr) (_ context.Context, end func(...*error), ok bool) {
	ctx, end, ok = modelcall.Start(ctx, mutagent.KindLLMChat, "chat "+m.Model(), attrs...)
	if span := mutagent.FromContext(ctx); ok && span != nil {
		span.SetInput(mutagent.IO{Messages: messages(prompt)})
		span.SetMetrics(mutagent.Metrics{Model: m.Model(), Provider: m.provider()})
	}
	return ctx, end, ok
}

// provider returns OpenTelemetry's name of a provider, or fantasy's.
func (m model) provider() string {
	switch name := m.Provider(); name {
	case "azure":
		return "azure.ai.openai"
	case "bedrock":
		return "aws.bedrock"
	case "google":
		return "gcp.gemini"
	default:
		return name
	}
}

// used returns the tokens of an answer. Fantasy counts cached input separately, except
// for Google. Providers differ in whether their total includes it.
func (m model) used(u fantasy.Usage) mutagent.Metrics {
	all := genai.Usage{Total: u.TotalTokens}
	all.Input, all.Output, all.CacheRead, all.CacheWrite = u.InputTokens, u.OutputTokens, u.CacheReadTokens, u.CacheCreationTokens
	if m.Provider() != "google" {
		all = all.CacheApart()
	}
	return mutagent.Metrics{
		InputTokens: all.Input, CachedInputTokens: all.CacheRead, CacheWriteTokens: all.CacheWrite,
		OutputTokens: all.Output, ReasoningTokens: u.ReasoningTokens,
		TotalTokens: max(all.Total, all.Input+all.Output),
	}
}
