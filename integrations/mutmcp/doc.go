// Package mutmcp traces Model Context Protocol clients and servers that use the
// official SDK, github.com/modelcontextprotocol/go-sdk:
//
//	client.AddSendingMiddleware(mutmcp.Middleware)
//	server.AddReceivingMiddleware(mutmcp.Middleware)
//
// If both sides are traced, the server's work for an agent is part of the agent's
// trace, over any transport.
package mutmcp
