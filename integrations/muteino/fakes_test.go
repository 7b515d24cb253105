package muteino_test

import (
	"context"
	"errors"
	"strings"

	"github.com/cloudwego/eino/callbacks"
	"github.com/cloudwego/eino/components"
	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/components/retriever"
	"github.com/cloudwego/eino/schema"
)

var errDown = errors.New("down")

// A fakeModel returns its configured answer. Eino calls back for it.
type fakeModel struct {
	pieces []*schema.Message
	err    error // returned by the call
	late   error // returned after the chunks of a stream
}

func (m *fakeModel) GetType() string { return "Fake" }

func (m *fakeModel) WithTools([]*schema.ToolInfo) (model.ToolCallingChatModel, error) { return m, nil }

func (m *fakeModel) Generate(context.Context, []*schema.Message, ...model.Option) (*schema.Message, error) {
	if m.err != nil {
		return nil, m.err
	}
	return schema.ConcatMessages(m.pieces)
}

func (m *fakeModel) Stream(context.Context, []*schema.Message, ...model.Option) (*schema.StreamReader[*schema.Message], error) {
	if m.err != nil {
		return nil, m.err
	}
	reader, writer := schema.Pipe[*schema.Message](len(m.pieces) + 1)
	defer writer.Close()
	for _, piece := range m.pieces {
		writer.Send(piece, nil)
	}
	if m.late != nil {
		writer.Send(nil, m.late)
	}
	return reader, nil
}

// A callingModel calls the handlers itself, as the models of eino-ext do.
type callingModel struct{ fakeModel }

func (m *callingModel) IsCallbacksEnabled() bool { return true }

func (m *callingModel) Generate(ctx context.Context, in []*schema.Message, opts ...model.Option) (*schema.Message, error) {
	ctx = callbacks.EnsureRunInfo(ctx, "Calling", components.ComponentOfChatModel)
	config := &model.Config{Model: "toy-1", MaxTokens: 100, Temperature: 0.5, TopP: 0.25, Stop: []string{"."}}
	ctx = callbacks.OnStart(ctx, &model.CallbackInput{Messages: in, Config: config, Tools: []*schema.ToolInfo{{Name: "orders", Desc: "looks an order up"}}})
	out, err := m.fakeModel.Generate(ctx, in, opts...)
	if err != nil {
		callbacks.OnError(ctx, err)
		return nil, err
	}
	callbacks.OnEnd(ctx, &model.CallbackOutput{Message: out, Config: &model.Config{Model: "toy-1-2026"}, TokenUsage: &model.TokenUsage{
		PromptTokens: 100, PromptTokenDetails: model.PromptTokenDetails{CachedTokens: 80},
		CompletionTokens: 20, CompletionTokensDetails: model.CompletionTokensDetails{ReasoningTokens: 15}, TotalTokens: 120,
	}})
	return out, nil
}

func text(s string) *schema.Message { return schema.AssistantMessage(s, nil) }

func last(reason string) *schema.Message {
	m := text("")
	m.ResponseMeta = &schema.ResponseMeta{FinishReason: reason, Usage: &schema.TokenUsage{
		PromptTokens: 9, PromptTokenDetails: schema.PromptTokenDetails{CachedTokens: 4},
		CompletionTokens: 7, CompletionTokensDetails: schema.CompletionTokensDetails{ReasoningTokens: 3}, TotalTokens: 16,
	}}
	return m
}

type fakeRetriever struct{}

func (fakeRetriever) Retrieve(context.Context, string, ...retriever.Option) ([]*schema.Document, error) {
	return []*schema.Document{(&schema.Document{ID: "d1", Content: "Orders take two days."}).WithScore(0.5), nil}, nil
}

// cutStack splits the text of a panic before the stack.
func cutStack(text string) (before, after string, found bool) { return strings.Cut(text, "\nstack: ") }
