package mutbedrock

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// A call is the span of an operation, and what its parts have to know.
type call struct {
	span     *mutagent.Span
	ctx      context.Context // carries the span
	began    time.Time
	op       operation
	attempts int
	header   http.Header // of the answer
	stream   *stream     // nil unless the answer is one
	terms    terms
	once     sync.Once
}

// begin starts a call, or returns nil if there is nothing to record, or a layer above
// records it.
func begin(ctx context.Context, params any) (context.Context, *call) {
	op, ok := operationOf(params)
	if !ok || genai.Marked(ctx) {
		return ctx, nil
	}
	ctx, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{Kind: op.kind, Name: op.name()})
	if span == nil {
		return ctx, nil
	}
	quietly(func() { op.describe(span) })
	ctx = genai.Mark(ctx) // an HTTP client may look at the call, too
	return ctx, &call{span: span, ctx: ctx, began: time.Now(), op: op}
}

// quietly runs f, which looks at values of the program: those may panic when they
// are encoded, and tracing must not.
func quietly(f func()) {
	defer func() { _ = recover() }()
	f()
}

// accepted takes an answer before anybody has read its body.
func (c *call) accepted(resp *smithyhttp.Response) {
	c.header = resp.Header
	if c.op.stream {
		c.stream = follow(c, resp.Body)
		resp.Body = c.stream
	}
}

var errPanic = errors.New("mutbedrock: the call panicked")

// returned takes what the SDK gives to the caller. A stream goes on.
func (c *call) returned(result any, metadata middleware.Metadata, err error) {
	if id, ok := awsmiddleware.GetRequestIDMetadata(metadata); ok && id != "" {
		c.span.SetAttributes(slog.String("aws.request_id", id))
	}
	if c.attempts > 1 {
		c.span.SetAttributes(slog.Int("http.request.resend_count", c.attempts-1))
	}
	if err == nil && c.stream != nil {
		return
	}
	var end mutagent.EndOptions
	if err == nil {
		quietly(func() { end = c.answer(result) })
	}
	c.end(end, err)
}

// answer says what came of a call that is no stream.
func (c *call) answer(result any) mutagent.EndOptions {
	switch out := result.(type) {
	case *bedrockruntime.ConverseOutput:
		c.terms.take(out.ServiceTier, out.PerformanceConfig, out.Usage)
		return mutagent.EndOptions{Output: answerOf(out.Output, out.StopReason), Metrics: metricsOf(out.Usage)}
	case *bedrockruntime.InvokeModelOutput:
		c.terms.tier = string(out.ServiceTier)
		end := mutagent.EndOptions{Metrics: mutagent.Metrics{
			InputTokens:  c.count("X-Amzn-Bedrock-Input-Token-Count"),
			OutputTokens: c.count("X-Amzn-Bedrock-Output-Token-Count"),
		}}
		if c.op.kind != mutagent.KindLLMEmbedding {
			end.Output = rawIO("assistant", out.Body)
		}
		return end
	}
	return mutagent.EndOptions{}
}

// count is 0 where the header does not have a number.
func (c *call) count(header string) int64 {
	n, _ := strconv.ParseInt(c.header.Get(header), 10, 64)
	return n
}

// end ends the span. The first time counts.
func (c *call) end(opts mutagent.EndOptions, err error) {
	c.once.Do(func() {
		c.span.SetError(err)
		c.explain(err)
		c.charge(&opts.Metrics)
		c.span.End(opts)
	})
}

// explain gives an error the name that AWS has for it: that of its Go type says
// only which operation failed.
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
