package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/anthropics/anthropic-sdk-go/v2"

	"github.com/mutagent-io/mutagent-go"
)

// answer prints the model's answer to question as it arrives.
func answer(ctx context.Context, stdout io.Writer, client anthropic.Client, question string) (err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
	defer end(&err)
	params := anthropic.MessageNewParams{
		Model:     "claude-sonnet-4-5",
		MaxTokens: 1024,
		Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(question))},
		Tools:     []anthropic.ToolUnionParam{{OfTool: &tool}},
	}
	reply, err := client.Messages.New(ctx, params)
	if err != nil {
		return err
	}
	var results []anthropic.ContentBlockParamUnion
	for _, block := range reply.Content {
		if block.Type != "tool_use" {
			continue
		}
		found, err := getOrder(ctx, block.Input)
		if err != nil {
			return err
		}
		results = append(results, anthropic.NewToolResultBlock(block.ID, found, false))
	}
	params.Messages = append(params.Messages, reply.ToParam(), anthropic.NewUserMessage(results...))
	stream := client.Messages.NewStreaming(ctx, params)
	defer stream.Close()
	for stream.Next() {
		fmt.Fprint(stdout, stream.Current().Delta.Text)
	}
	return stream.Err()
}

var tool = anthropic.ToolParam{
	Name:        "get_order",
	Description: anthropic.String("Looks up an order."),
	InputSchema: anthropic.ToolInputSchemaParam{
		Properties: map[string]any{"id": map[string]any{"type": "integer"}},
		Required:   []string{"id"},
	},
}

// getOrder is the tool. Its argument and result are recorded.
var getOrder = mutagent.Wrap(mutagent.SpanOptions{Kind: mutagent.KindTool, Name: "get_order"}, lookup)

func lookup(_ context.Context, args json.RawMessage) (string, error) {
	var order struct{ ID int }
	if err := json.Unmarshal(args, &order); err != nil {
		return "", err
	}
	return fmt.Sprintf("Order %d left the warehouse on Monday.", order.ID), nil
}
