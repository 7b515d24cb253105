package mutagent_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// These are the right sides of docs/migrate-opentelemetry.md and
// docs/migrate-langfuse.md.

func Example_fromOpenTelemetry() {
	rec := mutest.New(new(testing.T)) // in place of a backend
	logger := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))

	answer := func(ctx context.Context, question string) (text string, err error) {
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
		defer end(&err)
		mutagent.SetInput(ctx, question)
		logger.InfoContext(ctx, "picked a tool", "tool", "orders")
		text = "On its way."
		mutagent.SetOutput(ctx, text)
		return text, nil
	}

	_, _ = answer(rec.Context(context.Background()), "Where is my order?")
	fmt.Print(rec.Tree())
	// Output:
	// agent support-agent ok
	//   in  Where is my order?
	//   out On its way.
	//   · INFO picked a tool tool=orders
}

func Example_fromLangfuse() {
	rec := mutest.New(new(testing.T)) // in place of MutagenT

	answer := func(ctx context.Context, question string) string {
		ctx = mutagent.WithUser(mutagent.WithSession(ctx, "conversation-7"), "customer-42")
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
		defer end()
		mutagent.SetInput(ctx, question)

		tool, endTool := mutagent.Start(ctx, mutagent.KindTool, "orders")
		mutagent.SetInput(tool, 1042)
		mutagent.SetOutput(tool, "on its way")
		endTool()

		_, chat := mutagent.StartSpan(ctx, mutagent.SpanOptions{
			Kind: mutagent.KindLLMChat, Name: "chat",
			Input: []mutagent.Message{{Role: "user", Content: question}},
		})
		text := "It is on its way."
		chat.End(mutagent.EndOptions{
			Output:  []mutagent.Message{{Role: "assistant", Content: text}},
			Metrics: mutagent.Metrics{Model: "gpt-4o", InputTokens: 150, OutputTokens: 50},
		})
		mutagent.SetOutput(ctx, text)
		return text
	}

	answer(rec.Context(context.Background()), "Where is my order?")
	fmt.Print(rec.Tree())
	// Output:
	// agent support-agent ok
	// │ in  Where is my order?
	// │ out It is on its way.
	// ├─ tool orders ok
	// │    in  1042
	// │    out on its way
	// └─ llm.chat chat ok [gpt-4o, 150→50 tokens]
	//      in  user: Where is my order?
	//      out assistant: It is on its way.
}
