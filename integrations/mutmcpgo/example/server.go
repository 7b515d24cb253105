package main

import (
	"context"
	"os"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutmcpgo"
)

// serve is the tool server. Its key and endpoint are in the environment.
func serve(ctx context.Context) error {
	s := server.NewMCPServer("shop", "1", mutmcpgo.Server()) // this line adds tracing
	s.AddTool(mcp.NewTool("orders", mcp.WithDescription("where an order is"), mcp.WithNumber("id", mcp.Required())), orders)
	return server.NewStdioServer(s).Listen(ctx, os.Stdin, os.Stdout)
}

func orders(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	_, end := mutagent.Start(ctx, mutagent.KindRetrieval, "database")
	defer end()
	return mcp.NewToolResultStructuredOnly(map[string]any{"state": "sent"}), nil
}
