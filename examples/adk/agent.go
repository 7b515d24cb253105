package main

import (
	"context"
	"log/slog"

	"google.golang.org/adk/v2/agent"
	"google.golang.org/adk/v2/agent/llmagent"
	"google.golang.org/adk/v2/model/gemini"
	"google.golang.org/adk/v2/tool"
	"google.golang.org/adk/v2/tool/functiontool"
	"google.golang.org/genai"

	"github.com/mutagent-io/mutagent-go"
)

// newAgent returns an agent with one tool. Only the steps inside the tool are traced by
// hand.
func newAgent(ctx context.Context, config *genai.ClientConfig) (agent.Agent, error) {
	model, err := gemini.NewModel(ctx, "gemini-2.5-flash", config)
	if err != nil {
		return nil, err
	}
	getOrder, err := functiontool.New(functiontool.Config{Name: "get_order", Description: "Says where an order is."}, lookUp)
	if err != nil {
		return nil, err
	}
	return llmagent.New(llmagent.Config{
		Name:        "support-agent",
		Model:       model,
		Description: "Answers the questions of a shop's customers.",
		Instruction: "Answer in one sentence.",
		Tools:       []tool.Tool{getOrder},
	})
}

type question struct {
	ID int `json:"id"`
}

type order struct {
	State string `json:"state"`
	Left  string `json:"left"`
}

// lookUp is the tool. Its context carries ADK's span of the call, which is the parent
// of the program's spans and log records.
func lookUp(ctx agent.Context, q question) (order, error) {
	_, end := mutagent.Start(ctx, mutagent.KindRetrieval, "warehouse", slog.Int("order", q.ID))
	defer end()
	return order{State: "sent", Left: "Monday"}, nil
}
