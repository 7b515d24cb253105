package mutmcp_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"sync"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutmcp"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// Client and server are in one trace over any transport, and the caller gets the same
// results as without tracing.
func TestTrace(t *testing.T) {
	for name, open := range transports {
		t.Run(name, func(t *testing.T) {
			plain := useEverything(t, t.Context(), open(t, t.Context(), newClient(), newServer()))

			rec := mutest.New(t)
			base := rec.Context(t.Context())
			session := open(t, base, newClient(mutmcp.Middleware), newServer(mutmcp.Middleware))
			ctx, end := mutagent.Start(base, mutagent.KindAgent, "agent")
			traced := useEverything(t, ctx, session)
			end()

			assert.Equal(t, plain, traced)
			assert.Contains(t, traced[4].Err, "telescope")
			rec.Golden("testdata/everything.tree")
		})
	}
}

// A call without a parent span is a trace of its own.
func TestRoot(t *testing.T) {
	rec := mutest.New(t)
	ctx := rec.Context(t.Context())
	session := openInMemory(t, ctx, newClient(mutmcp.Middleware), newServer(mutmcp.Middleware))
	_, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "raw"})
	require.NoError(t, err)
	rec.Golden("testdata/root.tree")
}

// While tracing is off, the middleware has no visible effect.
func TestOff(t *testing.T) {
	plain := useEverything(t, t.Context(), openInMemory(t, t.Context(), newClient(), newServer()))
	off := mutagent.WithSuppressed(t.Context())
	assert.Equal(t, plain, useEverything(t, off, openInMemory(t, off, newClient(mutmcp.Middleware), newServer(mutmcp.Middleware))))
}

// A server that does not trace itself still gets _meta. A traced server understands a
// client of another implementation.
func TestMeta(t *testing.T) {
	const traceID, spanID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	var meta map[string]any
	look := func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			if method == "tools/call" {
				meta = req.GetParams().GetMeta()
			}
			return next(ctx, method, req)
		}
	}
	call := func(t *testing.T, ctx context.Context, session *mcp.ClientSession, meta mcp.Meta) {
		_, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "raw", Meta: meta})
		require.NoError(t, err)
	}

	t.Run("from a client", func(t *testing.T) {
		rec := mutest.New(t)
		ctx := rec.Context(t.Context())
		session := openInMemory(t, ctx, newClient(mutmcp.Middleware), newServer(look))
		call(t, ctx, session, mcp.Meta{"tracestate": "stale=1", "mine": "kept"})
		span := rec.Span("raw")
		assert.Equal(t, "00-"+span.TraceID+"-"+span.SpanID+"-03", meta["traceparent"])
		assert.NotContains(t, meta, "tracestate", "it belonged to another trace")
		assert.Equal(t, "kept", meta["mine"])
	})
	t.Run("from a client that continues a trace", func(t *testing.T) {
		rec := mutest.New(t)
		ctx := rec.Context(t.Context())
		session := openInMemory(t, ctx, newClient(mutmcp.Middleware), newServer(look))
		call(t, mutagent.Extract(ctx, http.Header{
			"Traceparent": {"00-" + traceID + "-" + spanID + "-01"},
			"Tracestate":  {"vendor=7"},
		}), session, nil)
		assert.Equal(t, "00-"+traceID+"-"+rec.Span("raw").SpanID+"-01", meta["traceparent"])
		assert.Equal(t, "vendor=7", meta["tracestate"])
	})
	t.Run("to a server", func(t *testing.T) {
		rec := mutest.New(t)
		ctx := rec.Context(t.Context())
		session := openInMemory(t, ctx, newClient(), newServer(mutmcp.Middleware))
		call(t, ctx, session, mcp.Meta{"traceparent": "00-" + traceID + "-" + spanID + "-01"})
		assert.Equal(t, traceID, rec.Span("raw").TraceID)
		assert.Equal(t, spanID, rec.Span("raw").ParentID)
	})
	t.Run("nonsense to a server", func(t *testing.T) {
		rec := mutest.New(t)
		ctx := rec.Context(t.Context())
		session := openInMemory(t, ctx, newClient(), newServer(mutmcp.Middleware))
		call(t, ctx, session, mcp.Meta{"traceparent": 7, "tracestate": []any{}})
		assert.Empty(t, rec.Span("raw").ParentID)
	})
	t.Run("to a server that does not record it", func(t *testing.T) {
		rec := mutest.New(t)
		ctx := rec.Context(t.Context())
		session := openInMemory(t, ctx, newClient(), newServer(mutmcp.Middleware))
		call(t, ctx, session, mcp.Meta{"traceparent": "00-" + traceID + "-" + spanID + "-00"})
		assert.Empty(t, rec.Spans())
	})
}

// Clients that do not use _meta may send the headers of W3C Trace Context.
func TestHeaders(t *testing.T) {
	const traceID, spanID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	rec := mutest.New(t)
	ctx := rec.Context(t.Context())
	session := openEndpoint(t, ctx, newClient(), newServer(mutmcp.Middleware), roundTrip(func(req *http.Request) (*http.Response, error) {
		req.Header.Set("Traceparent", "00-"+traceID+"-"+spanID+"-01")
		return http.DefaultTransport.RoundTrip(req)
	}))
	call := func(meta mcp.Meta) mutest.Span {
		_, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "raw", Meta: meta})
		require.NoError(t, err)
		spans := rec.Spans()
		return spans[len(spans)-1]
	}
	assert.Equal(t, traceID, call(nil).TraceID)
	assert.Equal(t, "1"+traceID[1:], call(mcp.Meta{"traceparent": "00-1" + traceID[1:] + "-" + spanID + "-01"}).TraceID,
		"_meta is nearer to the call than the headers")
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// The caller owns the params.
func TestParams(t *testing.T) {
	rec := mutest.New(t)
	ctx := rec.Context(t.Context())
	var got sync.Map
	remember := func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			if method == "tools/call" {
				got.Store(req.GetParams().GetMeta()["traceparent"], true)
			}
			return next(ctx, method, req)
		}
	}
	next := mutmcp.Middleware(remember(func(context.Context, string, mcp.Request) (mcp.Result, error) {
		return &mcp.CallToolResult{}, nil
	}))
	params := &mcp.CallToolParams{Name: "raw", Meta: mcp.Meta{"mine": 1}}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			_, err := next(ctx, "tools/call", &mcp.ClientRequest[mcp.Params]{Session: new(mcp.ClientSession), Params: params})
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Equal(t, &mcp.CallToolParams{Name: "raw", Meta: mcp.Meta{"mine": 1}}, params)
	n := 0
	got.Range(func(any, any) bool { n++; return true })
	assert.Equal(t, 10, n)
}

// Media are recorded by type and size everywhere, without their bytes and without
// base64.
func TestMedia(t *testing.T) {
	picture := bytes.Repeat([]byte("Mona Lisa 1503! "), 20)
	encoded := base64.StdEncoding.EncodeToString(picture)
	rec := mutest.New(t)
	ctx := rec.Context(t.Context())
	server := newServer(mutmcp.Middleware)
	server.AddTool(&mcp.Tool{Name: "paint", InputSchema: map[string]any{"type": "object"}}, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{
			&mcp.ImageContent{MIMEType: "image/png", Data: picture},
			&mcp.AudioContent{MIMEType: "audio/wav", Data: picture[:5]},
			&mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: "art://1", MIMEType: "image/png", Blob: picture}},
			&mcp.TextContent{Text: "see data:image/png;base64," + encoded},
		}}, nil
	})
	server.AddTool(&mcp.Tool{Name: "frame", InputSchema: map[string]any{"type": "object"}}, func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{StructuredContent: map[string]any{"pictures": []any{encoded}}}, nil
	})
	session := openInMemory(t, ctx, newClient(mutmcp.Middleware), server)
	for _, tool := range []string{"paint", "frame"} {
		_, err := session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: map[string]any{"like": encoded}})
		require.NoError(t, err)
	}
	spans := rec.Spans()
	require.Len(t, spans, 4, "the client's and the server's")
	for _, span := range spans {
		told, err := json.Marshal(span)
		require.NoError(t, err)
		assert.NotContains(t, string(told), encoded[:60])
		assert.Equal(t, map[string]any{"like": "… [320 bytes]"}, span.Input.Raw)
		if span.Name == "frame" {
			assert.Equal(t, map[string]any{"pictures": []any{"… [320 bytes]"}}, span.Output.Raw)
			continue
		}
		assert.Equal(t, []mutagent.Part{
			{Type: "blob", MIMEType: "image/png", Size: 320},
			{Type: "blob", MIMEType: "audio/wav", Size: 5},
			{Type: "uri", MIMEType: "image/png", URI: "art://1", Size: 320},
			{Type: "text", Content: "see data:image/png;base64,… [320 bytes]"},
		}, span.Output.Messages[0].Parts)
	}
}

// Missing values cause no failure.
func TestNothing(t *testing.T) {
	rec := mutest.New(t)
	ctx := rec.Context(t.Context())
	requests := map[string]mcp.Request{
		"no params":     &mcp.ClientRequest[mcp.Params]{},
		"nil params":    &mcp.ClientRequest[*mcp.CallToolParams]{},
		"nil arguments": &mcp.ServerRequest[*mcp.CallToolParamsRaw]{Params: &mcp.CallToolParamsRaw{}},
	}
	results := map[string]mcp.Result{
		"none":        nil,
		"nil":         (*mcp.CallToolResult)(nil),
		"no content":  &mcp.CallToolResult{IsError: true},
		"nil content": &mcp.CallToolResult{Content: []mcp.Content{nil, (*mcp.TextContent)(nil)}},
		"nil prompt":  &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{nil, {}}},
		"nil text":    &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{nil}},
	}
	for asked, req := range requests {
		for answered, want := range results {
			t.Run(asked+", "+answered, func(t *testing.T) {
				got, err := mutmcp.Middleware(func(context.Context, string, mcp.Request) (mcp.Result, error) {
					return want, nil
				})(ctx, "tools/call", req)
				require.NoError(t, err)
				assert.Equal(t, want, got)
			})
		}
	}
}

// A tool that panics still panics with tracing, and its span records the panic.
func TestPanic(t *testing.T) {
	rec := mutest.New(t)
	handler := mutmcp.Middleware(func(context.Context, string, mcp.Request) (mcp.Result, error) { panic("no sky") })
	assert.PanicsWithValue(t, "no sky", func() {
		_, _ = handler(rec.Context(t.Context()), "tools/call",
			&mcp.ServerRequest[*mcp.CallToolParamsRaw]{Params: &mcp.CallToolParamsRaw{Name: "sky"}})
	})
	assert.Equal(t, "panic: no sky", rec.Span("sky").StatusMessage)
}
