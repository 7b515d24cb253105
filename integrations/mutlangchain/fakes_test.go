package mutlangchain_test

import (
	"context"
	"errors"

	"github.com/tmc/langchaingo/callbacks"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/schema"
)

var errDown = errors.New("down")

// A fakeModel returns its configured answer. It streams if requested, and calls the
// handler as providers do.
type fakeModel struct {
	pieces   []string
	choice   llms.ContentChoice
	err      error // returned after the chunks
	panics   any
	callback callbacks.Handler
}

func (m *fakeModel) GenerateContent(ctx context.Context, in []llms.MessageContent, options ...llms.CallOption) (*llms.ContentResponse, error) {
	if m.callback != nil {
		m.callback.HandleLLMGenerateContentStart(ctx, in)
	}
	var o llms.CallOptions
	for _, option := range options {
		option(&o)
	}
	if m.panics != nil {
		panic(m.panics)
	}
	choice := m.choice
	for _, piece := range m.pieces {
		choice.Content += piece
		if o.StreamingFunc != nil {
			if err := o.StreamingFunc(ctx, []byte(piece)); err != nil {
				return nil, err
			}
		}
		if o.StreamingReasoningFunc != nil {
			if err := o.StreamingReasoningFunc(ctx, []byte("hm"), []byte(piece)); err != nil {
				return nil, err
			}
		}
	}
	if m.err != nil {
		return nil, m.err // like providers, without a callback
	}
	out := &llms.ContentResponse{Choices: []*llms.ContentChoice{&choice}}
	if m.callback != nil {
		m.callback.HandleLLMGenerateContentEnd(ctx, out)
	}
	return out, nil
}

func (m *fakeModel) Call(ctx context.Context, prompt string, options ...llms.CallOption) (string, error) {
	return llms.GenerateFromSinglePrompt(ctx, m, prompt, options...)
}

type reasoner struct{ fakeModel }

func (*reasoner) SupportsReasoning() bool { return true }

type fakeRetriever struct {
	found []schema.Document
	err   error
}

func (r fakeRetriever) GetRelevantDocuments(context.Context, string) ([]schema.Document, error) {
	return r.found, r.err
}

type fakeTool struct {
	out    string
	err    error
	panics any
}

func (fakeTool) Name() string        { return "orders" }
func (fakeTool) Description() string { return "looks an order up" }

func (t fakeTool) Call(context.Context, string) (string, error) {
	if t.panics != nil {
		panic(t.panics)
	}
	return t.out, t.err
}
