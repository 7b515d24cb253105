package mutlambda_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutlambda"
	"github.com/mutagent-io/mutagent-go/mutest"
)

func handle(ctx context.Context, req events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: "on its way"}, nil
}

func ExampleWrap() {
	lambda.Start(mutlambda.Wrap(handle))
}

func ExampleSIGTERM() {
	lambda.StartWithOptions(mutlambda.Wrap(handle), mutlambda.SIGTERM())
}

// An invocation has delivered its spans when its response arrives.
func ExampleWrap_invocation() {
	rec := mutest.New(new(testing.T)) // in place of MutagenT

	answer := func(ctx context.Context, order int) (string, error) {
		ctx, end := mutagent.Start(ctx, mutagent.KindAgent, "support-agent")
		defer end()
		mutagent.SetOutput(ctx, "On its way.")
		return "On its way.", nil
	}
	handler := mutlambda.Wrap(answer) // main only calls lambda.Start(mutlambda.Wrap(answer))

	// This is how Lambda calls the handler.
	response, err := lambda.NewHandler(handler).Invoke(rec.Context(context.Background()), []byte("7"))
	fmt.Println(string(response), err)
	fmt.Print(rec.Tree())
	// Output:
	// "On its way." <nil>
	// custom lambda ok
	// │ in  7
	// │ out "On its way."
	// │ cloud.platform=aws_lambda cloud.provider=aws faas.coldstart=true
	// └─ agent support-agent ok
	//      out On its way.
}
