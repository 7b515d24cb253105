package mutagent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/testing/contract"
)

// A recording is what mutagent.tracing 0.1.2 sent to a server, and what that answered.
type recording struct {
	Answered []int           `json:"answered"`
	Requests []pythonRequest `json:"requests"`
}

type pythonRequest struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	Body    map[string]any    `json:"body"`
}

func readRecording(t *testing.T, path string) (r recording) {
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &r))
	require.NotEmpty(t, r.Requests)
	return r
}

// A replay answers as the server of a recording did, and keeps what it is sent.
type replay struct {
	t        *testing.T
	answers  []int
	requests []pythonRequest
}

func (r *replay) RoundTrip(req *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	assert.NoError(r.t, contract.Check(text, contract.V01))
	got := pythonRequest{Method: req.Method, Path: req.URL.Path, Headers: map[string]string{}}
	for _, key := range []string{"content-type", "x-api-key"} {
		got.Headers[key] = req.Header.Get(key)
	}
	assert.NoError(r.t, json.Unmarshal(text, &got.Body))
	r.requests = append(r.requests, got)

	status, body := r.answers[0], `{"success":true,"count":1,"traceIds":[]}`
	if len(r.answers) > 1 {
		r.answers = r.answers[1:]
	}
	if status != http.StatusOK {
		body = `{"error":"failed","message":"as recorded"}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// TestPythonRecordings: with Options.Protocol "mutagent/0.1" a Go program sends what the
// same program in Python does, key for key. Ids, times and durations differ; so does
// what docs/python.md lists, which each case takes out of the comparison by name.
func TestPythonRecordings(t *testing.T) {
	for name, c := range map[string]struct {
		opts    mutagent.Options
		program func(t *testing.T, c *mutagent.Client)
		differs func(trace map[string]any) // of both sides
		merged  bool                       // spans are compared, not when they are sent
		first   bool                       // only the first request is compared
	}{
		"low-level": {program: lowLevel},
		"decorator": {program: decorator, differs: wrapped},
		"with-trace": {program: withTrace, differs: func(trace map[string]any) {
			eachSpan(trace, withoutErrorType)
		}},
		"structured": {program: structuredIO, differs: func(trace map[string]any) {
			eachSpan(trace, withoutNullsInDocuments)
		}},
		"kinds":        {program: kinds, opts: mutagent.Options{BatchSize: 100}},
		"session":      {program: sessions, opts: mutagent.Options{Environment: "staging", Source: "langchain"}},
		"error":        {program: cardDeclined},
		"no-status":    {program: noStatus, differs: func(trace map[string]any) { eachSpan(trace, withoutStatus) }},
		"batch-of-ten": {program: batchOfTen, merged: true},
		"retry":        {program: oneAgent("patient")},
		"refused":      {program: oneAgent("refused"), first: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := readRecording(t, filepath.Join("testdata", "python-0.1.2", name+".json"))
			synctest.Test(t, func(t *testing.T) {
				server := &replay{t: t, answers: want.Answered}
				c.opts.APIKey, c.opts.Endpoint, c.opts.Protocol = "mt_recorded", "http://127.0.0.1", "mutagent/0.1"
				c.opts.HTTPClient = &http.Client{Transport: server}
				c.opts.Logger = slog.New(slog.DiscardHandler)
				client, err := mutagent.New(&c.opts)
				require.NoError(t, err)
				c.program(t, client)
				err = client.Shutdown(context.Background())
				assert.Equal(t, name == "refused", err != nil, "%v", err)

				wanted, got := want.Requests, server.requests
				if c.merged {
					wanted, got = merge(wanted), merge(got)
				}
				if c.first {
					wanted = wanted[:1]
				}
				require.Len(t, got, len(wanted))
				for i := range wanted {
					assert.Equal(t, normal(wanted[i], c.differs), normal(got[i], c.differs), "request %d", i)
				}
			})
		})
	}
	files, err := filepath.Glob("testdata/python-0.1.2/*.json")
	require.NoError(t, err)
	assert.Len(t, files, 11, "each recording has a program above")
}

func lowLevel(t *testing.T, c *mutagent.Client) {
	_, span := c.StartSpan(t.Context(), mutagent.SpanOptions{Kind: mutagent.KindChain, Name: "my-pipeline", Input: mutagent.IO{Text: "user query here"}})
	span.End(mutagent.EndOptions{
		Output: mutagent.IO{Text: "pipeline result"},
		Metrics: mutagent.Metrics{
			Model: "gpt-4o", Provider: "openai", InputTokens: 150, OutputTokens: 50, TotalTokens: 200,
			CostUSD: 0.0021, Latency: 1200 * time.Millisecond, TimeToFirstToken: 300 * time.Millisecond,
		},
	})
}

func decorator(t *testing.T, c *mutagent.Client) {
	type hit struct {
		ID   int    `json:"id"`
		Text string `json:"text"`
	}
	type answer struct {
		Answer string `json:"answer"`
		Hits   []hit  `json:"hits"`
	}
	search := mutagent.Wrap(mutagent.SpanOptions{Kind: mutagent.KindTool, Name: "search"}, func(_ context.Context, query string) ([]hit, error) {
		return []hit{{1, query}}, nil
	})
	run := mutagent.Wrap(mutagent.SpanOptions{Kind: mutagent.KindAgent, Name: "run_support_agent"}, func(ctx context.Context, query string) (answer, error) {
		hits, err := search(ctx, query)
		return answer{"42", hits}, err
	})
	fails := mutagent.Wrap(mutagent.SpanOptions{Name: "fails"}, func(context.Context, struct{}) (struct{}, error) {
		return struct{}{}, errors.New("no such order")
	})
	async := mutagent.Wrap(mutagent.SpanOptions{
		Kind: mutagent.KindAgent, Name: "run_async_agent", Attributes: []slog.Attr{slog.String("tier", "gold")},
	}, func(_ context.Context, query string) (string, error) { return strings.ToUpper(query), nil })

	ctx := c.Context(t.Context())
	_, err := run(ctx, "where is my order")
	require.NoError(t, err)
	_, err = fails(ctx, struct{}{})
	require.Error(t, err)
	_, err = async(ctx, "hello")
	require.NoError(t, err)
}

func withTrace(t *testing.T, c *mutagent.Client) {
	ctx := c.Context(t.Context())
	_, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{
		Kind: mutagent.KindChain, Name: "process", Attributes: []slog.Attr{slog.String("given", "at start")},
	})
	span.SetAttributes(slog.Int("n", 1), slog.Float64("f", 0.5), slog.Bool("b", true), slog.String("s", "x"),
		slog.Any("list", []int{1, 2}), slog.Any("map", map[string]any{"k": nil}))
	span.AddEvent("cache.miss", slog.String("key", "k1"))
	span.AddEvent("bare")
	span.SetInput("in")
	span.SetOutput("out")
	span.SetMetrics(mutagent.Metrics{Model: "claude-sonnet-4-5", Provider: "anthropic", InputTokens: 7})
	span.End(mutagent.EndOptions{})

	_, err := mutagent.Do(ctx, mutagent.KindTool, "tool", func(context.Context) (struct{}, error) {
		return struct{}{}, errors.New("boom")
	})
	require.Error(t, err)
}

func structuredIO(t *testing.T, c *mutagent.Client) {
	_, chat := c.StartSpan(t.Context(), mutagent.SpanOptions{
		Kind: mutagent.KindLLMChat, Name: "chat", Input: []mutagent.Message{
			{Role: "system", Content: "You are terse."},
			{Role: "user", Content: "Weather in Paris?"},
			{Role: "tool", Name: "get_weather", Parts: []mutagent.Part{{Type: "tool_call_response", ID: "call_1", Response: "18 C"}}},
		},
	})
	chat.End(mutagent.EndOptions{Output: []mutagent.Message{{
		Role: "assistant", Content: "18 degrees.", Parts: []mutagent.Part{{
			Type: "tool_call", ID: "call_1", Name: "get_weather", Arguments: map[string]any{"city": "Paris"}, Response: map[string]any{"c": 18},
		}},
	}}})
	_, find := c.StartSpan(t.Context(), mutagent.SpanOptions{Kind: mutagent.KindRetrieval, Name: "find", Input: "cats"})
	find.End(mutagent.EndOptions{Output: []mutagent.Document{
		{Content: "A cat.", Metadata: map[string]any{"source": "a.txt"}, Score: 0.92}, {Content: "Another cat."},
	}})
}

func kinds(t *testing.T, c *mutagent.Client) {
	ctx, root := c.StartSpan(t.Context(), mutagent.SpanOptions{Kind: mutagent.KindWorkflow, Name: "all"})
	for _, kind := range []mutagent.Kind{
		mutagent.KindLLMChat, mutagent.KindLLMCompletion, mutagent.KindLLMEmbedding, mutagent.KindChain, mutagent.KindAgent,
		mutagent.KindGraph, mutagent.KindNode, mutagent.KindEdge, mutagent.KindWorkflow, mutagent.KindMiddleware, mutagent.KindTool,
		mutagent.KindRetrieval, mutagent.KindRerank, mutagent.KindGuardrail, mutagent.KindCustom,
	} {
		_, span := mutagent.StartSpan(ctx, mutagent.SpanOptions{Kind: kind}) // named after its kind
		span.End(mutagent.EndOptions{})
	}
	root.End(mutagent.EndOptions{})
}

func sessions(t *testing.T, c *mutagent.Client) {
	session := mutagent.WithSession(t.Context(), "user-123")
	for _, name := range []string{"first", "second"} {
		_, end := c.Start(session, mutagent.KindAgent, name)
		end()
	}
	oneAgent("outside")(t, c)
}

func cardDeclined(t *testing.T, c *mutagent.Client) {
	_, pay := c.StartSpan(t.Context(), mutagent.SpanOptions{Kind: mutagent.KindTool, Name: "pay", Attributes: []slog.Attr{slog.Int("order", 7)}})
	pay.End(mutagent.EndOptions{
		Status: mutagent.StatusError, StatusMessage: "card declined",
		Attributes: []slog.Attr{slog.Int("code", 402)},
		Events:     []mutagent.Event{{Name: "declined", Attributes: []slog.Attr{slog.String("by", "bank")}}},
	})
}

func noStatus(t *testing.T, c *mutagent.Client) {
	_, span := c.StartSpan(t.Context(), mutagent.SpanOptions{})
	span.End(mutagent.EndOptions{})
}

func batchOfTen(t *testing.T, c *mutagent.Client) {
	ctx, root := c.StartSpan(t.Context(), mutagent.SpanOptions{Kind: mutagent.KindAgent, Name: "root"})
	for i := range 24 {
		_, end := mutagent.Start(ctx, mutagent.KindTool, "step-"+strconv.Itoa(i))
		end()
	}
	root.End(mutagent.EndOptions{})
}

// one is a program of one span.
func oneAgent(name string) func(*testing.T, *mutagent.Client) {
	return func(t *testing.T, c *mutagent.Client) {
		_, end := c.Start(t.Context(), mutagent.KindAgent, name)
		end()
	}
}

// merge makes one request of several, with the spans of each trace together.
func merge(requests []pythonRequest) []pythonRequest {
	merged := requests[0]
	var traces []any
	byID := map[any]map[string]any{}
	for _, r := range requests {
		for _, tr := range r.Body["traces"].([]any) {
			trace := tr.(map[string]any)
			if known := byID[trace["traceId"]]; known != nil {
				known["spans"] = append(known["spans"].([]any), trace["spans"].([]any)...)
				continue
			}
			byID[trace["traceId"]] = trace
			traces = append(traces, trace)
		}
	}
	merged.Body = map[string]any{"traces": traces}
	return []pythonRequest{merged}
}

// normal returns r as text, in which ids are numbered, times are the same, the spans of
// a trace are in order of their names, and what differs is left out.
func normal(r pythonRequest, differs func(map[string]any)) string {
	for key := range r.Headers {
		if key != "content-type" && key != "x-api-key" {
			delete(r.Headers, key) // those of an HTTP library
		}
	}
	ids := map[string]string{}
	for _, tr := range r.Body["traces"].([]any) {
		trace := tr.(map[string]any)
		if differs != nil {
			differs(trace)
		}
		slices.SortStableFunc(trace["spans"].([]any), func(a, b any) int {
			return strings.Compare(a.(map[string]any)["name"].(string), b.(map[string]any)["name"].(string))
		})
	}
	r.Body = normalValue("", r.Body, ids).(map[string]any)
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetIndent("", " ")
	_ = enc.Encode(r)
	return text.String()
}

func normalValue(key string, v any, ids map[string]string) any {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			v[key] = normalValue(key, v[key], ids)
		}
		return v
	case []any:
		for i := range v {
			v[i] = normalValue(key, v[i], ids)
		}
		return v
	}
	switch key {
	case "traceId", "spanId", "parentSpanId":
		id := v.(string)
		if ids[id] == "" {
			ids[id] = "id " + strconv.Itoa(len(ids)+1)
		}
		return ids[id]
	case "startTime", "endTime", "timestamp":
		if _, err := time.Parse(time.RFC3339, v.(string)); err != nil {
			return err.Error()
		}
		return "a time"
	case "durationMs":
		return "a duration"
	}
	return v
}

func eachSpan(trace map[string]any, f func(span map[string]any)) {
	for _, span := range trace["spans"].([]any) {
		f(span.(map[string]any))
	}
}

// wrapped takes out how the arguments of a function are written: by position and name
// in Python, as one value in Go. A string that is returned is a text in Go.
func wrapped(trace map[string]any) {
	eachSpan(trace, func(span map[string]any) {
		delete(span, "input")
		output, _ := span["output"].(map[string]any)
		if text, ok := output["raw"].(string); ok {
			span["output"] = map[string]any{"text": text}
		}
		withoutErrorType(span)
	})
}

// withoutErrorType takes out the attribute with the type of an error.
func withoutErrorType(span map[string]any) {
	if attrs, ok := span["attributes"].(map[string]any); ok {
		if delete(attrs, "error.type"); len(attrs) == 0 {
			delete(span, "attributes")
		}
	}
}

// withoutStatus takes out the status: a span that has ended is ok in Go, unless
// something else is said.
func withoutStatus(span map[string]any) { delete(span, "status") }

// withoutNullsInDocuments takes out what is not known of a document.
func withoutNullsInDocuments(span map[string]any) {
	output, _ := span["output"].(map[string]any)
	documents, _ := output["documents"].([]any)
	for _, d := range documents {
		maps.DeleteFunc(d.(map[string]any), func(_ string, v any) bool { return v == nil })
	}
}
