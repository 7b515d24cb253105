// Lambda is an AWS Lambda function that answers questions about orders. Its spans are
// delivered although Lambda freezes the process.
//
// Lambda stops the process as soon as the function requests the next event, immediately
// after it has answered. Unsent spans wait for the next event, or are lost if there is
// none. lambda.Start never returns, so deferred functions of main never run. Therefore
// each invocation of a wrapped handler delivers its spans before it answers.
//
// Without AWS, the test runs the program as Lambda would:
//
//	go test -v ./examples/lambda
//
// On AWS, the program is the file bootstrap of a zip archive:
//
//	GOOS=linux GOARCH=arm64 go build -tags lambda.norpc -o bootstrap ./examples/lambda
//	zip function.zip bootstrap
//	aws lambda create-function --function-name orders \
//		--runtime provided.al2023 --architectures arm64 --handler bootstrap \
//		--role <ARN of an execution role> --zip-file fileb://function.zip \
//		--environment 'Variables={MUTAGENT_API_KEY=<your key>}'
//	aws lambda invoke --function-name orders --cli-binary-format raw-in-base64-out \
//		--payload '{"order":"7","text":"Where is it?"}' /dev/stdout
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

// lookup replaces a tool of the agent.
func lookup(ctx context.Context, order string) (state string, err error) {
	_, end := mutagent.Start(ctx, mutagent.KindTool, "orders.lookup")
	defer end(&err)
	if order == "0" {
		return "", fmt.Errorf("no order %q", order)
	}
	return "on its way", nil
}
