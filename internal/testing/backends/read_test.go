package backends

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A span is what a backend knows of one.
type span struct {
	id, parent, name, kind string
	start, end             time.Time
	status, message        string
	attributes             map[string]any
	events                 []event
}

type event struct {
	name       string
	time       time.Time
	attributes map[string]any
}

// patience is how long a backend may take to show what it has accepted: Phoenix
// answers before it has stored anything.
const patience = 60 * time.Second

// eventually reads until there are n spans, and returns them by name and start.
func eventually(t *testing.T, n int, read func() []span) []span {
	t.Helper()
	var list []span
	deadline := time.Now().Add(patience)
	for len(list) < n && time.Now().Before(deadline) {
		if list = read(); len(list) < n {
			time.Sleep(100 * time.Millisecond) // a backend of another process has nothing to wait on
		}
	}
	require.Len(t, list, n, "spans that the backend shows")
	slices.SortFunc(list, func(a, b span) int { return a.start.Compare(b.start) })
	return list
}

// get reads JSON from url into v. It reports false if there is nothing yet.
func get(t *testing.T, url string, v any) bool {
	t.Helper()
	resp, err := http.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound {
		return false
	}
	require.Equal(t, http.StatusOK, resp.StatusCode, url)
	require.NoError(t, json.NewDecoder(resp.Body).Decode(v))
	return true
}

// phoenixSpans reads a trace from Phoenix's REST API.
func phoenixSpans(t *testing.T, url, trace string) (list []span) {
	var answer struct {
		Data []struct {
			Context struct {
				SpanID string `json:"span_id"`
			}
			ParentID      string `json:"parent_id"`
			Name          string
			SpanKind      string    `json:"span_kind"`
			StartTime     time.Time `json:"start_time"`
			EndTime       time.Time `json:"end_time"`
			StatusCode    string    `json:"status_code"`
			StatusMessage string    `json:"status_message"`
			Attributes    map[string]any
			Events        []struct {
				Name       string
				Timestamp  time.Time
				Attributes map[string]any
			}
		}
	}
	get(t, fmt.Sprintf("%s/v1/projects/default/spans?limit=1000&trace_id=%s", url, trace), &answer)
	for _, s := range answer.Data {
		one := span{s.Context.SpanID, s.ParentID, s.Name, s.SpanKind, s.StartTime, s.EndTime, s.StatusCode, s.StatusMessage, s.Attributes, nil}
		for _, e := range s.Events {
			one.events = append(one.events, event{e.Name, e.Timestamp, e.Attributes})
		}
		list = append(list, one)
	}
	return list
}

// phoenixTokens is what Phoenix counts as the tokens of a trace.
func phoenixTokens(t *testing.T, url, trace string) int {
	query, err := json.Marshal(map[string]string{"query": fmt.Sprintf(`{getTraceByOtelId(traceId:%q){rootSpan{cumulativeTokenCountTotal}}}`, trace)})
	require.NoError(t, err)
	resp, err := http.Post(url+"/graphql", "application/json", bytes.NewReader(query))
	require.NoError(t, err)
	defer resp.Body.Close()
	var answer struct {
		Data struct {
			GetTraceByOtelID struct {
				RootSpan struct{ CumulativeTokenCountTotal float64 }
			} `json:"getTraceByOtelId"`
		}
	}
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&answer))
	return int(answer.Data.GetTraceByOtelID.RootSpan.CumulativeTokenCountTotal)
}

// An otlpSpan is a span in OTLP's JSON: of MLflow, which writes snake_case, or of the
// Collector.
type otlpSpan struct {
	TraceID, SpanID, ParentSpanID, Name string
	Kind                                json.RawMessage
	StartTimeUnixNano, EndTimeUnixNano  json.Number
	Status                              struct{ Code, Message any }
	Attributes                          []keyValue
	Events                              []otlpEvent
}

type otlpEvent struct {
	Name         string
	TimeUnixNano json.Number
	Attributes   []keyValue
}

type keyValue struct {
	Key   string
	Value anyValue
}

type anyValue struct {
	StringValue *string
	BoolValue   *bool
	IntValue    *json.Number
	DoubleValue *float64
	ArrayValue  *struct{ Values []anyValue }
	KvlistValue *struct{ Values []keyValue }
}

func (v anyValue) plain() any {
	switch {
	case v.StringValue != nil:
		return *v.StringValue
	case v.BoolValue != nil:
		return *v.BoolValue
	case v.IntValue != nil:
		n, _ := v.IntValue.Float64()
		return n
	case v.DoubleValue != nil:
		return *v.DoubleValue
	case v.ArrayValue != nil:
		list := []any{}
		for _, item := range v.ArrayValue.Values {
			list = append(list, item.plain())
		}
		return list
	case v.KvlistValue != nil:
		return plainOf(v.KvlistValue.Values)
	}
	return nil
}

func plainOf(list []keyValue) map[string]any {
	m := map[string]any{}
	for _, a := range list {
		m[a.Key] = a.Value.plain()
	}
	return m
}

// camel takes the underscores out of the keys of what MLflow writes, so that it reads
// like everybody's OTLP.
func camel(raw []byte) []byte {
	for _, key := range []string{"trace_id", "span_id", "parent_span_id", "start_time_unix_nano", "end_time_unix_nano", "time_unix_nano",
		"string_value", "bool_value", "int_value", "double_value", "array_value", "kvlist_value"} {
		raw = bytes.ReplaceAll(raw, []byte(`"`+key+`":`), []byte(`"`+strings.ReplaceAll(key, "_", "")+`":`))
	}
	return raw
}

func unix(n json.Number) time.Time {
	i, _ := n.Int64()
	return time.Unix(0, i)
}

func (s *otlpSpan) span() span {
	one := span{id: s.SpanID, parent: s.ParentSpanID, name: s.Name, kind: string(s.Kind), start: unix(s.StartTimeUnixNano), end: unix(s.EndTimeUnixNano),
		status: fmt.Sprint(s.Status.Code), attributes: plainOf(s.Attributes)}
	if s.Status.Message != nil {
		one.message = fmt.Sprint(s.Status.Message)
	}
	for _, e := range s.Events {
		one.events = append(one.events, event{e.Name, unix(e.TimeUnixNano), plainOf(e.Attributes)})
	}
	return one
}

// mlflowSpans reads a trace from MLflow's REST API, and what it knows of the whole.
func mlflowSpans(t *testing.T, url, trace string) (list []span, whole map[string]string) {
	var raw json.RawMessage
	if !get(t, fmt.Sprintf("%s/api/3.0/mlflow/traces/get?trace_id=tr-%s", url, trace), &raw) {
		return nil, nil
	}
	var answer struct {
		Trace struct {
			Spans []otlpSpan
			Info  struct {
				State    string
				Metadata map[string]string `json:"trace_metadata"`
			} `json:"trace_info"`
		}
	}
	require.NoError(t, json.Unmarshal(camel(raw), &answer))
	for i := range answer.Trace.Spans {
		one := answer.Trace.Spans[i].span()
		one.id, one.parent = fromBase64(t, one.id), fromBase64(t, one.parent)
		one.kind = strings.Trim(fmt.Sprint(one.attributes["mlflow.spanType"]), `"`)
		for key, v := range one.attributes { // MLflow keeps each as JSON text
			var decoded any
			if text, ok := v.(string); ok && json.Unmarshal([]byte(text), &decoded) == nil {
				one.attributes[key] = decoded
			}
		}
		list = append(list, one)
	}
	whole = answer.Trace.Info.Metadata
	if whole != nil {
		whole["state"] = answer.Trace.Info.State
	}
	return list, whole
}

func fromBase64(t *testing.T, id string) string {
	raw, err := base64.StdEncoding.DecodeString(id)
	require.NoError(t, err)
	return hex.EncodeToString(raw)
}

// collected reads what the Collector's file exporter has written of a trace: spans,
// and log records as events.
func collected(t *testing.T, file, trace string) (spans []span, logs []otlpLog) {
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	for line := range bytes.Lines(raw) {
		var request struct {
			ResourceSpans []struct{ ScopeSpans []struct{ Spans []otlpSpan } }
			ResourceLogs  []struct {
				ScopeLogs []struct{ LogRecords []otlpLog }
			}
		}
		if json.Unmarshal(line, &request) != nil {
			continue // the last line is being written
		}
		for _, r := range request.ResourceSpans {
			for _, s := range r.ScopeSpans {
				for i := range s.Spans {
					if s.Spans[i].TraceID == trace {
						spans = append(spans, s.Spans[i].span())
					}
				}
			}
		}
		for _, r := range request.ResourceLogs {
			for _, s := range r.ScopeLogs {
				for _, l := range s.LogRecords {
					if l.TraceID == trace {
						logs = append(logs, l)
					}
				}
			}
		}
	}
	return spans, logs
}

type otlpLog struct {
	TraceID, SpanID, SeverityText, EventName string
	SeverityNumber                           int
	TimeUnixNano                             json.Number
	Body                                     anyValue
	Attributes                               []keyValue
}
