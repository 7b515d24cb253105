package main

import (
	"context"
	"log/slog"

	"github.com/firebase/genkit/go/ai"
	"github.com/firebase/genkit/go/core"
	"github.com/firebase/genkit/go/core/api"
	"github.com/firebase/genkit/go/genkit"

	"github.com/mutagent-io/mutagent-go"
)

type flow = *core.Flow[string, string, struct{}]

// newFlow returns a flow whose model has one tool. Only the steps inside the tool are
// traced by hand.
func newFlow(ctx context.Context, provider api.Plugin) flow {
	g := genkit.Init(ctx, genkit.WithPlugins(provider), genkit.WithDefaultModel("openai/gpt-4.1-nano"))
	getOrder := genkit.DefineTool(g, "get_order", "Says where an order is.", lookUp)
	return genkit.DefineFlow(g, "support", func(ctx context.Context, question string) (string, error) {
		return genkit.GenerateText(ctx, g, ai.WithSystem("Answer in one sentence."), ai.WithPrompt(question), ai.WithTools(getOrder))
	})
}

type question struct {
	ID int `json:"id"`
}

type order struct {
	State string `json:"state"`
	Left  string `json:"left"`
}

// lookUp is the tool. Its context carries Genkit's span of the call, which is the
// parent of the program's spans and log records.
func lookUp(ctx *ai.ToolContext, q question) (order, error) {
	_, end := mutagent.Start(ctx, mutagent.KindRetrieval, "warehouse", slog.Int("order", q.ID))
	defer end()
	return order{State: "sent", Left: "Monday"}, nil
}
