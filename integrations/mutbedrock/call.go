package mutbedrock

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/internal/modelcall"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// A call is the span of an operation, with the state that the middlewares share.
type call struct {
	span     *mutagent.Span
	close    func(...*error) // ends the span, unless it is borrowed
	ctx      context.Context // carries the span
	began    time.Time
	op       operation
	attempts int
	body     *body // body of the response; nil until there is one

	mu    sync.Mutex // the SDK reads a stream in its own goroutine
	read  *genai.Call
	first time.Duration // time to the first token
	ended bool
}

// begin starts a call. It returns nil if there is nothing to record, or if a layer
// above records the call.
func begin(ctx context.Context, params any) (context.Context, *call) {
	op, ok := operationOf(params)
	if !ok || !mutagent.Enabled(ctx) {
		return ctx, nil
	}
	c := &call{op: op, read: op.reader()}
	known := false
	if op.body != nil {
		e := new(genai.Excerpt)
		_, _ = e.Write(op.body)
		known = c.reads(e)
	}
	ctx, c.close, ok = modelcall.Start(ctx, mutagent.Kind(c.read.Kind), c.read.Name(), c.named()...)
	if !ok {
		return ctx, nil
	}
	c.began = time.Now() // after the span, which is never shorter than the time to the first token
	c.ctx, c.span = ctx, mutagent.FromContext(ctx)
	if op.body != nil {
		c.asked(known)
	}
	return ctx, c
}

// sends records a request that the SDK has written and that the span does not have yet.
func (c *call) sends(req *smithyhttp.Request) {
	if c.op.body != nil {
		return
	}
	if e := written(req); e != nil {
		c.asked(c.reads(e))
	}
}

// accepted records a response before its body is read. A later attempt replaces it,
// unless the stream of the earlier one has ended the call.
func (c *call) accepted(resp *smithyhttp.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.read.Answer(resp.Header.Get("Content-Type"))
	c.read.Counted(resp.Header.Get)
	c.body = follow(c, resp.Body)
	resp.Body = c.body
}

var errPanic = errors.New("mutbedrock: the call panicked")

// returned records the result that the SDK returns to the caller. A stream continues.
func (c *call) returned(metadata middleware.Metadata, err error) {
	if id, ok := awsmiddleware.GetRequestIDMetadata(metadata); ok && id != "" {
		c.span.SetAttributes(slog.String("aws.request_id", id))
	}
	if c.attempts > 1 {
		c.span.SetAttributes(slog.Int("http.request.resend_count", c.attempts-1))
	}
	if err == nil && c.op.stream && c.body != nil {
		return
	}
	c.end(err)
}

// end ends the span. Only the first call has an effect.
func (c *call) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finish(err)
}

// finish is like end; the caller must hold the lock.
func (c *call) finish(err error) {
	if c.ended {
		return
	}
	c.ended = true
	if c.body != nil {
		c.body.unbind()
	}
	c.read.Close()
	if err == nil {
		err = failure(c.read.Failure)
	}
	c.span.SetError(err)
	c.explain(err)
	c.told()
	c.close()
	c.read = nil // the caller may keep the body
}

// failure returns the error in a stream in the form that the SDK gives it. In a stream
// the error code begins with a lower-case letter.
func failure(f genai.Failure) error {
	if f == (genai.Failure{}) {
		return nil
	}
	return &smithy.GenericAPIError{Code: upper(f.Type), Message: f.Message}
}

// explain records the AWS error code of an error, because the Go type only says which
// operation failed.
func (c *call) explain(err error) {
	var named smithy.APIError
	if errors.As(err, &named) {
		c.span.SetAttributes(slog.String("error.type", named.ErrorCode()))
	}
	var answered *smithyhttp.ResponseError
	if errors.As(err, &answered) && answered.Response != nil {
		c.span.SetAttributes(slog.Int("http.response.status_code", answered.HTTPStatusCode()))
	}
}
