package main

import (
	"bytes"
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// serveMCP serves the traces of a running viewer to a coding agent: list, search, get
// and compare.
func serveMCP(ctx context.Context, args []string) error {
	flags, c, _ := clientFlags("mcp")
	if _, err := parse(flags, args); err != nil {
		return err
	}
	return c.mcpServer().Run(ctx, &mcp.StdioTransport{})
}

type listIn struct {
	Text    string `json:"text,omitempty" jsonschema:"full text of any span or log record; words, \"phrases\""`
	Status  string `json:"status,omitempty" jsonschema:"error: some span failed; ok; open: still running"`
	Session string `json:"session,omitempty" jsonschema:"only traces of this session"`
	Since   string `json:"since,omitempty" jsonschema:"how long ago at most, such as 10m or 24h"`
	Limit   int    `json:"limit,omitempty" jsonschema:"how many, at most 500; 20 by default"`
}

type sqlIn struct {
	Query string `json:"query" jsonschema:"one SELECT in SQLite's dialect"`
}

type traceIn struct {
	TraceID string `json:"traceId" jsonschema:"id of the trace"`
}

type spanIn struct {
	TraceID string `json:"traceId" jsonschema:"id of the trace"`
	SpanID  string `json:"spanId" jsonschema:"id of the span"`
}

type compareIn struct {
	Left  string `json:"left" jsonschema:"id of one trace"`
	Right string `json:"right" jsonschema:"id of the other"`
}

func (c *client) mcpServer() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "mutview", Version: "1"}, nil)
	mcp.AddTool(s, &mcp.Tool{Name: "list_traces", Description: "Lists traces of LLM programs on this machine, the newest first, with duration, tokens, cost and failure; or those that hold a text."},
		func(ctx context.Context, _ *mcp.CallToolRequest, in listIn) (*mcp.CallToolResult, any, error) {
			q := url.Values{"limit": {strconv.Itoa(max(in.Limit, 0))}}
			if in.Limit == 0 {
				q.Set("limit", "20")
			}
			for key, value := range map[string]string{"q": in.Text, "status": in.Status, "session": in.Session, "since": in.Since} {
				if value != "" {
					q.Set(key, value)
				}
			}
			return c.tool(ctx, "/api/view/traces?"+q.Encode())
		})
	mcp.AddTool(s, &mcp.Tool{Name: "show_trace", Description: "Shows a trace as a tree of spans with times, tokens and failures. Ids of the spans: get_trace."},
		func(ctx context.Context, _ *mcp.CallToolRequest, in traceIn) (*mcp.CallToolResult, any, error) {
			var b strings.Builder
			err := c.tree(ctx, in.TraceID, &b)
			return said(b.String()), nil, err
		})
	mcp.AddTool(s, &mcp.Tool{Name: "get_trace", Description: "A trace as JSON: its summary, a row for each span (id, parent, name, kind, status, start ns, duration ns, model, service, tokens in, tokens out, cost, events), its log records."},
		func(ctx context.Context, _ *mcp.CallToolRequest, in traceIn) (*mcp.CallToolResult, any, error) {
			return c.tool(ctx, "/api/view/traces/"+url.PathEscape(in.TraceID))
		})
	mcp.AddTool(s, &mcp.Tool{Name: "get_span", Description: "A span as JSON, with input, output, messages, attributes and events."},
		func(ctx context.Context, _ *mcp.CallToolRequest, in spanIn) (*mcp.CallToolResult, any, error) {
			return c.tool(ctx, "/api/view/traces/"+url.PathEscape(in.TraceID)+"/spans/"+url.PathEscape(in.SpanID))
		})
	mcp.AddTool(s, &mcp.Tool{Name: "compare_traces", Description: "Shows two traces as trees, one below the other."},
		func(ctx context.Context, _ *mcp.CallToolRequest, in compareIn) (*mcp.CallToolResult, any, error) {
			var b strings.Builder
			for _, id := range []string{in.Left, in.Right} {
				if err := c.tree(ctx, id, &b); err != nil {
					return nil, nil, err
				}
				b.WriteByte('\n')
			}
			return said(b.String()), nil, nil
		})
	mcp.AddTool(s, &mcp.Tool{Name: "query_sql", Description: "Answers a SELECT over all traces, at most 1,000 rows. Tables: trace (id, trace_id, name, kind, start_ns, end_ns, spans, errors, session, user, tokens_in, tokens_out, cost), span (id, trace, span_id, parent_id, name, kind, status: 2 failed, start_ns, end_ns, model, tokens_in, tokens_out, cost), payload (span, body: JSON with i input, o output, a attributes, e events, m message), log (trace_id, span_id, time_ns, severity, body: JSON)."},
		func(ctx context.Context, _ *mcp.CallToolRequest, in sqlIn) (*mcp.CallToolResult, any, error) {
			return c.tool(ctx, "/api/view/sql?q="+url.QueryEscape(in.Query))
		})
	return s
}

func (c *client) tool(ctx context.Context, path string) (*mcp.CallToolResult, any, error) {
	var b bytes.Buffer
	if err := c.copy(ctx, path, &b); err != nil {
		return nil, nil, err
	}
	return said(b.String()), nil, nil
}

func said(text string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}
}
