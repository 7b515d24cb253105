package otlp

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// decoded returns the attributes of a span as a receiver gets them.
func decoded(t *testing.T, o Options, s record.Span) semconv.Attributes {
	t.Helper()
	o.JSON = true
	type value struct {
		StringValue *string
		BoolValue   *bool
		IntValue    *string
		DoubleValue *float64
		ArrayValue  *struct {
			Values []struct{ StringValue string }
		}
	}
	var request struct {
		ResourceSpans []struct {
			ScopeSpans []struct {
				Spans []struct {
					Attributes []struct {
						Key   string
						Value value
					}
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(sent(t, Traces(o), record.Lost{}, s)), &request))
	a := semconv.Attributes{}
	for _, kv := range request.ResourceSpans[0].ScopeSpans[0].Spans[0].Attributes {
		switch v := kv.Value; {
		case v.StringValue != nil:
			a[kv.Key] = *v.StringValue
		case v.BoolValue != nil:
			a[kv.Key] = *v.BoolValue
		case v.IntValue != nil:
			n, err := strconv.ParseInt(*v.IntValue, 10, 64)
			require.NoError(t, err)
			a[kv.Key] = n
		case v.DoubleValue != nil:
			a[kv.Key] = *v.DoubleValue
		case v.ArrayValue != nil:
			list := []string{}
			for _, item := range v.ArrayValue.Values {
				list = append(list, item.StringValue)
			}
			a[kv.Key] = list
		}
	}
	return a
}

// asked returns a span of the given kind with every field set.
func asked(kind string) record.Span {
	return record.Span{
		TraceID: record.TraceID{1}, ID: record.SpanID{1}, Kind: kind, Name: "it", Status: record.StatusOK, Ended: true, Start: began, Duration: time.Second,
		Trace: &record.Trace{SessionID: "s-1", UserID: "u-1", Tags: []string{"a", "b"}},
		More: &record.Details{
			Input: record.IO{More: &record.Structured{Messages: []record.Message{
				{Role: "system", Parts: []record.Part{{Type: "text", Content: "Be kind."}}},
				{Role: "user", Parts: []record.Part{{Type: "text", Content: "Hi"}}},
			}}},
			Output: record.IO{More: &record.Structured{Messages: []record.Message{{Role: "assistant", FinishReason: "tool_call", Parts: []record.Part{
				{Type: "reasoning", Content: "Well."},
				{Type: "tool_call", ID: "c", Name: "find", Arguments: freeze.Value(map[string]any{"q": 1})},
			}}}}},
			Metrics: record.Metrics{
				Model: "gpt-5", Provider: "openai", InputTokens: 10, OutputTokens: 20, TotalTokens: 30,
				CachedInputTokens: 4, CacheWriteTokens: 5, ReasoningTokens: 6, CostUSD: 0.25,
			},
		},
		Attributes: []slog.Attr{slog.String("own", "x")},
	}
}

// TestDecoded checks that spans of every kind survive encoding and decoding, with
// OpenInference's attributes and without.
func TestDecoded(t *testing.T) {
	for _, o := range []Options{{}, {NoOpenInference: true}} {
		for kind := range kinds {
			t.Run(fmt.Sprint(kind, o.NoOpenInference), func(t *testing.T) {
				a := decoded(t, o, asked(kind))
				require.Equal(t, kind, a.Kind())
				require.Equal(t, semconv.Usage{
					InputTokens: 10, OutputTokens: 20, TotalTokens: 30, CachedTokens: 4, CacheWriteTokens: 5, ReasoningTokens: 6, CostUSD: 0.25,
				}, a.Usage())
				require.Equal(t, "gpt-5", a.ModelName())
				require.Equal(t, "openai", a.Provider())
				require.Equal(t, "s-1", a.Session())
				require.Equal(t, "u-1", a.User())
				require.Equal(t, []string{"a", "b"}, a.Tags())
				in, out := a.Input(), a.Output()
				require.Len(t, in.Messages, 2)
				require.Equal(t, semconv.Message{Role: "user", Parts: []semconv.Part{{Type: "text", Text: "Hi"}}}, in.Messages[1])
				require.Len(t, out.Messages, 1)
				require.Equal(t, "tool_call", out.Messages[0].Finish)
				require.Equal(t, "reasoning", out.Messages[0].Parts[0].Type)
				require.Equal(t, "find", out.Messages[0].Parts[1].Tool.Name)
				require.Equal(t, map[string]any{"q": json.Number("1")}, out.Messages[0].Parts[1].Tool.Arguments)
			})
		}
	}
}

// TestDecodedForms checks the other forms of input and output.
func TestDecodedForms(t *testing.T) {
	for _, o := range []Options{{}, {NoOpenInference: true}} {
		s := lookup() // texts
		a := decoded(t, o, s)
		require.Equal(t, semconv.IO{Text: "A-1"}, a.Input())
		require.Equal(t, semconv.IO{Text: "shipped"}, a.Output())

		s.Kind = "custom"
		a = decoded(t, o, s)
		require.Equal(t, semconv.IO{Text: "A-1"}, a.Input())
		require.Equal(t, semconv.IO{Text: "shipped"}, a.Output())

		s.Kind = "retrieval"
		s.EditDetails().Output = record.IO{More: &record.Structured{Documents: []record.Document{{ID: "d", Content: "Orders ship.", Score: 0.5}}}}
		a = decoded(t, o, s)
		require.Equal(t, semconv.IO{Text: "A-1"}, a.Input())
		score := 0.5
		require.Equal(t, []semconv.Document{{ID: "d", Content: "Orders ship.", Score: &score}}, a.Output().Documents)

		s.Kind = "chain"
		s.EditDetails().Output = record.IO{Raw: freeze.Value(map[string]any{"n": 1})}
		require.JSONEq(t, `{"n":1}`, string(decoded(t, o, s).Output().Raw))
	}
}

// TestKindsByOthersNames checks that a receiver that does not know mutagent.kind
// decodes the same kind, or a similar one where the conventions have one name for
// several.
func TestKindsByOthersNames(t *testing.T) {
	near := map[string]string{"graph": "workflow", "node": "chain", "edge": "chain", "middleware": "chain", "custom": "chain"}
	for kind := range kinds {
		a := decoded(t, Options{}, asked(kind))
		delete(a, facts[mutagenKind].key)
		want := kind
		if other, ok := near[kind]; ok {
			want = other
		}
		require.Equal(t, want, a.Kind(), kind)
	}
}

// unread are the attributes that the decoder does not need.
var unread = map[fact]bool{
	agentName: true, workflowName: true, nodeID: true, // same as the name of the span
	responseID: true, finishReasons: true, firstChunk: true, usage: true, errorType: true, unfinished: true, late: true, truncated: true,
	inputType: true, outputType: true, // JSON is recognized without it
}

// TestEveryFactIsRead checks that the decoder reads each attribute of the table, except
// those in unread.
func TestEveryFactIsRead(t *testing.T) {
	values := map[fact]any{
		operationName: "chat", openInferenceKind: "LLM", inputMessages: `[{"role":"user","parts":[]}]`, outputMessages: `[{"role":"user","parts":[]}]`,
		documents: `[{"id":"d"}]`, tags: []string{"a"},
	}
	for f := fact(1); f < numFacts; f++ {
		value := values[f]
		if value == nil {
			value = "7" // valid as a text and as a number
		}
		a := semconv.Attributes{facts[f].key: value}
		read := a.Kind() != "" || a.Usage() != semconv.Usage{} || a.ModelName() != "" || a.Provider() != "" || a.Session() != "" || a.User() != "" ||
			a.Tags() != nil || !a.Input().Empty() || !a.Output().Empty()
		require.Equal(t, !unread[f], read, facts[f].key)
		require.Equal(t, facts[f].payload && f != truncated, semconv.Payload(facts[f].key), facts[f].key)
	}
	require.True(t, semconv.Payload(plainInput) && semconv.Payload(plainOutput))
}
