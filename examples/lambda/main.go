// Command lambda is an AWS Lambda function that answers questions about orders,
// and whose spans arrive although Lambda freezes it.
//
// Lambda stops the process as soon as the function asks for the next event,
// which it does right after it has answered. What has not been sent by then
// waits for the next event, or is lost if there is none. And since lambda.Start
// never returns, nothing that main defers ever runs. So each invocation delivers
// what it recorded, before it answers.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mutagent-io/mutagent-go"
)

// main leaves the API key to MUTAGENT_API_KEY, in the function's environment.
func main() {
	slog.SetDefault(slog.New(mutagent.NewHandler(slog.NewJSONHandler(os.Stdout, nil), nil)))
	lambda.Start(handle)
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

// handle delivers the spans of one invocation. The span of answer has ended when
// flush runs, because answer has returned: had both been deferred in one
// function, the order of the two lines would matter. Deferred, flush runs even
// if answer panics.
func handle(ctx context.Context, q Question) (Answer, error) {
	defer flush(ctx)
	return answer(ctx, q)
}

const (
	// flushTime is what tracing may add to an invocation when MutagenT is slow.
	flushTime = 2 * time.Second
	// answerTime is left of the function's own deadline for sending the answer.
	answerTime = 200 * time.Millisecond
)

// flush gives up in time for the answer. What it could not deliver stays in the
// process, and leaves with the next invocation.
func flush(ctx context.Context) {
	until := time.Now().Add(flushTime)
	if deadline, ok := ctx.Deadline(); ok && deadline.Add(-answerTime).Before(until) {
		until = deadline.Add(-answerTime)
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	if err := mutagent.Flush(ctx); err != nil {
		slog.WarnContext(ctx, "spans are late", "error", err)
	}
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
