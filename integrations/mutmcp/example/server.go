package main

import (
	"context"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/integrations/mutmcp"
)

type lookup struct {
	ID int `json:"id"`
}

type order struct {
	State string `json:"state"`
}

// serve is the tool server. Its key and endpoint are in the environment.
func serve(ctx context.Context) error {
	server := mcp.NewServer(&mcp.Implementation{Name: "shop", Version: "1"}, nil)
	server.AddReceivingMiddleware(mutmcp.Middleware) // this line adds tracing
	mcp.AddTool(server, &mcp.Tool{Name: "orders", Description: "where an order is"}, orders)
	return server.Run(ctx, &mcp.StdioTransport{})
}

func orders(ctx context.Context, _ *mcp.CallToolRequest, in lookup) (*mcp.CallToolResult, order, error) {
	_, end := mutagent.Start(ctx, mutagent.KindRetrieval, "database")
	defer end()
	return nil, order{State: "sent"}, nil
}
