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

// A reply is what a model said, and what that took.
type reply struct {
	choice
	usage     usage
	firstWord time.Time // zero if it came in one piece
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
		if chunk.Usage != nil { // in the last one
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

// chunks reads server-sent events up to the one that says [DONE]. A stream without
// that is not whole, even if it ended well.
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
