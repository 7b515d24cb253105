package muthttp

import (
	"context"
	"net/http"

	"github.com/mutagent-io/mutagent-go"
)

// A Transport is an [http.RoundTripper] that records a span for each request and
// propagates the trace to the server. It sends requests with Base. It is safe for
// concurrent use.
//
// A request is recorded if its context carries a span, as a child of that span, named
// after the method. The span ends when the response body is closed or read to its end,
// or with the error of the request or the body. A status of 400 or more makes it an
// error. Each redirect is a request of its own. A request without a span in its context
// is not recorded, because polls and health checks would become traces of one span
// each.
//
// As [http.RoundTripper] requires, the request is not modified: Base receives a copy
// with the additional headers traceparent and tracestate.
type Transport struct {
	Base http.RoundTripper // nil means http.DefaultTransport, read for each request
}

// RoundTrip implements [http.RoundTripper].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, c := start(req)
	sent := inject(ctx, req)
	returned := false
	defer func() {
		if !returned { // the panic goes on; spans above will tell its value
			c.end(errPanic)
		}
	}()
	resp, err := t.base().RoundTrip(sent)
	returned = true
	if resp != nil && resp.Request == sent {
		resp.Request = req // the one that the caller knows
	}
	c.answered(resp, err)
	return resp, err
}

// inject returns a copy of req with the headers of the trace in ctx.
func inject(ctx context.Context, req *http.Request) *http.Request {
	sent := req.WithContext(ctx)
	if sent.Header = req.Header.Clone(); sent.Header == nil {
		sent.Header = http.Header{}
	}
	mutagent.Inject(ctx, sent.Header)
	return sent
}

// CloseIdleConnections closes the idle connections of Base.
// [http.Client.CloseIdleConnections] calls it.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.base().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// original is net/http's own.
var original = http.DefaultTransport

func (t *Transport) base() http.RoundTripper {
	switch {
	case t.Base != nil:
		return t.Base
	case http.DefaultTransport == nil || http.DefaultTransport == http.RoundTripper(t):
		return original
	}
	return http.DefaultTransport
}
