package mutmcpgo_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutmcpgo"
	"github.com/mutagent-io/mutagent-go/mutest"
)

const traceID, spanID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

// Client and server are in one trace over any transport, and the caller gets the same
// results as without tracing.
func TestTrace(t *testing.T) {
	for name, open := range transports {
		t.Run(name, func(t *testing.T) {
			plain := useEverything(t, t.Context(), open(t, t.Context(), newServer()))

			rec := mutest.New(t)
			base := rec.Context(t.Context())
			c := mutmcpgo.Client{Client: open(t, base, newServer(mutmcpgo.Server()))}
			ctx, end := mutagent.Start(base, mutagent.KindAgent, "agent")
			traced := useEverything(t, ctx, c)
			end()

			assert.Equal(t, plain, traced)
			assert.Contains(t, traced[4].Err, "telescope")
			rec.Golden("testdata/everything.tree")
		})
	}
}

// While tracing is off, it has no visible effect.
func TestOff(t *testing.T) {
	plain := useEverything(t, t.Context(), openInProcess(t, t.Context(), newServer()))
	off := mutagent.WithSuppressed(t.Context())
	c := mutmcpgo.Client{Client: openInProcess(t, off, newServer(mutmcpgo.Server()))}
	assert.Equal(t, plain, useEverything(t, off, c))
}

// look is a server that does not trace, and passes the _meta that it gets to got.
func look(got func(*mcp.Meta)) server.ServerOption {
	return server.WithToolHandlerMiddleware(func(next server.ToolHandlerFunc) server.ToolHandlerFunc {
		return func(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			got(req.Params.Meta)
			return next(ctx, req)
		}
	})
}

// A server that does not trace itself still gets _meta.
func TestMetaFromClient(t *testing.T) {
	rec := mutest.New(t)
	ctx := rec.Context(t.Context())
	var meta *mcp.Meta
	c := mutmcpgo.Client{Client: openHTTP(t, ctx, newServer(look(func(m *mcp.Meta) { meta = m })))}
	req := call("raw", nil)
	req.Params.Meta = &mcp.Meta{ProgressToken: "p", AdditionalFields: map[string]any{"tracestate": "stale=1", "mine": "kept"}}

	_, err := c.CallTool(ctx, req)
	require.NoError(t, err)
	span := rec.Span("raw")
	assert.Equal(t, "00-"+span.TraceID+"-"+span.SpanID+"-03", meta.AdditionalFields["traceparent"])
	assert.NotContains(t, meta.AdditionalFields, "tracestate", "it belonged to another trace")
	assert.Equal(t, "kept", meta.AdditionalFields["mine"])
	assert.Equal(t, "p", meta.ProgressToken)

	_, err = c.CallTool(mutagent.Extract(ctx, http.Header{
		"Traceparent": {"00-" + traceID + "-" + spanID + "-01"},
		"Tracestate":  {"vendor=7"},
	}), call("raw", nil))
	require.NoError(t, err)
	assert.Contains(t, meta.AdditionalFields["traceparent"], traceID)
	assert.Equal(t, "vendor=7", meta.AdditionalFields["tracestate"])
}

// A traced server understands a client of another implementation.
func TestMetaToServer(t *testing.T) {
	for name, test := range map[string]struct {
		meta   map[string]any
		header map[string]string
		trace  string
		parent string
		none   bool
	}{
		"_meta":     {meta: map[string]any{"traceparent": "00-" + traceID + "-" + spanID + "-01"}, trace: traceID, parent: spanID},
		"header":    {header: map[string]string{"Traceparent": "00-" + traceID + "-" + spanID + "-01"}, trace: traceID, parent: spanID},
		"both":      {meta: map[string]any{"traceparent": "00-1" + traceID[1:] + "-" + spanID + "-01"}, header: map[string]string{"Traceparent": "00-" + traceID + "-" + spanID + "-01"}, trace: "1" + traceID[1:], parent: spanID},
		"nonsense":  {meta: map[string]any{"traceparent": 7, "tracestate": []any{}}},
		"unsampled": {meta: map[string]any{"traceparent": "00-" + traceID + "-" + spanID + "-00"}, none: true},
	} {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			ctx := rec.Context(t.Context())
			c := openHTTPWith(t, ctx, newServer(mutmcpgo.Server()), test.header)
			req := call("raw", nil)
			req.Params.Meta = &mcp.Meta{AdditionalFields: test.meta}
			_, err := c.CallTool(ctx, req)
			require.NoError(t, err)
			if test.none {
				assert.Empty(t, rec.Spans())
				return
			}
			span := rec.Span("raw")
			assert.Equal(t, test.parent, span.ParentID)
			if test.trace != "" {
				assert.Equal(t, test.trace, span.TraceID)
			}
		})
	}
}

// The caller owns the request and may use its Meta for many concurrent calls.
func TestRequest(t *testing.T) {
	rec := mutest.New(t)
	ctx := rec.Context(t.Context())
	var got sync.Map
	c := mutmcpgo.Client{Client: openInProcess(t, ctx, newServer(look(func(m *mcp.Meta) {
		got.Store(m.AdditionalFields["traceparent"], true)
	})))}
	req := call("raw", nil)
	req.Params.Meta = &mcp.Meta{AdditionalFields: map[string]any{"mine": 1}}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			_, err := c.CallTool(ctx, req)
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Equal(t, map[string]any{"mine": 1}, req.Params.Meta.AdditionalFields)
	n := 0
	got.Range(func(any, any) bool { n++; return true })
	assert.Equal(t, 10, n)
}

// The size of media is recorded separately from the tool's text.
func TestMedia(t *testing.T) {
	rec := mutest.New(t)
	ctx := rec.Context(t.Context())
	c := mutmcpgo.Client{Client: openInProcess(t, ctx, newServer())}
	_, err := c.CallTool(ctx, call("map", nil))
	require.NoError(t, err)
	parts := rec.Span("map").Output.Messages[0].Parts
	require.NotEmpty(t, parts)
	assert.Contains(t, parts, mutagent.Part{Type: "blob", MIMEType: "image/png", Size: 10})
	assert.Contains(t, parts, mutagent.Part{Type: "blob", MIMEType: "audio/wav", Size: 5})
}

// Base64 inside texts and JSON is treated as media.
func TestMediaWithin(t *testing.T) {
	encoded := strings.Repeat("TW9uYSBMaXNhIDE1MDMh", 20)
	rec := mutest.New(t)
	ctx := rec.Context(t.Context())
	s := newServer()
	s.AddTool(mcp.NewTool("paint"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText("see data:image/png;base64," + encoded), nil
	})
	s.AddTool(mcp.NewTool("frame"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultStructured(map[string]any{"pictures": []any{encoded}}, "done"), nil
	})
	c := mutmcpgo.Client{Client: openInProcess(t, ctx, s)}
	for _, tool := range []string{"paint", "frame"} {
		_, err := c.CallTool(ctx, call(tool, map[string]any{"like": encoded}))
		require.NoError(t, err)
		assert.Equal(t, map[string]any{"like": "… [300 bytes]"}, rec.Span(tool).Input.Raw)
	}
	assert.Equal(t, "see data:image/png;base64,… [300 bytes]", rec.Span("paint").Output.Text)
	assert.Equal(t, map[string]any{"pictures": []any{"… [300 bytes]"}}, rec.Span("frame").Output.Raw)
}

// A tool that panics still panics with tracing, and its span records the panic.
func TestPanic(t *testing.T) {
	rec := mutest.New(t)
	ctx := rec.Context(t.Context())
	c := openInProcess(t, ctx, newServer(server.WithRecovery(), mutmcpgo.Server()))
	_, err := c.CallTool(ctx, call("panics", nil))
	assert.ErrorContains(t, err, "the sky fell")
	assert.Equal(t, "panic: the sky fell", rec.Span("panics").StatusMessage)
}

// Missing values from a handler cause no failure.
func TestNothing(t *testing.T) {
	for name, res := range map[string]*mcp.CallToolResult{
		"none":        nil,
		"no content":  {IsError: true},
		"nil content": {Content: []mcp.Content{nil}},
	} {
		t.Run(name, func(t *testing.T) {
			rec := mutest.New(t)
			ctx := rec.Context(t.Context())
			plain, traced := newServer(), newServer(mutmcpgo.Server())
			for _, s := range []*server.MCPServer{plain, traced} {
				s.AddTool(mcp.NewTool("empty"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) { return res, nil })
			}
			want, wantErr := openInProcess(t, ctx, plain).CallTool(ctx, call("empty", nil))
			got, err := mutmcpgo.Client{Client: openInProcess(t, ctx, traced)}.CallTool(ctx, call("empty", nil))
			assert.Equal(t, want, got)
			assert.Equal(t, wantErr, err)
			assert.Len(t, rec.Spans(), 2)
		})
	}
}
