package mutllm

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
	"github.com/mutagent-io/mutagent-go/internal/layer"
)

// A call is the span of one model call, including all its attempts. The first of these
// ends it: the last event of a stream, the end of the body, an error, Close, the end of
// the context, or the garbage collection of the body.
type call struct {
	span    *mutagent.Span
	began   time.Time
	host    string
	content bool // content is recorded
	unknown bool // only the provider is known, not the operation

	addUsage bool // its requests are sent with the option to report usage

	borrowed bool // whoever started the span ends it

	mu       sync.Mutex
	read     *genai.Call
	ended    bool
	attempts int
	first    time.Duration // to the first token
	detach   func() bool   // stops watching the attempt's context
	refusal  *refusal      // the attempt's failure, if any
	wait     *time.Timer   // for the next attempt, while the call is parked
	place    place         // where the library's next attempt looks for the call
	waiting  place         // where the call is parked
	unread   bool          // the response body is compressed and not read
	whole    bool          // the response is complete
}

// begin starts the span of a call, or resumes the call of an earlier attempt. It
// returns no call if an outer layer records it.
func (o Options) begin(req *http.Request, read *genai.Call, body *genai.Excerpt) (*call, *http.Request) {
	ctx := req.Context()
	at := placeOf(req, body)
	c := resume(at)
	again := c != nil
	if !again {
		c = &call{read: read, began: time.Now(), host: req.URL.Hostname(), attempts: at.attempt + 1, place: at}
		c.unknown = read.Operation == ""
		c.content = !o.OmitContent && ctx.Value(withoutKey{}) == nil
		c.addUsage = o.IncludeUsage && read.AddUsage && body.Bytes()[0] == '{'
		if !c.open(ctx, req) {
			return nil, req
		}
	}
	return c, c.attempt(req, !again)
}

// attempt returns the request to send for req, as an attempt of the call. Another layer's
// span for a later attempt is not that of the call.
func (c *call) attempt(req *http.Request, first bool) *http.Request {
	ctx := mutagent.WithSpan(req.Context(), c.span)
	if first && !c.borrowed {
		ctx = layer.With(ctx, layer.Sent, c.span)
	}
	sent := req.WithContext(genai.Mark(ctx))
	if c.addUsage {
		includeUsage(sent)
	}
	return sent
}

// open gives the call a span: a foreign one that was begun for it, or one of its own.
func (c *call) open(ctx context.Context, req *http.Request) bool {
	opts := c.options(ctx, req)
	c.mu.Lock() // from the loan on, done may be called
	defer c.mu.Unlock()
	if span, ok := layer.Borrow(ctx, layer.Call, c.done).(*mutagent.Span); ok {
		c.span, c.borrowed = span, true
		span.SetName(opts.Name)
		span.SetKind(opts.Kind)
		span.SetAttributes(opts.Attributes...)
		span.SetInput(opts.Input)
	} else if !genai.Marked(ctx) {
		_, c.span = mutagent.StartSpan(ctx, opts)
	}
	return c.borrowed || !genai.Marked(ctx)
}

// send makes an attempt.
func (c *call) send(req, sent *http.Request, next func(*http.Request) (*http.Response, error)) (*http.Response, error) {
	returned := false
	defer func() {
		if !returned { // the panic goes on; spans above will tell its value
			c.end(errPanic)
		}
	}()
	resp, err := restore(req, sent, next)
	returned = true
	c.answered(sent, resp, err)
	return resp, err
}

var (
	errPanic     = errors.New("mutllm: the transport panicked")
	errAbandoned = errors.New("mutllm: the answer was neither read to its end nor closed")
)

// answered handles the result of an attempt.
func (c *call) answered(sent *http.Request, resp *http.Response, err error) {
	ctx := sent.Context()
	if resp != nil && c.unknown { // there is little else to record
		c.span.SetAttributes(slog.Int("http.response.status_code", resp.StatusCode))
	}
	switch {
	case err != nil || resp == nil:
		c.failed(ctx, err)
	case resp.StatusCode >= http.StatusBadRequest:
		c.refused(ctx, resp)
	case redirects(sent, resp):
		c.redirected(ctx, resp)
	case resp.StatusCode == http.StatusSwitchingProtocols || resp.Body == nil || resp.Body == http.NoBody:
		c.end(nil)
	default:
		c.follow(ctx, resp)
	}
}

// follow continues the call with the body of resp.
func (c *call) follow(ctx context.Context, resp *http.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended { // with the span that it borrowed
		return
	}
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" {
		c.unread = true
		c.span.SetAttributes(slog.String("http.response.header.content-encoding", encoding))
	}
	c.read.Answer(resp.Header.Get("Content-Type"))
	c.read.Counted(resp.Header.Get)
	resp.Body = newBody(resp.Body, c)
	c.watch(ctx)
}

// watch ends a locked call when the context of its attempt ends.
func (c *call) watch(ctx context.Context) {
	attempt := c.attempts
	c.detach = context.AfterFunc(ctx, func() { c.endAttempt(attempt, context.Cause(ctx)) })
}

// took records what the caller has read of the body, and the read's error.
func (c *call) took(p []byte, eof bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	if !c.unread {
		c.read.Write(p)
	}
	if c.first == 0 && c.read.Spoke() {
		c.first = time.Since(c.began)
	}
	c.whole = eof
	if eof || err != nil || c.read.Done() {
		c.finish(err)
	}
}

// end ends the call, if it has not ended.
func (c *call) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.finish(err)
	}
}

// endAttempt ends the call, unless a later attempt has begun.
func (c *call) endAttempt(attempt int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended && c.attempts == attempt {
		c.finish(err)
	}
}

// finish ends a locked call.
func (c *call) finish(err error) {
	c.ended = true
	if c.detach != nil {
		c.detach()
	}
	c.leave()
	c.hear()
	opts := mutagent.EndOptions{Err: err}
	if f := c.refusal; f != nil {
		opts.Err, opts.Time = f.err, f.time // the wait for a retry does not count
	} else if c.read.Close() {
		opts.Err, c.whole = nil, true // regardless of the connection
	}
	c.tell(&opts)
	if c.borrowed {
		c.giveBack(opts)
	} else {
		c.span.End(opts)
	}
	c.read = nil // the body may live for long
}

// done ends the call because its borrowed span ends.
func (c *call) done() (content bool) {
	c.end(nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.content && !c.unknown && !c.unread
}

// giveBack records on a borrowed span what would have ended the call's own.
func (c *call) giveBack(opts mutagent.EndOptions) {
	c.span.SetOutput(opts.Output)
	c.span.SetMetrics(opts.Metrics)
	if opts.Err != nil {
		c.span.SetError(opts.Err)
	}
}
