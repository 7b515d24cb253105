package main

import (
	"context"

	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/schema"
)

// A toyModel replaces a model of eino-ext: it calls a tool, then answers.
type toyModel struct{}

func (m *toyModel) GetType() string { return "Toy" }

func (m *toyModel) WithTools([]*schema.ToolInfo) (model.ToolCallingChatModel, error) { return m, nil }

func (m *toyModel) Generate(ctx context.Context, in []*schema.Message, opts ...model.Option) (*schema.Message, error) {
	stream, err := m.Stream(ctx, in, opts...)
	if err != nil {
		return nil, err
	}
	return schema.ConcatMessageStream(stream)
}

func (m *toyModel) Stream(_ context.Context, in []*schema.Message, _ ...model.Option) (*schema.StreamReader[*schema.Message], error) {
	if in[len(in)-1].Role == schema.User {
		return schema.StreamReaderFromArray([]*schema.Message{
			schema.AssistantMessage("", []schema.ToolCall{{
				ID: "call_1", Type: "function", Function: schema.FunctionCall{Name: "orders", Arguments: `{"id":1042}`},
			}}),
			used("tool_calls", 30, 4),
		}), nil
	}
	return schema.StreamReaderFromArray([]*schema.Message{
		schema.AssistantMessage("It arrives", nil),
		schema.AssistantMessage(" on Wednesday.", nil),
		used("stop", 41, 6),
	}), nil
}

// used returns the last chunk of an answer, with its usage.
func used(reason string, in, out int) *schema.Message {
	last := schema.AssistantMessage("", nil)
	last.ResponseMeta = &schema.ResponseMeta{FinishReason: reason, Usage: &schema.TokenUsage{
		PromptTokens: in, CompletionTokens: out, TotalTokens: in + out,
	}}
	return last
}
