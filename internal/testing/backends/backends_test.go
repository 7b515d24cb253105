package backends

import (
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/otlp"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// equalTree checks what every backend has to have kept: tree, names, times, statuses,
// events.
func (tr *trace) equalTree(t *testing.T, got []span, precision time.Duration) {
	t.Helper()
	for i, s := range got {
		want := tr.spans[0]
		for _, w := range tr.spans {
			if hex.EncodeToString(w.ID[:]) == s.id {
				want = w
			}
		}
		require.Equal(t, hex.EncodeToString(want.ID[:]), s.id, "span %d", i)
		parent := hex.EncodeToString(want.ParentID[:])
		require.Equal(t, strings.Trim(parent, "0"), strings.Trim(s.parent, "0"), want.Name)
		require.Equal(t, want.Name, s.name)
		require.WithinDuration(t, want.Start, s.start, precision, want.Name)
		require.WithinDuration(t, want.Start.Add(want.Duration), s.end, precision, want.Name)
		require.Equal(t, want.Details().Message, s.message)
		if want.Name != "lookup_order" {
			require.Empty(t, s.events)
			continue
		}
		require.Len(t, s.events, 2)
		require.Equal(t, "trying again", s.events[0].name)
		require.WithinDuration(t, tr.at(2700), s.events[0].time, precision)
		require.Equal(t, map[string]any{"log.severity": "WARN", "attempt": 2., "order.id": 1042.}, s.events[0].attributes)
		require.Equal(t, "exception", s.events[1].name)
		require.Equal(t, map[string]any{"exception.type": "*net.OpError", "exception.message": "connection refused"}, s.events[1].attributes)
	}
}

func (tr *trace) hex() string { return hex.EncodeToString(tr.id[:]) }

func names(list []span) map[string]span {
	m := map[string]span{}
	for _, s := range list {
		if _, ok := m[s.name]; !ok {
			m[s.name] = s
		}
	}
	return m
}

func TestPhoenix(t *testing.T) {
	url := address(t, "MUTAGENT_TEST_PHOENIX")
	for name, o := range ways {
		t.Run(name, func(t *testing.T) {
			o.URL, o.Resource = url+"/v1/traces", resource()
			tr := newTrace()
			out := tr.send(t, otlp.Traces(o))
			if o.JSON { // Phoenix takes none, and that is told
				require.Equal(t, destination.Refused, out.Verdict)
				require.Contains(t, out.Advice, "http/protobuf")
				return
			}
			require.Equal(t, destination.Outcome{}, out)
			got := eventually(t, len(tr.spans), func() []span { return phoenixSpans(t, url, tr.hex()) })
			tr.equalTree(t, got, time.Microsecond)

			is := names(got)
			for name, kind := range map[string]string{"support-agent": "AGENT", "search-docs": "RETRIEVER", "embed-query": "EMBEDDING",
				"chat gpt-5": "LLM", "lookup_order": "TOOL", "no-secrets": "GUARDRAIL"} {
				require.Equal(t, kind, is[name].kind, name)
			}
			agent, chat, search, tool := is["support-agent"].attributes, is["chat gpt-5"].attributes, is["search-docs"].attributes, is["lookup_order"].attributes
			require.Equal(t, "Where is my order 1042?", agent["input.value"], "the list's columns")
			require.Equal(t, "It was shipped on Monday.", agent["output.value"])
			require.Equal(t, "s-1", agent["session.id"])
			require.Equal(t, "u-7", agent["user.id"])
			require.Equal(t, "system", chat["llm.input_messages.0.message.role"])
			require.Equal(t, "Where is my order 1042?", chat["llm.input_messages.1.message.content"])
			require.Equal(t, "I need the order's status.", chat["llm.output_messages.0.message.contents.0.message_content.text"], "reasoning")
			require.Equal(t, "lookup_order", chat["llm.output_messages.0.message.tool_calls.0.tool_call.function.name"])
			require.JSONEq(t, `{"order":1042}`, fmt.Sprint(chat["llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments"]))
			require.Equal(t, "gpt-5", chat["llm.model_name"])
			require.EqualValues(t, 310, chat["llm.token_count.prompt"])
			require.EqualValues(t, 200, chat["llm.token_count.prompt_details.cache_read"])
			require.EqualValues(t, 0.0012, chat["llm.cost.total"])
			require.Contains(t, chat["llm.tools.0.tool.json_schema"], "lookup_order")
			require.Equal(t, "Orders ship within two days.", search["retrieval.documents.0.document.content"])
			require.EqualValues(t, 0.92, search["retrieval.documents.0.document.score"])
			require.Equal(t, `{"order":1042}`, tool["input.value"])
			require.Equal(t, "ERROR", is["lookup_order"].status)
			require.Equal(t, tokens-12, phoenixTokens(t, url, tr.hex()), "Phoenix leaves the embedding's out")
		})
	}
}

func TestMLflow(t *testing.T) {
	url := address(t, "MUTAGENT_TEST_MLFLOW")
	for name, o := range ways {
		t.Run(name, func(t *testing.T) {
			o.URL, o.Resource, o.Headers = url+"/v1/traces", resource(), map[string]string{"x-mlflow-experiment-id": "0"}
			tr := newTrace()
			require.Equal(t, destination.Outcome{}, tr.send(t, otlp.Traces(o)))
			var whole map[string]string
			got := eventually(t, len(tr.spans), func() (list []span) {
				list, whole = mlflowSpans(t, url, tr.hex())
				return list
			})
			tr.equalTree(t, got, 0)

			is := names(got)
			for name, kind := range map[string]string{"support-agent": "AGENT", "search-docs": "RETRIEVER", "embed-query": "EMBEDDING",
				"chat gpt-5": "LLM", "lookup_order": "TOOL", "no-secrets": "GUARDRAIL"} {
				require.Equal(t, kind, is[name].kind, name)
			}
			require.Equal(t, "Where is my order 1042?", is["support-agent"].attributes["mlflow.spanInputs"])
			require.Equal(t, "It was shipped on Monday.", is["support-agent"].attributes["mlflow.spanOutputs"])
			require.Len(t, is["chat gpt-5"].attributes["mlflow.spanInputs"], 2, "messages, not a text")
			require.Contains(t, fmt.Sprint(is["chat gpt-5"].attributes["mlflow.spanOutputs"]), "I need the order's status.")
			require.Len(t, is["search-docs"].attributes["mlflow.spanOutputs"], 2, "documents")
			require.Equal(t, map[string]any{"order": 1042.}, is["lookup_order"].attributes["mlflow.spanInputs"])
			require.Contains(t, whole["mlflow.trace.tokenUsage"], fmt.Sprintf(`"total_tokens": %d`, tokens))
			require.Equal(t, "s-1", whole["mlflow.trace.session"])
			require.Equal(t, "u-7", whole["mlflow.trace.user"])
		})
	}
}

// TestCollector has the Collector decode and write down what it was sent.
func TestCollector(t *testing.T) {
	url := address(t, "MUTAGENT_TEST_COLLECTOR")
	file := filepath.Join(os.Getenv("MUTAGENT_TEST_COLLECTOR_DIR"), "out.jsonl")
	for name, o := range ways {
		t.Run(name, func(t *testing.T) {
			o.URL, o.Resource = url+"/v1/traces", resource()
			tr := newTrace()
			require.Equal(t, destination.Outcome{}, tr.send(t, otlp.Traces(o)))
			got := eventually(t, len(tr.spans), func() []span { spans, _ := collected(t, file, tr.hex()); return spans })
			tr.equalTree(t, got, 0)
			chat := names(got)["chat gpt-5"].attributes
			require.Equal(t, "chat", chat["gen_ai.operation.name"])
			require.EqualValues(t, 310, chat["gen_ai.usage.input_tokens"])
			require.Equal(t, []any{"tool_call"}, chat["gen_ai.response.finish_reasons"])

			o.URL, o.Events = url+"/v1/logs", "log"
			require.Equal(t, destination.Outcome{}, tr.send(t, otlp.Logs(o)))
			var logs []otlpLog
			eventually(t, 2, func() []span { _, logs = collected(t, file, tr.hex()); return make([]span, len(logs)) })
			require.Equal(t, "trying again", logs[0].Body.plain())
			require.Equal(t, "WARN", logs[0].SeverityText)
			require.Equal(t, 13, logs[0].SeverityNumber)
			require.Equal(t, map[string]any{"attempt": 2., "order.id": 1042.}, plainOf(logs[0].Attributes))
			require.Equal(t, names(got)["lookup_order"].id, logs[0].SpanID)
			require.Equal(t, "exception", logs[1].EventName)
		})
	}
}

// TestWrongPath: a path that nothing listens at is told with the path.
func TestWrongPath(t *testing.T) {
	url := address(t, "MUTAGENT_TEST_COLLECTOR")
	out := newTrace().send(t, otlp.Traces(otlp.Options{URL: url + "/nowhere"}))
	require.Equal(t, destination.Refused, out.Verdict)
	require.Contains(t, out.Advice, url+"/nowhere")
}

// TestAThousandEvents: OpenTelemetry's own SDK keeps 128 events of a span.
func TestAThousandEvents(t *testing.T) {
	url := address(t, "MUTAGENT_TEST_COLLECTOR")
	tr := newTrace()
	agent := &tr.spans[0]
	for i := range 1000 {
		agent.Events.Add(record.Event{Name: fmt.Sprint("step ", i), Time: tr.at(i)}, slog.Int("step", i))
	}
	require.Equal(t, destination.Outcome{}, tr.send(t, otlp.Traces(otlp.Options{URL: url + "/v1/traces", Gzip: true})))
	file := filepath.Join(os.Getenv("MUTAGENT_TEST_COLLECTOR_DIR"), "out.jsonl")
	got := names(eventually(t, len(tr.spans), func() []span { spans, _ := collected(t, file, tr.hex()); return spans }))["support-agent"]
	require.Len(t, got.events, 1000)
	for i, e := range got.events {
		require.Equal(t, fmt.Sprint("step ", i), e.name)
		require.EqualValues(t, i, e.attributes["step"])
	}
}
