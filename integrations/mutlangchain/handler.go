package mutlangchain

import (
	"context"
	"log/slog"

	"github.com/tmc/langchaingo/callbacks"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/schema"

	"github.com/mutagent-io/mutagent-go"
)

// Handler returns a handler that records callbacks as events of the span in the
// context: start, end and error of chains, models, tools, agents and retrievers.
// Without a span it does nothing. Calls that a decorator of this package records as a
// span are not repeated. Chunks of streams are not events; [Model] records them. The
// handler may be used concurrently.
//
// Pass it to chains, executors, tools and retrievers. If an agent, rather than its
// executor, gets a handler, langchaingo makes its model stream.
func Handler() callbacks.Handler { return handler{} }

type handler struct{ callbacks.SimpleHandler }

func (handler) HandleText(ctx context.Context, text string) {
	event(ctx, "", "text", slog.String("text", text))
}

func (handler) HandleLLMStart(ctx context.Context, prompts []string) {
	event(ctx, callModel, "llm.start", slog.Any("prompts", prompts))
}

func (handler) HandleLLMGenerateContentStart(ctx context.Context, in []llms.MessageContent) {
	event(ctx, callModel, "llm.start", slog.Int("messages", len(in)))
}

func (handler) HandleLLMGenerateContentEnd(ctx context.Context, out *llms.ContentResponse) {
	m := usage(out)
	event(ctx, callModel, "llm.end", slog.Int64("input_tokens", m.InputTokens), slog.Int64("output_tokens", m.OutputTokens), content(out))
}

func (handler) HandleLLMError(ctx context.Context, err error) {
	event(ctx, callModel, "llm.error", slog.Any("err", err))
}

func (handler) HandleChainStart(ctx context.Context, in map[string]any) {
	event(ctx, "", "chain.start", slog.Any("inputs", in))
}

func (handler) HandleChainEnd(ctx context.Context, out map[string]any) {
	event(ctx, "", "chain.end", slog.Any("outputs", out))
}

func (handler) HandleChainError(ctx context.Context, err error) {
	event(ctx, "", "chain.error", slog.Any("err", err))
}

func (handler) HandleToolStart(ctx context.Context, in string) {
	event(ctx, callTool, "tool.start", slog.String("input", in))
}

func (handler) HandleToolEnd(ctx context.Context, out string) {
	event(ctx, callTool, "tool.end", slog.String("output", out))
}

func (handler) HandleToolError(ctx context.Context, err error) {
	event(ctx, callTool, "tool.error", slog.Any("err", err))
}

func (handler) HandleAgentAction(ctx context.Context, a schema.AgentAction) {
	event(ctx, "", "agent.action", slog.String("tool", a.Tool), slog.String("input", a.ToolInput))
}

func (handler) HandleAgentFinish(ctx context.Context, f schema.AgentFinish) {
	event(ctx, "", "agent.finish", slog.Any("output", f.ReturnValues))
}

func (handler) HandleRetrieverStart(ctx context.Context, query string) {
	event(ctx, callRetriever, "retriever.start", slog.String("query", query))
}

func (handler) HandleRetrieverEnd(ctx context.Context, query string, found []schema.Document) {
	event(ctx, callRetriever, "retriever.end", slog.String("query", query), slog.Int("documents", len(found)))
}

// content returns the text of the first choice as an attribute.
func content(out *llms.ContentResponse) slog.Attr {
	if out == nil || len(out.Choices) == 0 || out.Choices[0] == nil {
		return slog.Attr{}
	}
	return slog.String("content", out.Choices[0].Content)
}

// event records an event, unless a decorator has a span for the call.
func event(ctx context.Context, of call, name string, attrs ...slog.Attr) {
	if inner, _ := ctx.Value(callKey{}).(call); inner == "" || inner != of {
		mutagent.FromContext(ctx).AddEvent(name, attrs...)
	}
}

// A call is a kind of call for which a decorator has a span.
type call string

const (
	callModel     call = "model"
	callChain     call = "chain"
	callTool      call = "tool"
	callRetriever call = "retriever"
)

type callKey struct{}

func inside(ctx context.Context, c call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}
