package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go"
)

// An agent answers the questions of a shop's customers.
type agent struct {
	model *chatClient
	shop  shop
}

func (a *agent) answer(ctx context.Context, question string) (reply string, err error) {
	// 2. The new ctx carries the span. Spans and log records with this ctx belong to it.
	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
	// 3. The span ends when the function returns, and err determines its status.
	defer end(&err)

	span := mutagent.FromContext(ctx)
	span.SetInput(mutagent.IO{Text: question})

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
	if err != nil {
		return "", err
	}
	span.SetOutput(mutagent.IO{Text: turn.Content})
	return turn.Content, nil
}

var errForbidden = errors.New("the question asks for a secret")

func checkInput(ctx context.Context, question string) (err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindGuardrail, "input-check", slog.Int("length", len(question)))
	defer end(&err)

	if strings.Contains(strings.ToLower(question), "password") {
		return errForbidden
	}
	slog.InfoContext(ctx, "the question is harmless")
	return nil
}

func (a *agent) searchFacts(ctx context.Context, question string) string {
	ctx, end := mutagent.Start(ctx, mutagent.KindRetrieval, "facts")
	defer end()

	facts := a.shop.search(question)
	slog.InfoContext(ctx, "searched the facts", "found", len(facts))

	var docs []mutagent.Document
	var text strings.Builder
	for _, f := range facts {
		docs = append(docs, mutagent.Document{ID: f.id, Content: f.text, Score: f.score})
		text.WriteString(f.text + "\n")
	}
	span := mutagent.FromContext(ctx)
	span.SetInput(mutagent.IO{Text: question})
	span.SetOutput(mutagent.IO{Documents: docs})
	return text.String()
}

// callTool tries twice, because the shop's systems may fail.
func (a *agent) callTool(ctx context.Context, call toolCall) (string, error) {
	result, err := a.tryTool(ctx, call, 1)
	if err != nil {
		slog.WarnContext(ctx, "the tool failed, trying once more", "tool", call.Function.Name, "err", err)
		time.Sleep(20 * time.Millisecond)
		result, err = a.tryTool(ctx, call, 2)
	}
	return result, err
}

func (a *agent) tryTool(ctx context.Context, call toolCall, attempt int) (result string, err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindTool, call.Function.Name, slog.Int("attempt", attempt))
	defer end(&err)

	span := mutagent.FromContext(ctx)
	span.SetInput(mutagent.IO{Text: call.Function.Arguments})
	if call.Function.Name != "orders" {
		return "", fmt.Errorf("there is no tool %q", call.Function.Name)
	}
	result, err = a.shop.order(call.Function.Arguments)
	if err != nil {
		return "", err
	}
	slog.InfoContext(ctx, "looked up the order")
	span.SetOutput(mutagent.IO{Text: result})
	return result, nil
}
