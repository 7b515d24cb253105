package mutbedrock

import (
	"context"
	"net/http"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Trace is an element of the APIOptions of an aws.Config, or of a client's own
// options. For each Converse, ConverseStream, InvokeModel and
// InvokeModelWithResponseStream it records one span, however often the SDK retries.
// Calls of other operations and services pass untouched. To add it twice does no
// more than to add it once.
//
// What is recorded is what package mutllm records of the same calls: parameters, system
// prompt, messages, tools, the answer with its tool calls and stop reason, and the
// tokens used; of media only type and size. It reads what InvokeModel hands on to the
// models of Anthropic, Amazon, Meta, Mistral, Cohere, AI21 and OpenAI.
//
// The span of a stream ends with the last event, an error, Close, or the end of the
// context, whichever comes first, and has the output until then. The stream itself
// is not delayed or buffered, and no goroutine is started for it. What is kept of
// texts is bounded by 1 MiB of a request and 1 MiB of its answer.
func Trace(stack *middleware.Stack) error {
	if _, ok := stack.Initialize.Get(initialize{}.ID()); ok {
		return nil
	}
	if err := stack.Initialize.Add(initialize{}, middleware.Before); err != nil {
		return err
	}
	if err := stack.Build.Add(build{}, middleware.Before); err != nil {
		return err
	}
	return stack.Deserialize.Add(deserialize{}, middleware.After)
}

// initialize is outside of everything, the retries among it.
type initialize struct{}

func (initialize) ID() string { return "mutagent" }

func (initialize) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	out middleware.InitializeOutput, metadata middleware.Metadata, err error,
) {
	ctx, c := begin(ctx, in.Parameters)
	if c == nil {
		return next.HandleInitialize(ctx, in)
	}
	err = errPanic
	defer func() { c.returned(metadata, err) }()
	out, metadata, err = next.HandleInitialize(middleware.WithStackValue(ctx, callKey{}, c), in)
	return out, metadata, err
}

type callKey struct{}

// build sees the request as the SDK has written it, once for all attempts.
type build struct{}

func (build) ID() string { return "mutagent" }

func (build) HandleBuild(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
	if c, ok := middleware.GetStackValue(ctx, callKey{}).(*call); ok {
		if req, ok := in.Request.(*smithyhttp.Request); ok {
			c.sends(req)
		}
	}
	return next.HandleBuild(ctx, in)
}

// deserialize is nearest to the network. It sees every attempt, and the bytes of an
// answer before the SDK does: the SDK reads its stream from a goroutine that is
// running already when the middleware outside of it could replace the reader.
type deserialize struct{}

func (deserialize) ID() string { return "mutagent" }

func (deserialize) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, metadata middleware.Metadata, err error,
) {
	out, metadata, err = next.HandleDeserialize(ctx, in)
	if c, ok := middleware.GetStackValue(ctx, callKey{}).(*call); ok {
		c.attempts++
		if resp, ok := out.RawResponse.(*smithyhttp.Response); ok && err == nil && resp.StatusCode < http.StatusMultipleChoices {
			c.accepted(resp)
		}
	}
	return out, metadata, err
}
