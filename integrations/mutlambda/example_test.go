package mutlambda_test

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/mutagent-io/mutagent-go/integrations/mutlambda"
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
