package mutmcpgo

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/mutagent-io/mutagent-go"
)

// Server is an option for [server.NewMCPServer] that records a span for each run of a
// tool, resource or prompt handler, with the request as input and the result as output.
// The handler's ctx carries the span, so spans and log records of the handler belong to
// it.
//
// The span continues the trace in the request's _meta, or else that in the headers of
// its HTTP request. A panic of a tool is not recovered.
//
// Middlewares run in the order of the options: put [server.WithRecovery] before Server,
// so that the span records the panic. A request without a handler, such as the call of
// a tool that does not exist, is not recorded here; the client's span has its error.
func Server() server.ServerOption {
	return func(s *server.MCPServer) {
		server.WithToolHandlerMiddleware(tool)(s)
		server.WithResourceHandlerMiddleware(resource)(s)
		server.WithPromptHandlerMiddleware(prompt)(s)
	}
}

func tool(next server.ToolHandlerFunc) server.ToolHandlerFunc {
	return func(ctx context.Context, req mcp.CallToolRequest) (res *mcp.CallToolResult, err error) {
		ctx = extract(ctx, req.Params.Meta, req.Header)
		ctx, end := start(ctx, mutagent.KindTool, mcp.MethodToolsCall, req.Params.Name, arguments(req))
		defer end(&err)
		res, err = next(ctx, req)
		toolAnswer(mutagent.FromContext(ctx), res, err)
		return res, err
	}
}

func resource(next server.ResourceHandlerFunc) server.ResourceHandlerFunc {
	return func(ctx context.Context, req mcp.ReadResourceRequest) (contents []mcp.ResourceContents, err error) {
		ctx = extract(ctx, req.Params.Meta, req.Header)
		ctx, end := start(ctx, mutagent.KindRetrieval, mcp.MethodResourcesRead, req.Params.URI, mutagent.IO{Text: req.Params.URI})
		defer end(&err)
		contents, err = next(ctx, req)
		resourceAnswer(mutagent.FromContext(ctx), contents)
		return contents, err
	}
}

func prompt(next server.PromptHandlerFunc) server.PromptHandlerFunc {
	return func(ctx context.Context, req mcp.GetPromptRequest) (res *mcp.GetPromptResult, err error) {
		ctx = extract(ctx, req.Params.Meta, req.Header)
		ctx, end := start(ctx, mutagent.KindCustom, mcp.MethodPromptsGet, req.Params.Name, mutagent.IO{Raw: req.Params.Arguments})
		defer end(&err)
		res, err = next(ctx, req)
		promptAnswer(mutagent.FromContext(ctx), res)
		return res, err
	}
}
