package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/openai/openai-go/v3"

	"github.com/mutagent-io/mutagent-go"
)

// answer prints the model's answer to question as it arrives.
func answer(ctx context.Context, stdout io.Writer, client openai.Client, question string) (err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
	defer end(&err)
	params := openai.ChatCompletionNewParams{
		Model:    "gpt-4o",
		Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage(question)},
		Tools:    []openai.ChatCompletionToolUnionParam{tool},
	}
	reply, err := client.Chat.Completions.New(ctx, params)
	if err != nil {
		return err
	}
	asked := reply.Choices[0].Message
	params.Messages = append(params.Messages, asked.ToParam())
	for _, call := range asked.ToolCalls {
		found, err := getOrder(ctx, json.RawMessage(call.Function.Arguments))
		if err != nil {
			return err
		}
		params.Messages = append(params.Messages, openai.ToolMessage(found, call.ID))
	}
	params.StreamOptions.IncludeUsage = openai.Bool(true)
	stream := client.Chat.Completions.NewStreaming(ctx, params)
	defer stream.Close()
	for stream.Next() {
		for _, choice := range stream.Current().Choices { // the last chunk has usage and no choice
			fmt.Fprint(stdout, choice.Delta.Content)
		}
	}
	return stream.Err()
}

var tool = openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{
	Name:        "get_order",
	Description: openai.String("Looks up an order."),
	Parameters: openai.FunctionParameters{
		"type":       "object",
		"properties": map[string]any{"id": map[string]any{"type": "integer"}},
		"required":   []string{"id"},
	},
})

// getOrder is the tool. Its argument and result are recorded.
var getOrder = mutagent.Wrap(mutagent.SpanOptions{Kind: mutagent.KindTool, Name: "get_order"}, lookup)

func lookup(_ context.Context, args json.RawMessage) (string, error) {
	var order struct{ ID int }
	if err := json.Unmarshal(args, &order); err != nil {
		return "", err
	}
	return fmt.Sprintf("Order %d left the warehouse on Monday.", order.ID), nil
}
