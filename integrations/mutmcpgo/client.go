package mutmcpgo

import (
	"context"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/mutagent-io/mutagent-go"
)

// Client wraps a client and records a span for each CallTool, ReadResource and
// GetPrompt, with the request as input and the result as output. All other methods are
// those of the wrapped client and are not traced.
//
// A result with IsError sets the status to error, as does a protocol error. The caller
// gets both unchanged. Images, audio and other binary content are recorded by type and
// size only, also if they are base64 inside a text or JSON.
//
// The request's _meta carries the span, as traceparent and tracestate. The caller's own
// request and its Meta are not changed.
//
// Client implements [client.MCPClient]. It may be copied, and is as safe for concurrent
// use as the wrapped client.
type Client struct{ *client.Client }

var _ client.MCPClient = Client{}

// CallTool calls a tool, and records it as a span of kind tool.
func (c Client) CallTool(ctx context.Context, req mcp.CallToolRequest) (res *mcp.CallToolResult, err error) {
	ctx, end := start(ctx, mutagent.KindTool, mcp.MethodToolsCall, req.Params.Name, arguments(req))
	defer end(&err)
	req.Params.Meta = inject(ctx, req.Params.Meta)
	res, err = c.Client.CallTool(ctx, req)
	refused(mutagent.FromContext(ctx), err)
	toolAnswer(mutagent.FromContext(ctx), res, err)
	return res, err
}

// ReadResource reads a resource, and records it as a span of kind retrieval.
func (c Client) ReadResource(ctx context.Context, req mcp.ReadResourceRequest) (res *mcp.ReadResourceResult, err error) {
	ctx, end := start(ctx, mutagent.KindRetrieval, mcp.MethodResourcesRead, req.Params.URI, mutagent.IO{Text: req.Params.URI})
	defer end(&err)
	req.Params.Meta = inject(ctx, req.Params.Meta)
	res, err = c.Client.ReadResource(ctx, req)
	refused(mutagent.FromContext(ctx), err)
	if res != nil {
		resourceAnswer(mutagent.FromContext(ctx), res.Contents)
	}
	return res, err
}

// GetPrompt gets a prompt, and records it as a span of kind custom.
func (c Client) GetPrompt(ctx context.Context, req mcp.GetPromptRequest) (res *mcp.GetPromptResult, err error) {
	ctx, end := start(ctx, mutagent.KindCustom, mcp.MethodPromptsGet, req.Params.Name, mutagent.IO{Raw: req.Params.Arguments})
	defer end(&err)
	req.Params.Meta = inject(ctx, req.Params.Meta)
	res, err = c.Client.GetPrompt(ctx, req)
	refused(mutagent.FromContext(ctx), err)
	promptAnswer(mutagent.FromContext(ctx), res)
	return res, err
}
