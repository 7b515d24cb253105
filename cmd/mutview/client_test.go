package main

import (
	"bytes"
	"context"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/mutview"
)

const batch = `{"traces":[{"traceId":"t1","startTime":"2026-01-01T00:00:00Z","sessionId":"s","spans":[
 {"spanId":"a","name":"agent","kind":"agent","startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-01T00:00:01Z","input":"where is zanzibar?"},
 {"spanId":"b","parentSpanId":"a","name":"plan","kind":"llm.chat","startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-01T00:00:00.5Z","status":"error","statusMessage":"overloaded",
  "output":"{\"messages\":[{\"role\":\"assistant\",\"content\":\"hm\"}]}","events":[{"name":"retry","timestamp":"2026-01-01T00:00:00.2Z","level":"WARN"}],"metadata":{"gen_ai.usage.input_tokens":5,"ratio":0.5,"list":[1,"x"]}}]}]}`

// viewer starts a viewer in this process, as a user's program would.
func viewer(t *testing.T) *client {
	t.Helper()
	h, err := mutview.New(mutview.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.Close()
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return &client{base: server.URL}
}

func imported(t *testing.T, c *client, text string) {
	t.Helper()
	if n, err := c.importStream(context.Background(), strings.NewReader(text)); err != nil || n == 0 {
		t.Fatalf("%d values, %v", n, err)
	}
}

func TestTreeOfATrace(t *testing.T) {
	c := viewer(t)
	imported(t, c, batch)
	var b strings.Builder
	if err := c.tree(context.Background(), "t1", &b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"failed: plan: overloaded", "agent agent", "plan llm.chat", "500ms", "5→0"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// A trace that is exported as OTLP, imported elsewhere and exported again is unchanged.
func TestExportedTracesCanBeImported(t *testing.T) {
	ctx := context.Background()
	first, second, third := viewer(t), viewer(t), viewer(t)
	imported(t, first, batch)
	var a, b bytes.Buffer
	if err := first.copy(ctx, "/api/view/traces/t1/export?format=otlp", &a); err != nil {
		t.Fatal(err)
	}
	imported(t, second, a.String())
	var page struct{ Traces []summary }
	if err := second.get(ctx, "/api/view/traces", &page); err != nil || len(page.Traces) != 1 {
		t.Fatal(page, err)
	}
	got := page.Traces[0]
	if got.Name != "agent" || got.Spans != 2 || got.Errors != 1 || got.InputTokens != 5 || got.Session != "s" || got.Message != "plan: overloaded" {
		t.Errorf("%+v", got)
	}
	if err := second.copy(ctx, "/api/view/traces/"+got.TraceID+"/export?format=otlp", &b); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Errorf("exported\n%s\nthen\n%s", a.String(), b.String())
	}
	if _, err := third.importStream(ctx, strings.NewReader(`{"else":1}`)); err == nil || !strings.Contains(err.Error(), "neither OTLP") {
		t.Error(err)
	}
}

func TestToolsOfAnAgent(t *testing.T) {
	ctx := context.Background()
	c := viewer(t)
	imported(t, c, batch)
	here, there := mcp.NewInMemoryTransports()
	server, err := c.mcpServer().Connect(ctx, here, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	agent, err := mcp.NewClient(&mcp.Implementation{Name: "agent", Version: "1"}, nil).Connect(ctx, there, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer agent.Close()
	for _, call := range []struct {
		tool string
		args map[string]any
		want string
	}{
		{"list_traces", map[string]any{"status": "error"}, `"traceId":"t1"`},
		{"show_trace", map[string]any{"traceId": "t1"}, "plan llm.chat"},
		{"get_trace", map[string]any{"traceId": "t1"}, `["b","a","plan"`},
		{"get_span", map[string]any{"traceId": "t1", "spanId": "b"}, `"level":"WARN"`},
		{"compare_traces", map[string]any{"left": "t1", "right": "t1"}, "agent agent"},
		{"query_sql", map[string]any{"query": "SELECT count(*) AS n FROM span"}, `"rows":[[2]]`},
		{"query_sql", map[string]any{"query": "DELETE FROM span"}, "not authorized"},
		{"get_span", map[string]any{"traceId": "t1", "spanId": "z"}, "no such trace or span"},
	} {
		answer, err := agent.CallTool(ctx, &mcp.CallToolParams{Name: call.tool, Arguments: call.args})
		if err != nil {
			t.Fatal(call.tool, err)
		}
		if text := answer.Content[0].(*mcp.TextContent).Text; !strings.Contains(text, call.want) {
			t.Errorf("%s: no %q in %s", call.tool, call.want, text)
		}
	}
}

func TestTableOfAQuery(t *testing.T) {
	c := viewer(t)
	imported(t, c, batch)
	var b strings.Builder
	path := "/api/view/sql?q=" + url.QueryEscape("SELECT name, end_ns - start_ns AS took, NULL AS none, 'a\x1b[2J\nb' AS text FROM span ORDER BY took")
	if err := c.table(context.Background(), path, &b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if len(lines) != 4 || strings.Join(strings.Fields(lines[0]), " ") != "name took none text" || !strings.HasPrefix(lines[1], "plan ") ||
		!strings.Contains(lines[1], "NULL") || strings.Contains(b.String(), "\x1b") {
		t.Errorf("%q", b.String())
	}
}
