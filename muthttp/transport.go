package muthttp

import (
	"context"
	"net/http"

	"github.com/mutagent-io/mutagent-go"
)

// Transport returns a RoundTripper that does what base does, and tells the servers
// which trace a request is part of. A nil base means the [http.DefaultTransport]
// of now.
//
// If the request's context carries a span, there is one for the request under it,
// named after the method. It ends when the response's body has been read to its
// end or was closed, or with the error that the request or the body failed with;
// a status of 400 or more makes it an error. Each redirect is a request. Without
// a span in its context a request is none of a trace: polls and health checks
// would otherwise become traces of one span each.
//
// The request is not changed, as an [http.RoundTripper] must not; base gets a copy
// that has the headers traceparent and tracestate besides its own.
func Transport(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{base}
}

type transport struct{ base http.RoundTripper }

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, c := start(req)
	sent := inject(ctx, req)
	returned := false
	defer func() {
		if !returned { // the panic goes on; spans above will tell its value
			c.end(errPanic)
		}
	}()
	resp, err := t.base.RoundTrip(sent)
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
func (t *transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
