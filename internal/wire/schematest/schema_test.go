package schematest

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
)

const (
	schemaFile = "../../../docs/wire.schema.json"
	docFile    = "../../../docs/wire.md"
	goldens    = "../testdata/*.json"
)

// read decodes a JSON file.
func read(t *testing.T, path string) any {
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	require.NoError(t, err, path)
	return doc
}

func compile(t *testing.T, schema any) *jsonschema.Schema {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	require.NoError(t, c.AddResource("wire.schema.json", schema))
	s, err := c.Compile("wire.schema.json")
	require.NoError(t, err)
	return s
}

// goldenBodies are the requests that package wire pins, by file name.
func goldenBodies(t *testing.T) map[string]any {
	files, err := filepath.Glob(goldens)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	bodies := map[string]any{}
	for _, file := range files {
		bodies[filepath.Base(file)] = read(t, file)
	}
	return bodies
}

func TestGoldenBodies(t *testing.T) {
	schema := compile(t, read(t, schemaFile))
	for name, body := range goldenBodies(t) {
		require.NoError(t, schema.Validate(body), name)
	}
}

// properties calls f for each key that the schema knows, with the object that
// holds it.
func properties(schema any, f func(holder map[string]any, key string)) {
	switch v := schema.(type) {
	case map[string]any:
		if holder, ok := v["properties"].(map[string]any); ok {
			for _, key := range slices.Sorted(maps.Keys(holder)) {
				f(holder, key)
			}
		}
		for _, inner := range v {
			properties(inner, f)
		}
	case []any:
		for _, inner := range v {
			properties(inner, f)
		}
	}
}

// TestEveryKeyIsSent takes each key out of the schema in turn. Some golden file
// must then be rejected, or the schema speaks of a key that nobody has seen.
func TestEveryKeyIsSent(t *testing.T) {
	bodies := goldenBodies(t)
	schema := read(t, schemaFile)
	properties(schema, func(holder map[string]any, key string) {
		rule := holder[key]
		delete(holder, key)
		without := compile(t, schema)
		holder[key] = rule
		for _, body := range bodies {
			if without.Validate(body) != nil {
				return
			}
		}
		require.Fail(t, "not sent", "%q is in the schema, and in no golden file", key)
	})
}

func TestEveryKeyIsDocumented(t *testing.T) {
	doc, err := os.ReadFile(docFile)
	require.NoError(t, err)
	properties(read(t, schemaFile), func(_ map[string]any, key string) {
		require.Regexp(t, "[`\"]"+key+"[`\"]", string(doc), "docs/wire.md does not explain it")
	})
}

// TestRealBodies has a program's spans arrive at a server.
func TestRealBodies(t *testing.T) {
	schema := compile(t, read(t, schemaFile))
	bodies := make(chan string, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			bodies <- string(body)
		}
	}))
	defer srv.Close()
	client, err := mutagent.New(&mutagent.Options{APIKey: "mt_test", Endpoint: srv.URL, Environment: "test"})
	require.NoError(t, err)

	open := program(client)
	require.NoError(t, client.Flush(context.Background()))
	require.NoError(t, client.Shutdown(context.Background()))
	runtime.KeepAlive(open) // a span that nothing refers to is collected, and not sent
	close(bodies)

	var all strings.Builder
	for body := range bodies {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
		require.NoError(t, err, body)
		require.NoError(t, schema.Validate(doc), body)
		all.WriteString(body)
	}
	for _, name := range []string{"support-agent", "chat gpt-4o", "lookup", "left open", "came late", "picked a tool"} {
		require.Contains(t, all.String(), name, "it did not arrive at all")
	}
}

// program uses all of the API that ends up in a body. It returns a span that it
// has not ended.
func program(client *mutagent.Client) *mutagent.Span {
	log := slog.New(mutagent.NewHandler(slog.DiscardHandler, nil))
	ctx, end := client.Start(context.Background(), mutagent.KindAgent, "support-agent", slog.Group("user", "id", 7))
	log.WithGroup("request").With("id", "r-1").InfoContext(ctx, "picked a tool", "tool", "orders", "err", errors.New("\x1b[31m\xff"))

	_, chat := client.StartSpan(ctx, mutagent.SpanOptions{
		Kind:  mutagent.KindLLMChat,
		Name:  "chat gpt-4o",
		Input: mutagent.IO{Messages: []mutagent.Message{{Role: "user", Content: "Where is my order?"}}},
	})
	chat.End(mutagent.EndOptions{
		Output: mutagent.IO{Messages: []mutagent.Message{{
			Role:         "assistant",
			Parts:        []mutagent.Part{{ID: "call_1", Name: "orders", Arguments: map[string]any{"id": 7}}},
			FinishReason: "tool_call",
		}}},
		Metrics: mutagent.Metrics{Model: "gpt-4o", Provider: "openai", InputTokens: 150, CostUSD: math.NaN()},
	})

	_, lookup := client.StartSpan(ctx, mutagent.SpanOptions{Kind: mutagent.KindRetrieval, Name: "lookup", Input: mutagent.IO{Text: "order 7"}})
	lookup.AddEvent("cache miss", slog.Float64("ratio", math.Inf(1)))
	lookup.End(mutagent.EndOptions{
		Output: mutagent.IO{Documents: []mutagent.Document{{ID: "7", Content: "shipped", Score: 0.9}}, Raw: make(chan int)},
		Err:    errors.New("half of it"),
	})
	lookup.AddEvent("came late")

	_, open := client.StartSpan(ctx, mutagent.SpanOptions{Name: "left open"})
	end()
	return open
}

// TestBrokenBodies changes one value of a good body at a time. The schema must
// notice.
func TestBrokenBodies(t *testing.T) {
	schema := compile(t, read(t, schemaFile))
	const span = "traces/0/spans/0/"
	for _, tt := range []struct {
		path  string
		value any // absent if nil
	}{
		{"batchId", nil},
		{"batchId", "7"},
		{"sdk", nil},
		{"sdk/name", "another"},
		{"sdk/version", "new"},
		{"traces", nil},
		{"traces", map[string]any{}},
		{"more", "than is known"},
		{"resource", map[string]any{}},
		{"lost/spans", -1},
		{"lost/reasons/queue_full", "two"},
		{"traces/0/traceId", nil},
		{"traces/0/traceId", "019AAFCE6C3BD1078E5520FA913C6401"},
		{"traces/0/traceId", "00000000000000000000000000000000"},
		{"traces/0/traceId", "019aafce-6c3b-d107-8e55-20fa913c6401"},
		{"traces/0/source", ""},
		{"traces/0/spans", []any{}},
		{span + "spanId", nil},
		{span + "spanId", "f067aa0ba902b7"},
		{span + "spanId", "0000000000000000"},
		{span + "parentSpanId", ""},
		{span + "name", nil},
		{span + "kind", 7},
		{span + "status", "failed"},
		{span + "startTime", nil},
		{span + "startTime", "2026-13-23T09:30:00Z"},
		{span + "startTime", "2026-11-23T10:30:00+01:00"},
		{span + "startTime", 1795426200},
		{span + "endTime", nil},
		{span + "durationMs", nil},
		{span + "durationMs", "812.4"},
		{span + "truncated", false},
		{span + "metrics/inputTokens", 1.5},
		{span + "metrics/costUsd", "NaN"},
		{span + "input", map[string]any{}},
		{span + "input/messages/0/role", nil},
		{span + "input/messages/0/parts/0/type", nil},
		{span + "input/messages/0/parts/0/contents", "text"},
		{span + "output/text", ""},
		{span + "output/documents", "none"},
		{span + "attributes", []any{}},
		{span + "events", []any{}},
		{span + "events/0/name", nil},
		{span + "events/0/level", "NOTICE"},
		{span + "events/0/level", nil},
		{span + "events/0/severity", 25},
		{span + "events/0/severity", 0},
		{span + "events/0/source/line", nil},
	} {
		body := read(t, "../testdata/full.json")
		require.NoError(t, schema.Validate(body))
		change(t, body, strings.Split(tt.path, "/"), tt.value)
		require.Error(t, schema.Validate(body), "%s = %v was accepted", tt.path, tt.value)
	}
}

// change sets, or removes, the value at path.
func change(t *testing.T, doc any, path []string, value any) {
	for ; len(path) > 1; path = path[1:] {
		switch v := doc.(type) {
		case map[string]any:
			doc = v[path[0]]
		case []any:
			i, err := strconv.Atoi(path[0])
			require.NoError(t, err)
			doc = v[i]
		}
	}
	holder, ok := doc.(map[string]any)
	require.True(t, ok, "no object that could hold %q", path[0])
	if value == nil {
		require.Contains(t, holder, path[0], "there is nothing to remove")
		delete(holder, path[0])
	} else {
		holder[path[0]] = value
	}
}
