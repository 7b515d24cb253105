package muthttp

import (
	"context"
	"net/http"

	"github.com/mutagent-io/mutagent-go"
)

// A Transport is an [http.RoundTripper] that does what Base does, and tells the
// servers which trace a request is part of. It may be used from any goroutine.
//
// If the request's context carries a span, Transport records a span for the request
// under it, named after the method. It ends when the response's body has been read to
// its end or was closed, or with the error that the request or the body failed with;
// a status of 400 or more makes it an error. Each redirect is a request. A request
// without a span in its context is not recorded: polls and health checks would become
// traces of one span each.
//
// The request is not changed, as an [http.RoundTripper] must not; Base gets a copy
// that has the headers traceparent and tracestate besides its own.
type Transport struct {
	Base http.RoundTripper // nil means the http.DefaultTransport of the moment
}

// RoundTrip is for [http.Client].
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

// inject returns a copy of req that tells of the trace in ctx.
func inject(ctx context.Context, req *http.Request) *http.Request {
	sent := req.WithContext(ctx)
	if sent.Header = req.Header.Clone(); sent.Header == nil {
		sent.Header = http.Header{}
	}
	mutagent.Inject(ctx, sent.Header)
	return sent
}

// CloseIdleConnections is what [http.Client.CloseIdleConnections] calls.
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
