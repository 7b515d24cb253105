package backends

import (
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/otlp"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A trace is a support agent's answer: it searches, thinks, calls a tool that fails,
// and answers.
type trace struct {
	id    record.TraceID
	began time.Time
	spans []record.Span
}

func newTrace() *trace {
	t := &trace{began: time.Now().Add(-time.Minute).Truncate(time.Microsecond)}
	for i := range t.id {
		t.id[i] = byte(1 + rand.IntN(255))
	}
	common := &record.Trace{SessionID: "s-1", UserID: "u-7", Tags: []string{"beta", "vip"}}

	agent := t.span(nil, "agent", "support-agent", 0, 5000)
	agent.EditDetails().Input, agent.EditDetails().Output = record.IO{Text: "Where is my order 1042?"}, record.IO{Text: "It was shipped on Monday."}
	agent.Marks |= record.Root

	search := t.span(agent, "retrieval", "search-docs", 100, 900)
	search.EditDetails().Input.Text = "order status"
	search.EditDetails().Output.More = &record.Structured{Documents: []record.Document{
		{ID: "doc-1", Content: "Orders ship within two days.", Score: 0.92, Metadata: freeze.Value(map[string]any{"page": 3})},
		{ID: "doc-2", Content: "Returns are free.", Score: 0.41},
	}}
	embed := t.span(search, "llm.embedding", "embed-query", 150, 300)
	embed.EditDetails().Input.Text = "order status"
	embed.EditDetails().Metrics = record.Metrics{Model: "embed-3", Provider: "openai", InputTokens: 12}

	think := t.span(agent, "llm.chat", "chat gpt-5", 1000, 2500)
	think.EditDetails().Input.More = &record.Structured{Messages: []record.Message{
		{Role: "system", Parts: []record.Part{{Type: "text", Content: "You are helpful."}}},
		{Role: "user", Parts: []record.Part{{Type: "text", Content: "Where is my order 1042?"}}},
	}}
	think.EditDetails().Output.More = &record.Structured{Messages: []record.Message{{Role: "assistant", FinishReason: "tool_call", Parts: []record.Part{
		{Type: "reasoning", Content: "I need the order's status."},
		{Type: "tool_call", ID: "call_1", Name: "lookup_order", Arguments: freeze.Value(map[string]any{"order": 1042})},
	}}}}
	think.EditDetails().Metrics = record.Metrics{Model: "gpt-5", Provider: "openai", InputTokens: 310, OutputTokens: 80, CachedInputTokens: 200, ReasoningTokens: 30, CostUSD: 0.0012}
	think.Attributes = []slog.Attr{
		slog.String("gen_ai.response.id", "resp_1"), slog.Float64("gen_ai.request.temperature", 0.2),
		slog.Any("gen_ai.tool.definitions", freeze.Value([]any{map[string]any{"type": "function", "name": "lookup_order"}})),
	}

	tool := t.span(agent, "tool", "lookup_order", 2600, 3000)
	tool.EditDetails().Input.Raw = freeze.Value(map[string]any{"order": 1042})
	tool.Status, tool.EditDetails().Message = record.StatusError, "connection refused"
	tool.Attributes = []slog.Attr{slog.String("error.type", "*net.OpError")}
	tool.Events.Add(record.Event{Name: "trying again", Time: t.at(2700), Level: slog.LevelWarn, Leveled: true}, slog.Int("attempt", 2),
		slog.Group("order", slog.Int("id", 1042)))

	guard := t.span(agent, "guardrail", "no-secrets", 3100, 3200)
	guard.EditDetails().Input.Text, guard.EditDetails().Output.Text = "It was shipped on Monday.", "pass"

	answer := t.span(agent, "llm.chat", "chat gpt-5", 3300, 4900)
	answer.EditDetails().Input.More = &record.Structured{Messages: []record.Message{
		{Role: "user", Parts: []record.Part{{Type: "text", Content: "Where is my order 1042?"}}},
		{Role: "assistant", Parts: []record.Part{{Type: "tool_call", ID: "call_1", Name: "lookup_order", Arguments: freeze.Value(map[string]any{"order": 1042})}}},
		{Role: "tool", Parts: []record.Part{{Type: "tool_call_response", ID: "call_1", Response: freeze.Value("shipped on Monday")}}},
	}}
	answer.EditDetails().Output.More = &record.Structured{Messages: []record.Message{{Role: "assistant", FinishReason: "stop", Parts: []record.Part{
		{Type: "text", Content: "It was shipped on **Monday**."}}}}}
	answer.EditDetails().Metrics = record.Metrics{Model: "gpt-5", Provider: "openai", InputTokens: 100, OutputTokens: 20, CostUSD: 0.0008}

	for i := range t.spans {
		t.spans[i].Trace = common
	}
	return t
}

func (t *trace) at(ms int) time.Time { return t.began.Add(time.Duration(ms) * time.Millisecond) }

// span adds a span, of milliseconds since the trace began. The pointer is good for as
// long as there are fewer than cap(t.spans) of them.
func (t *trace) span(parent *record.Span, kind, name string, from, to int) *record.Span {
	if t.spans == nil {
		t.spans = make([]record.Span, 0, 16)
	}
	s := record.Span{TraceID: t.id, Kind: kind, Name: name, Status: record.StatusOK, Ended: true, Start: t.at(from), Duration: time.Duration(to-from) * time.Millisecond}
	for i := range s.ID {
		s.ID[i] = byte(1 + rand.IntN(255))
	}
	if parent != nil {
		s.ParentID = parent.ID
	}
	t.spans = append(t.spans, s)
	return &t.spans[len(t.spans)-1]
}

// tokens is what the trace used in all.
const tokens = 12 + 310 + 80 + 100 + 20

// records are encoded spans.
type records [][]byte

func (r records) Len() int        { return len(r) }
func (r records) At(i int) []byte { return r[i] }

// send posts the trace to where o says, and returns what the answer means.
func (t *trace) send(test *testing.T, d destination.Destination) destination.Outcome {
	test.Helper()
	var list records
	for i := range t.spans {
		if rec := d.Encode(nil, &t.spans[i]); len(rec) > 0 {
			list = append(list, rec)
		}
	}
	body := d.Frame(d.Preamble(), list, record.Lost{})
	req, err := http.NewRequest(http.MethodPost, d.URL(), body.Open())
	require.NoError(test, err)
	req.Header, req.ContentLength = d.Header().Clone(), body.Size()
	if body.Encoding != "" {
		req.Header.Set("Content-Encoding", body.Encoding)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(test, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(test, err)
	return d.Read(destination.Answer{Status: resp.StatusCode, Header: resp.Header, Body: answer}, len(list))
}

// address returns where a backend is running, or skips the test.
func address(t *testing.T, variable string) string {
	url := os.Getenv(variable)
	if url == "" {
		fmt.Fprintf(os.Stderr, "\n*** %s: SKIPPED, because %s is not set: no such backend is running. run.sh starts it. ***\n\n", t.Name(), variable)
		t.Skip("no backend") // other programs that users need not have; said aloud above
	}
	return url
}

func resource() []slog.Attr { return []slog.Attr{slog.String("service.name", "support")} }

// ways are the forms that a backend may take a request in.
var ways = map[string]otlp.Options{
	"protobuf":      {},
	"protobuf gzip": {Gzip: true},
	"JSON":          {JSON: true},
	"JSON gzip":     {JSON: true, Gzip: true},
}
