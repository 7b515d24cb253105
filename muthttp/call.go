package muthttp

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/layer"
)

// A call is the span of an outgoing request. The first of these ends it: an error, the
// end of the response body, or its Close.
type call struct {
	span     *mutagent.Span // nil if the request is not traced
	borrowed bool           // whoever started the span ends it
	once     sync.Once
}

// start begins a span for req, if its context has a span.
func start(req *http.Request) (context.Context, *call) {
	ctx := req.Context()
	if mutagent.FromContext(ctx) == nil {
		return ctx, new(call)
	}
	method := req.Method
	if method == "" {
		method = http.MethodGet
	}
	attrs := []slog.Attr{slog.String("http.request.method", method)}
	if req.URL != nil {
		attrs = append(attrs, slog.String("server.address", req.URL.Hostname()), slog.String("url.path", req.URL.Path))
	}
	if span, ok := layer.Borrow(ctx, layer.Sent, nothing).(*mutagent.Span); ok {
		span.SetAttributes(attrs...)
		return mutagent.WithSpan(ctx, span), &call{span: span, borrowed: true}
	}
	ctx, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{Kind: mutagent.KindCustom, Name: method, Attributes: attrs})
	return layer.With(ctx, layer.Sent, span), &call{span: span}
}

// answered handles the result of the RoundTripper.
func (c *call) answered(resp *http.Response, err error) {
	if resp != nil {
		setStatus(c.span, resp.StatusCode, http.StatusBadRequest)
	}
	switch {
	case err != nil || resp == nil || resp.Body == nil || resp.Body == http.NoBody:
		c.end(err)
	case c.span != nil:
		resp.Body = c.follow(resp.Body)
	}
}

var errPanic = errors.New("muthttp: the RoundTripper panicked")

func (c *call) end(err error) {
	c.once.Do(func() {
		switch {
		case !c.borrowed:
			c.span.End(mutagent.EndOptions{Err: err})
		case err != nil:
			c.span.SetError(err)
		}
	})
}
