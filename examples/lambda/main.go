// Command lambda is an AWS Lambda function that answers questions about orders,
// and whose spans arrive although Lambda freezes it.
//
// Lambda stops the process as soon as the function asks for the next event,
// which it does right after it has answered. What has not been sent by then
// waits for the next event, or is lost if there is none. And since lambda.Start
// never returns, nothing that main defers ever runs. So Wrap has each invocation
// deliver what it recorded, before it answers.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlambda"
)

// main leaves the API key to MUTAGENT_API_KEY, in the function's environment.
func main() {
	slog.SetDefault(slog.New(mutagent.NewHandler(slog.NewJSONHandler(os.Stdout, nil), nil)))
	lambda.Start(mutlambda.Wrap(answer))
}

// A Question is the event that invokes the function.
type Question struct {
	Order string `json:"order"`
	Text  string `json:"text"`
}

// An Answer is what the function returns.
type Answer struct {
	Text string `json:"text"`
}

func answer(ctx context.Context, q Question) (a Answer, err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "answer", slog.String("order", q.Order))
	defer end(&err)
	if q.Order == "" {
		return a, errors.New("which order?")
	}
	state, err := lookup(ctx, q.Order)
	if err != nil {
		return a, err
	}
	slog.InfoContext(ctx, "found the order", "state", state)
	return Answer{Text: fmt.Sprintf("Order %s is %s.", q.Order, state)}, nil
}

// lookup stands for a tool of the agent.
func lookup(ctx context.Context, order string) (state string, err error) {
	_, end := mutagent.Start(ctx, mutagent.KindTool, "orders.lookup")
	defer end(&err)
	if order == "0" {
		return "", fmt.Errorf("no order %q", order)
	}
	return "on its way", nil
}
