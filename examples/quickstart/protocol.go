package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"
	"time"
)

// These types are the part of the chat completions JSON that is needed here.
type (
	request struct {
		Model    string    `json:"model"`
		Messages []message `json:"messages"`
		Stream   bool      `json:"stream,omitempty"`

		StreamOptions *streamOptions `json:"stream_options,omitempty"`
	}
	streamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	}
	message struct {
		Role       string     `json:"role,omitempty"`
		Content    string     `json:"content,omitempty"`
		ToolCalls  []toolCall `json:"tool_calls,omitempty"`
		ToolCallID string     `json:"tool_call_id,omitempty"`
	}
	toolCall struct {
		ID       string   `json:"id"`
		Type     string   `json:"type"`
		Function function `json:"function"`
	}
	function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	}
	// A response is a complete response, or a chunk of a stream.
	response struct {
		Choices []choice `json:"choices"`
		Usage   *usage   `json:"usage,omitempty"`
	}
	choice struct {
		Message      message `json:"message,omitzero"`
		Delta        message `json:"delta,omitzero"` // only in a chunk
		FinishReason string  `json:"finish_reason,omitempty"`
	}
	usage struct {
		PromptTokens     int64 `json:"prompt_tokens"`
		CompletionTokens int64 `json:"completion_tokens"`
		TotalTokens      int64 `json:"total_tokens"`
	}
)

// A reply is a model's message with its usage and times.
type reply struct {
	choice
	usage     usage
	firstWord time.Time // zero if it was not streamed
}

func readWhole(_ context.Context, body io.Reader) (reply, error) {
	var resp response
	if err := json.NewDecoder(body).Decode(&resp); err != nil {
		return reply{}, err
	}
	if len(resp.Choices) == 0 || resp.Usage == nil {
		return reply{}, errors.New("the model said nothing")
	}
	return reply{choice: resp.Choices[0], usage: *resp.Usage}, nil
}

func readStream(ctx context.Context, body io.Reader) (reply, error) {
	var whole reply
	for chunk, err := range chunks(body) {
		if err != nil {
			return reply{}, err
		}
		if chunk.Usage != nil { // only in the last chunk
			whole.usage = *chunk.Usage
		}
		for _, part := range chunk.Choices {
			if whole.firstWord.IsZero() && part.Delta.Content != "" {
				whole.firstWord = time.Now()
				slog.InfoContext(ctx, "the first word is here")
			}
			whole.Message.Role += part.Delta.Role
			whole.Message.Content += part.Delta.Content
			whole.FinishReason += part.FinishReason
		}
	}
	return whole, nil
}

// chunks reads server-sent events up to the event [DONE]. A stream without that event
// is incomplete, even if it ended without an error.
func chunks(body io.Reader) iter.Seq2[response, error] {
	return func(yield func(response, error) bool) {
		lines := bufio.NewScanner(body)
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			if data == "[DONE]" {
				return
			}
			var chunk response
			err := json.Unmarshal([]byte(data), &chunk)
			if !yield(chunk, err) {
				return
			}
		}
		yield(response{}, fmt.Errorf("the stream broke off: %w", cmp.Or(lines.Err(), io.ErrUnexpectedEOF)))
	}
}
