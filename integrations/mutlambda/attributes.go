package mutlambda

import (
	"cmp"
	"context"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// functionName returns the name of the Lambda function, or "lambda" outside of Lambda.
func functionName() string { return cmp.Or(lambdacontext.FunctionName, "lambda") }

// attributes returns the attributes of OpenTelemetry's conventions for AWS Lambda that
// Lambda provides.
func attributes(ctx context.Context, cold bool) []slog.Attr {
	attrs := []slog.Attr{
		slog.Bool("faas.coldstart", cold),
		slog.String("cloud.provider", "aws"),
		slog.String("cloud.platform", "aws_lambda"),
	}
	text := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	text("faas.name", lambdacontext.FunctionName)
	text("faas.version", lambdacontext.FunctionVersion)
	text("faas.instance", lambdacontext.LogStreamName)
	if mb := lambdacontext.MemoryLimitInMB; mb > 0 {
		attrs = append(attrs, slog.Int("faas.max_memory", mb<<20))
	}
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		arn := parseARN(lc.InvokedFunctionArn)
		text("faas.invocation_id", lc.AwsRequestID)
		text("aws.lambda.invoked_arn", lc.InvokedFunctionArn)
		text("cloud.region", arn.region)
		text("cloud.account.id", arn.account)
		text("cloud.resource_id", arn.resource)
	}
	x := xrayOf(ctx)
	text("aws.xray.trace_id", x.root)
	if x.sampled != "" {
		attrs = append(attrs, slog.Bool("aws.xray.sampled", x.sampled == "1"))
	}
	return attrs
}

// An arn is the information in
type arn struct{ region, account, resource string }

// parseARN returns the ARN as resource with the version instead of an alias, because
// the process serves all aliases of its version.
func parseARN(text string) arn {
	parts := strings.Split(text, ":")
	if len(parts) < 7 {
		return arn{}
	}
	if len(parts) == 8 && lambdacontext.FunctionVersion != "" {
		parts[7] = lambdacontext.FunctionVersion
	}
	return arn{region: parts[3], account: parts[4], resource: strings.Join(parts, ":")}
}
