package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// An agent answers the questions of a shop's customers.
type agent struct {
	model *chatClient
	shop  shop
}

//mutagent:trace kind=agent name=support-agent
func (a *agent) answer(ctx context.Context, question string) (string, error) {
	if err := checkInput(ctx, question); err != nil {
		return "", err
	}
	conversation := []message{
		{Role: "system", Content: "Answer from these facts:\n" + a.searchFacts(ctx, question)},
		{Role: "user", Content: question},
	}
	turn, err := a.model.complete(ctx, conversation)
	if err != nil {
		return "", err
	}
	conversation = append(conversation, turn)
	for _, call := range turn.ToolCalls {
		slog.InfoContext(ctx, "picked a tool", "tool", call.Function.Name)
		result, err := a.callTool(ctx, call)
		if err != nil {
			return "", err
		}
		conversation = append(conversation, message{Role: "tool", ToolCallID: call.ID, Content: result})
	}
	turn, err = a.model.stream(ctx, conversation)
	return turn.Content, err
}

var errForbidden = errors.New("the question asks for a secret")

//mutagent:trace kind=guardrail name=input-check
func checkInput(ctx context.Context, question string) error {
	if strings.Contains(strings.ToLower(question), "password") {
		return errForbidden
	}
	slog.InfoContext(ctx, "the question is harmless")
	return nil
}

//mutagent:trace kind=retrieval name=facts
func (a *agent) searchFacts(ctx context.Context, question string) string {
	facts := a.shop.search(question)
	slog.InfoContext(ctx, "searched the facts", "found", len(facts))
	var text strings.Builder
	for _, f := range facts {
		text.WriteString(f.text + "\n")
	}
	return text.String()
}

// callTool tries twice, because the shop's systems may fail.
func (a *agent) callTool(ctx context.Context, call toolCall) (string, error) {
	if call.Function.Name != "orders" {
		return "", fmt.Errorf("there is no tool %q", call.Function.Name)
	}
	result, err := a.orders(ctx, call.Function.Arguments)
	if err != nil {
		slog.WarnContext(ctx, "the tool failed, trying once more", "tool", call.Function.Name, "err", err)
		time.Sleep(20 * time.Millisecond)
		result, err = a.orders(ctx, call.Function.Arguments)
	}
	return result, err
}

//mutagent:trace kind=tool name=orders
func (a *agent) orders(ctx context.Context, arguments string) (string, error) {
	result, err := a.shop.order(arguments)
	if err == nil {
		slog.InfoContext(ctx, "looked up the order")
	}
	return result, err
}
