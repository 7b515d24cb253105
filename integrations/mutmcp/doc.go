// Package mutmcp traces Model Context Protocol clients and servers that use the
// official SDK, github.com/modelcontextprotocol/go-sdk:
//
//	client.AddSendingMiddleware(mutmcp.Middleware)
//	server.AddReceivingMiddleware(mutmcp.Middleware)
//
// With both, what a server does for an agent is part of the agent's trace, over
// any transport.
package mutmcp
