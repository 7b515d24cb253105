package mutmcpgo

import (
	"context"
	"log/slog"
	"maps"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/mutagent-io/mutagent-go"
)

func start(ctx context.Context, kind mutagent.Kind, method mcp.MCPMethod, name string, input mutagent.IO) (context.Context, func(...*error)) {
	ctx, end := mutagent.Start(ctx, kind, name, slog.String("mcp.method.name", string(method)))
	mutagent.FromContext(ctx).SetInput(input)
	return ctx, end
}

// carried maps the keys of _meta, as defined by the MCP specification, to the headers
// that package mutagent uses.
var carried = map[string]string{"traceparent": "Traceparent", "tracestate": "Tracestate"}

// extract returns ctx with the trace that the client sent. _meta takes precedence,
// because the headers may be those of a proxy or of an earlier request of the session.
func extract(ctx context.Context, meta *mcp.Meta, header http.Header) context.Context {
	h := make(http.Header)
	if meta != nil {
		for key, name := range carried {
			if value, ok := meta.AdditionalFields[key].(string); ok {
				h.Set(name, value)
			}
		}
	}
	if h.Get("Traceparent") == "" {
		h = header
	}
	return mutagent.Extract(ctx, h)
}

// inject returns meta with the span in ctx. It changes a copy, because the caller may
// use its meta for another call at the same time.
func inject(ctx context.Context, meta *mcp.Meta) *mcp.Meta {
	h := make(http.Header)
	mutagent.Inject(ctx, h)
	if len(h) == 0 {
		return meta
	}
	var copied mcp.Meta
	if meta != nil {
		copied = *meta
	}
	fields := maps.Clone(copied.AdditionalFields)
	if fields == nil {
		fields = make(map[string]any)
	}
	for key, name := range carried {
		if value := h.Get(name); value != "" {
			fields[key] = value
		} else {
			delete(fields, key) // it belongs to another trace
		}
	}
	copied.AdditionalFields = fields
	return &copied
}
