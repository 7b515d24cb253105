package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
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

func (c *chatClient) call(ctx context.Context, r request, read func(context.Context, io.Reader) (reply, error)) (message, error) {
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
