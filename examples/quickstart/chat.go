package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/mutagent-io/mutagent-go"
)

// A chatClient calls a model over the chat completions protocol.
type chatClient struct {
	url   string
	model string
}

// complete returns the model's next message.
func (c *chatClient) complete(ctx context.Context, conversation []message) (message, error) {
	return c.call(ctx, request{Model: c.model, Messages: conversation}, readWhole)
}

// stream is like complete, for a reply that arrives in chunks.
func (c *chatClient) stream(ctx context.Context, conversation []message) (message, error) {
	r := request{Model: c.model, Messages: conversation, Stream: true, StreamOptions: &streamOptions{IncludeUsage: true}}
	return c.call(ctx, r, readStream)
}

func (c *chatClient) call(ctx context.Context, r request, read func(context.Context, io.Reader) (reply, error)) (m message, err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindLLMChat, "chat "+c.model, slog.Bool("stream", r.Stream))
	defer end(&err)
	span := mutagent.FromContext(ctx)
	span.SetInput(mutagent.IO{Messages: traced(r.Messages...)})

	sent := time.Now()
	body, err := c.post(ctx, r)
	if err != nil {
		return message{}, err
	}
	defer body.Close()
	got, err := read(ctx, body)
	if err != nil {
		return message{}, err
	}
	slog.InfoContext(ctx, "the model has answered", "finish_reason", got.FinishReason)
	output := traced(got.Message)
	output[0].FinishReason = got.FinishReason
	span.SetOutput(mutagent.IO{Messages: output})
	span.SetMetrics(c.metrics(got, sent))
	return got.Message, nil
}

func (c *chatClient) post(ctx context.Context, r request) (io.ReadCloser, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/v1/chat/completions", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("%s answered %s", c.model, resp.Status)
	}
	return resp.Body, nil
}

func (c *chatClient) metrics(r reply, sent time.Time) mutagent.Metrics {
	m := mutagent.Metrics{
		Model:        c.model,
		InputTokens:  r.usage.PromptTokens,
		OutputTokens: r.usage.CompletionTokens,
		TotalTokens:  r.usage.TotalTokens,
	}
	if !r.firstWord.IsZero() {
		m.TimeToFirstToken = r.firstWord.Sub(sent)
	}
	return m
}

// traced converts messages to the form of a trace.
func traced(messages ...message) []mutagent.Message {
	var list []mutagent.Message
	for _, m := range messages {
		t := mutagent.Message{Role: m.Role, Content: m.Content}
		if m.ToolCallID != "" {
			t.Content, t.Parts = "", []mutagent.Part{{ID: m.ToolCallID, Response: json.RawMessage(m.Content)}}
		}
		for _, call := range m.ToolCalls {
			t.Parts = append(t.Parts, mutagent.Part{
				ID: call.ID, Name: call.Function.Name, Arguments: json.RawMessage(call.Function.Arguments),
			})
		}
		list = append(list, t)
	}
	return list
}
