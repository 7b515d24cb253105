package mutbedrock

import (
	"context"
	"net/http"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Trace is an element of the APIOptions of an aws.Config, or of a client's own options.
// It records one span for each Converse, ConverseStream, InvokeModel and
// InvokeModelWithResponseStream, regardless of retries. Calls of other operations and
// services are not affected. Adding it twice has the same effect as adding it once.
//
// The span has the same data as spans of package mutllm: parameters, system prompt,
// messages, tools, the answer with its tool calls and stop reason, and the tokens used.
// Media are recorded by type and size only. The bodies of InvokeModel are parsed for
// the models of Anthropic, Amazon, Meta, Mistral, Cohere, AI21 and OpenAI.
//
// The span of a stream ends with the last event, an error, Close, or the end of the
// context, whichever comes first, and has the output until then. The stream is neither
// delayed nor buffered, and no goroutine is started for it. At most 1 MiB of text is
// kept of a request, and 1 MiB of its response.
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

// initialize is the outermost middleware, outside of the retries.
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

// build sees the request written by the SDK, once for all attempts.
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

// deserialize is the innermost middleware. It sees every attempt, and the bytes of a
// response before the SDK does. The SDK reads its stream in a goroutine that is already
// running when an outer middleware could replace the reader.
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
