package mutfantasy_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"charm.land/fantasy"

	"github.com/mutagent-io/mutagent-go/mutest/fakellm"
)

// A scripted model returns its replies in order. Each call goes over HTTP in OpenAI's
// protocol, as with a provider of fantasy.
type scripted struct {
	fantasy.LanguageModel // for objects, which it does not support
	url                   string
	client                *http.Client
	replies               []fakellm.Reply
}

func (*scripted) Provider() string { return "openai" }
func (*scripted) Model() string    { return "gpt-4o" }

func (m *scripted) Generate(ctx context.Context, _ fantasy.Call) (*fantasy.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url+"/v1/chat/completions", strings.NewReader(`{"model":"gpt-4o","messages":[]}`))
	if err != nil {
		return nil, err
	}
	res, err := m.client.Do(req)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, errors.New(res.Status)
	}
	reply := m.replies[0]
	m.replies = m.replies[1:]
	out := &fantasy.Response{FinishReason: fantasy.FinishReasonStop, Usage: fantasy.Usage{InputTokens: 12, OutputTokens: 5, TotalTokens: 17}}
	if reply.Text != "" {
		out.Content = append(out.Content, fantasy.TextContent{Text: reply.Text})
	}
	for _, call := range reply.ToolCalls {
		out.FinishReason = fantasy.FinishReasonToolCalls
		out.Content = append(out.Content, fantasy.ToolCallContent{ToolCallID: call.ID, ToolName: call.Name, Input: call.Arguments})
	}
	return out, nil
}

// Stream returns the answer in parts.
func (m *scripted) Stream(ctx context.Context, call fantasy.Call) (fantasy.StreamResponse, error) {
	return func(yield func(fantasy.StreamPart) bool) {
		res, err := m.Generate(ctx, call)
		if err != nil {
			yield(fantasy.StreamPart{Type: fantasy.StreamPartTypeError, Error: err})
			return
		}
		for _, part := range parts(res) {
			if !yield(part) {
				return
			}
		}
	}, nil
}

func parts(res *fantasy.Response) (all []fantasy.StreamPart) {
	if text := res.Content.Text(); text != "" {
		all = append(all, fantasy.StreamPart{Type: fantasy.StreamPartTypeTextStart, ID: "0"},
			fantasy.StreamPart{Type: fantasy.StreamPartTypeTextDelta, ID: "0", Delta: text},
			fantasy.StreamPart{Type: fantasy.StreamPartTypeTextEnd, ID: "0"})
	}
	for _, call := range res.Content.ToolCalls() {
		all = append(all, fantasy.StreamPart{Type: fantasy.StreamPartTypeToolCall, ID: call.ToolCallID, ToolCallName: call.ToolName, ToolCallInput: call.Input})
	}
	return append(all, fantasy.StreamPart{Type: fantasy.StreamPartTypeFinish, FinishReason: res.FinishReason, Usage: res.Usage})
}
