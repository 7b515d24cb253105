// Package mutmcpgo traces Model Context Protocol clients and servers that use
// github.com/mark3labs/mcp-go:
//
//	traced := mutmcpgo.Client{Client: c}
//	s := server.NewMCPServer("shop", "1", mutmcpgo.Server())
//
// If both sides are traced, the server's work for an agent is part of the agent's
// trace, over any transport. For the official SDK, use package mutmcp.
package mutmcpgo
