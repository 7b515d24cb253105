package mutmcp

import (
	"context"
	"log/slog"
	"maps"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mutagent-io/mutagent-go"
)

// Middleware is an [mcp.Middleware] for both ends of a session: a client sends
// through it, a server receives through it.
//
//	client.AddSendingMiddleware(mutmcp.Middleware)
//	server.AddReceivingMiddleware(mutmcp.Middleware)
//
// It records a span for each tools/call, resources/read and prompts/get, with the
// request as input and the result as output. A result with IsError sets the status to
// error, as does a protocol error. The caller gets both unchanged. Images, audio and
// other binary content are recorded by type and size only, also if they are base64
// inside a text or JSON. All other methods pass untraced: list calls, notifications,
// and requests of a server to its client.
//
// The request's _meta carries the client's span, as traceparent and tracestate. A
// server continues the trace in _meta, or else that in the headers of the HTTP request.
// The client's own params and their Meta are not changed.
//
// It may be used for any number of clients and servers concurrently.
func Middleware(next mcp.MethodHandler) mcp.MethodHandler {
	return func(ctx context.Context, method string, req mcp.Request) (res mcp.Result, err error) {
		asked, ok := question(req.GetParams())
		if !ok {
			return next(ctx, method, req)
		}
		if received, ok := req.GetSession().(*mcp.ServerSession); ok && received != nil {
			ctx = extract(ctx, req)
		}
		ctx, end := mutagent.Start(ctx, asked.kind, asked.name, slog.String("mcp.method.name", method))
		defer end(&err)

		span := mutagent.FromContext(ctx)
		span.SetInput(asked.input)
		if session, ok := req.GetSession().(*mcp.ClientSession); ok {
			req = inject(ctx, session, req)
		}
		res, err = next(ctx, method, req)
		answer(span, res, err)
		return res, err
	}
}

// carried maps the keys of _meta, as defined by the MCP specification, to the headers
// that package mutagent uses.
var carried = map[string]string{"traceparent": "Traceparent", "tracestate": "Tracestate"}

// extract returns ctx with the trace that the client sent. _meta takes precedence,
// because the headers may be those of a proxy or of an earlier request of the session.
func extract(ctx context.Context, req mcp.Request) context.Context {
	h := make(http.Header)
	meta := req.GetParams().GetMeta()
	for key, name := range carried {
		if value, ok := meta[key].(string); ok {
			h.Set(name, value)
		}
	}
	if extra := req.GetExtra(); h.Get("Traceparent") == "" && extra != nil {
		h = extra.Header
	}
	return mutagent.Extract(ctx, h)
}

// inject returns req with the span in ctx in its _meta. It changes a copy of the
// params, because the caller may use them for another call at the same time.
func inject(ctx context.Context, session *mcp.ClientSession, req mcp.Request) mcp.Request {
	h := make(http.Header)
	mutagent.Inject(ctx, h)
	if len(h) == 0 {
		return req
	}
	params := clone(req.GetParams())
	meta := maps.Clone(params.GetMeta())
	if meta == nil {
		meta = make(map[string]any)
	}
	for key, name := range carried {
		if value := h.Get(name); value != "" {
			meta[key] = value
		} else {
			delete(meta, key) // it belongs to another trace
		}
	}
	params.SetMeta(meta)
	return &mcp.ClientRequest[mcp.Params]{Session: session, Params: params}
}

// clone copies params of the types that question handles.
func clone(params mcp.Params) mcp.Params {
	switch p := params.(type) {
	case *mcp.CallToolParams:
		c := *p
		return &c
	case *mcp.GetPromptParams:
		c := *p
		return &c
	case *mcp.ReadResourceParams:
		c := *p
		return &c
	}
	return params
}
