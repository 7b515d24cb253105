package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"charm.land/fantasy"
)

// A chat is a minimal model for OpenAI's protocol. It replaces the providers of
// fantasy, because their clients require other versions than the modules in this
// repository.
type chat struct {
	fantasy.LanguageModel // for objects, which it does not support
	url                   string
	client                *http.Client
}

func (chat) Provider() string { return "openai" }
func (chat) Model() string    { return "gpt-4o" }

type completion struct {
	Choices []struct {
		Message struct {
			Content   string
			ToolCalls []struct {
				ID       string
				Function struct{ Name, Arguments string }
			} `json:"tool_calls"`
		}
	}
	Usage struct {
		Input  int64 `json:"prompt_tokens"`
		Output int64 `json:"completion_tokens"`
	}
}

func (c chat) Generate(ctx context.Context, call fantasy.Call) (*fantasy.Response, error) {
	messages := make([]map[string]string, len(call.Prompt))
	for i, m := range call.Prompt {
		messages[i] = map[string]string{"role": string(m.Role), "content": fmt.Sprint(m.Content)}
	}
	body, err := json.Marshal(map[string]any{"model": c.Model(), "messages": messages})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the model answered %s", res.Status)
	}
	var answer completion
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return nil, err
	}
	return answer.response(), nil
}

func (c completion) response() *fantasy.Response {
	message := c.Choices[0].Message
	out := &fantasy.Response{FinishReason: fantasy.FinishReasonStop, Usage: fantasy.Usage{
		InputTokens: c.Usage.Input, OutputTokens: c.Usage.Output, TotalTokens: c.Usage.Input + c.Usage.Output,
	}}
	if message.Content != "" {
		out.Content = append(out.Content, fantasy.TextContent{Text: message.Content})
	}
	for _, call := range message.ToolCalls {
		out.FinishReason = fantasy.FinishReasonToolCalls
		out.Content = append(out.Content, fantasy.ToolCallContent{ToolCallID: call.ID, ToolName: call.Function.Name, Input: call.Function.Arguments})
	}
	return out
}
