// Otelc queries two models with clients that do not use http.DefaultTransport, and one
// with a client that does.
package main

import (
	"bytes"
	"context"
	"net/http"
	"os"

	"github.com/anthropics/anthropic-sdk-go/v2"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/v2/option"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

func main() {
	ctx, url := context.Background(), os.Args[1]
	own := &http.Client{Transport: new(http.Transport)}
	first := openai.NewClient(option.WithHTTPClient(own), option.WithBaseURL(url+"/v1"), option.WithAPIKey("k"))
	if _, err := first.Chat.Completions.New(ctx, openai.ChatCompletionNewParams{
		Model: "toy-1", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Where is it?")},
	}); err != nil {
		panic(err)
	}
	second := anthropic.NewClient(anthropicoption.WithHTTPClient(own), anthropicoption.WithBaseURL(url), anthropicoption.WithAPIKey("k"))
	if _, err := second.Messages.New(ctx, anthropic.MessageNewParams{
		Model: "toy-2", MaxTokens: 9, Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("And this?"))},
	}); err != nil {
		panic(err)
	}
	resp, err := http.Post(url+"/v1/chat/completions", "application/json",
		bytes.NewBufferString(`{"model":"toy-3","messages":[{"role":"user","content":"And that?"}]}`))
	if err != nil {
		panic(err)
	}
	_ = resp.Body.Close()
}
