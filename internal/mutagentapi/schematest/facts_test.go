package schematest

import (
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

type object = map[string]any

// TestFactsAreIn05 checks that every value set by a program is in a key that API 0.5
// has. It removes all other keys before it looks for the values.
func TestFactsAreIn05(t *testing.T) {
	traceKeys, spanKeys := keysOf05(t)
	eachBody(t, false, func(_ destination.Destination, spans []*record.Span, _ records, body []byte) {
		doc, err := numbers(body)
		require.NoError(t, err)
		type entry struct{ trace, span object }
		sent := map[string][]entry{} // by trace and span ID
		for _, tr := range doc.(object)["traces"].([]any) {
			trace := only(tr.(object), traceKeys)
			for _, s := range trace["spans"].([]any) {
				span := only(s.(object), spanKeys)
				id := trace["traceId"].(string) + span["spanId"].(string)
				sent[id] = append(sent[id], entry{trace, span})
			}
		}
		for _, s := range spans {
			found := sent[hex.EncodeToString(s.TraceID[:])+hex.EncodeToString(s.ID[:])]
			require.Len(t, found, 1)
			checkTrace(t, s.Trace, found[0].trace, found[0].span)
			checkSpan(t, s, found[0].span)
			if t.Failed() {
				t.Fatalf("sent: %.4000v", found[0].span)
			}
		}
	})
}

// keysOf05 returns the keys that the schema names.
func keysOf05(t *testing.T) (trace, span object) {
	text, err := os.ReadFile("../testdata/api-0.5/ingest-batch.schema.json")
	require.NoError(t, err)
	schema, err := numbers(text)
	require.NoError(t, err)
	elements := func(v any, key string) object {
		return v.(object)["properties"].(object)[key].(object)["items"].(object)
	}
	traces := elements(schema, "traces")
	return traces["properties"].(object), elements(traces, "spans")["properties"].(object)
}

func only(obj, keys object) object {
	left := object{}
	for key := range obj {
		if _, ok := keys[key]; ok {
			left[key] = obj[key]
		}
	}
	return left
}

// clean returns text with invalid UTF-8 replaced.
func clean(text string) string { return string([]rune(text)) }

func first(text string, n int) string {
	runes := []rune(text)
	return string(runes[:min(n, len(runes))])
}

func metadataOf(obj object) object {
	m, _ := obj["metadata"].(object)
	return m
}

// has checks that obj has text under key, unless text is empty.
func has(t *testing.T, obj object, key, text string) {
	t.Helper()
	if text != "" {
		assert.Equal(t, clean(text), obj[key], key)
	}
}

func checkTrace(t *testing.T, tr *record.Trace, trace, span object) {
	if tr == nil {
		return
	}
	has(t, metadataOf(span), "session.id", tr.SessionID)
	has(t, metadataOf(span), "user.id", tr.UserID)
	if utf8.RuneCountInString(tr.SessionID) <= 255 {
		has(t, trace, "sessionId", tr.SessionID)
	}
	has(t, metadataOf(trace), "user.id", tr.UserID)
	if len(tr.Tags) > 0 {
		tags := []any{}
		for _, tag := range tr.Tags {
			tags = append(tags, clean(tag))
		}
		assert.Equal(t, tags, metadataOf(trace)["tags"])
	}
}

func checkSpan(t *testing.T, s *record.Span, span object) {
	meta := metadataOf(span)
	if s.ParentID != (record.SpanID{}) {
		assert.Equal(t, hex.EncodeToString(s.ParentID[:]), span["parentSpanId"])
	} else {
		assert.NotContains(t, span, "parentSpanId")
	}
	switch {
	case utf8.RuneCountInString(s.Name) > 500:
		assert.Equal(t, first(s.Name, 500), span["name"])
		has(t, meta, "mutagent.name", s.Name)
	case s.Name != "":
		has(t, span, "name", s.Name)
	default:
		assert.NotEmpty(t, span["name"])
	}
	if span["kind"] != s.Kind {
		assert.Equal(t, "custom", span["kind"])
		has(t, meta, "mutagent.kind", s.Kind)
	}
	start := sendable(s.Start)
	assert.Equal(t, start, timeOf(t, span["startTime"]))
	if s.Ended {
		assert.Equal(t, sendable(start.Add(s.Duration)), timeOf(t, span["endTime"]))
	} else {
		assert.NotContains(t, span, "endTime")
	}
	assert.Equal(t, s.Status.String(), span["status"])
	has(t, meta, "mutagent.status_message", s.Details().Message)
	assert.Equal(t, s.Truncated, meta["mutagent.truncated"] == true)
	assert.Equal(t, s.Marks.Has(record.Late), meta["mutagent.late"] == true)
	checkIO(t, s.Details().Input, span["input"])
	checkIO(t, s.Details().Output, span["output"])
	checkMetrics(t, s, meta)
	if s.Marks.Has(record.Free) {
		assert.Equal(t, json.Number("0"), meta["mutagent.cost_usd"])
	} else if s.Details().Metrics.CostUSD == 0 {
		assert.NotContains(t, span, "costUsd", "what is not known is not 0")
	}
	if len(s.Attributes) > 0 {
		assert.Equal(t, plainAttrs(object{}, s.Attributes), meta["attributes"])
	}
	checkEvents(t, s.Events, meta["events"])
}

// sendable returns the nearest time that 64-bit nanoseconds can express.
func sendable(t time.Time) time.Time {
	if least := time.Unix(0, math.MinInt64+1); t.Before(least) {
		return least.UTC()
	}
	if most := time.Unix(0, math.MaxInt64); t.After(most) {
		return most.UTC()
	}
	return t.UTC()
}

func timeOf(t *testing.T, v any) time.Time {
	text, _ := v.(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	assert.NoError(t, err)
	return at
}

func checkMetrics(t *testing.T, s *record.Span, meta object) {
	m := &s.Details().Metrics
	has(t, meta, "gen_ai.request.model", m.Model)
	has(t, meta, "gen_ai.provider.name", m.Provider)
	for key, n := range map[string]int64{
		"gen_ai.usage.input_tokens":                m.InputTokens,
		"gen_ai.usage.output_tokens":               m.OutputTokens,
		"gen_ai.usage.total_tokens":                m.TotalTokens,
		"gen_ai.usage.cache_read.input_tokens":     m.CachedInputTokens,
		"gen_ai.usage.cache_creation.input_tokens": m.CacheWriteTokens,
		"gen_ai.usage.reasoning.output_tokens":     m.ReasoningTokens,
	} {
		if n != 0 {
			assert.Equal(t, json.Number(strconv.FormatInt(n, 10)), meta[key], key)
		}
	}
	if m.CostUSD != 0 && finite(m.CostUSD) {
		assert.Equal(t, m.CostUSD, float(meta["mutagent.cost_usd"]))
	}
	if m.TimeToFirstToken > 0 {
		assert.Equal(t, m.TimeToFirstToken.Seconds(), float(meta["gen_ai.response.time_to_first_chunk"]))
	}
	if m.Latency > 0 {
		assert.InDelta(t, float64(m.Latency)/1e6, float(meta["mutagent.latency_ms"]), float64(m.Latency)/1e20)
	}
	if s.Marks.Has(record.Estimated) && m.HasUsage() {
		assert.Equal(t, "estimated", meta["mutagent.usage"])
	}
}

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func float(v any) float64 {
	n, _ := v.(json.Number)
	f, _ := n.Float64()
	return f
}

// plainAttrs adds attributes to obj in the form that decoding JSON returns.
func plainAttrs(obj object, attrs []slog.Attr) object {
	for _, a := range attrs {
		obj[clean(a.Key)] = plain(a.Value)
	}
	return obj
}

func plain(v slog.Value) any {
	switch v.Kind() {
	case slog.KindString:
		return clean(v.String())
	case slog.KindBool:
		return v.Bool()
	case slog.KindInt64, slog.KindUint64:
		return json.Number(v.String())
	case slog.KindDuration:
		return json.Number(strconv.FormatInt(int64(v.Duration()), 10))
	case slog.KindFloat64:
		if f := v.Float64(); !finite(f) {
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
		return json.Number(strconv.FormatFloat(v.Float64(), 'g', -1, 64))
	case slog.KindTime:
		u := v.Time().UTC()
		if u.Year() < 0 || u.Year() > 9999 {
			return u.String()
		}
		return u.Format(time.RFC3339Nano)
	case slog.KindGroup:
		return plainAttrs(object{}, v.Group())
	}
	return parsed(v.Any().(freeze.JSON))
}

func parsed(text freeze.JSON) any {
	v, err := numbers([]byte(text))
	if err != nil {
		panic(err)
	}
	return v
}

func checkEvents(t *testing.T, events record.Events, sent any) {
	list, _ := sent.([]any)
	if !assert.Len(t, list, events.Len()) {
		return
	}
	for _, piece := range events {
		for i := range piece {
			checkEvent(t, &piece[i], list[0].(object))
			list = list[1:]
		}
	}
}

func checkEvent(t *testing.T, e *record.Event, sent object) {
	has(t, sent, "name", e.Name)
	if e.Time.IsZero() {
		assert.NotContains(t, sent, "timestamp", "a log record without a time has none")
	} else {
		assert.Equal(t, sendable(e.Time), timeOf(t, sent["timestamp"]))
	}
	if e.Leveled {
		assert.Equal(t, e.Level.String(), sent["level"])
	}
	if src := record.SourceOf(e.PC); src != nil {
		assert.Equal(t, parsed(freeze.JSON(src.JSON)), sent["source"])
	}
	attrs, _ := sent["attributes"].(object)
	if attrs == nil {
		attrs = object{}
	}
	assert.Equal(t, scoped(e.Scope, plainAttrs(object{}, e.Attributes)), attrs)
}

// scoped puts attributes into the groups of a logger, with the logger's own attributes
// beside them. Empty groups are left out.
func scoped(s *record.Scope, attrs object) object {
	for ; s != nil; s = s.Parent {
		if s.Group == "" {
			attrs = plainAttrs(attrs, s.Attributes)
		} else if len(attrs) > 0 {
			attrs = object{clean(s.Group): attrs}
		}
	}
	return attrs
}

func checkIO(t *testing.T, io record.IO, sent any) {
	text, isText := sent.(string)
	switch {
	case io.Empty():
		assert.Nil(t, sent)
		return
	case io.IsText():
		assert.Equal(t, clean(io.Text), sent)
		return
	}
	v, err := numbers([]byte(text))
	if !assert.True(t, isText && err == nil, "%v: %.200v", err, sent) {
		return
	}
	obj := v.(object)
	has(t, obj, "text", io.Text)
	if io.Raw != "" {
		assert.Equal(t, parsed(io.Raw), obj["raw"])
	}
	if io.More == nil {
		return
	}
	documents, _ := obj["documents"].([]any)
	if assert.Len(t, documents, len(io.More.Documents)) {
		for i := range documents {
			checkDocument(t, &io.More.Documents[i], documents[i].(object))
		}
	}
	messages, _ := obj["messages"].([]any)
	calls, _ := obj["toolCalls"].([]any)
	if assert.Len(t, messages, len(io.More.Messages)) {
		for i := range messages {
			calls = checkMessage(t, &io.More.Messages[i], messages[i].(object), calls)
		}
	}
	assert.Empty(t, calls, "more tool calls than the messages made")
}

func checkDocument(t *testing.T, d *record.Document, sent object) {
	has(t, sent, "id", d.ID)
	has(t, sent, "content", d.Content)
	if d.Metadata != "" {
		assert.Equal(t, parsed(d.Metadata), sent["metadata"])
	}
	if d.Score != 0 && finite(d.Score) {
		assert.Equal(t, d.Score, float(sent["score"]))
	}
}

// checkMessage removes the message's tool calls from calls, and returns the rest.
func checkMessage(t *testing.T, m *record.Message, sent object, calls []any) []any {
	has(t, sent, "role", m.Role)
	has(t, sent, "name", m.Name)
	has(t, sent, "finishReason", m.FinishReason)
	parts, whole := sent["parts"].([]any)
	if whole {
		assert.Len(t, parts, len(m.Parts))
	}
	var texts []string
	for i := range m.Parts {
		p := &m.Parts[i]
		var call object
		if p.Type == "tool_call" && assert.NotEmpty(t, calls) {
			call, calls = calls[0].(object), calls[1:]
		}
		if whole {
			checkPart(t, p, parts[i].(object))
			continue
		}
		switch p.Type {
		case "text":
			texts = append(texts, clean(p.Content))
			assert.Equal(t, record.Part{Type: "text", Content: p.Content}, *p, "there is more to it")
		case "tool_call":
			has(t, call, "id", p.ID)
			has(t, call, "name", p.Name)
			if p.Arguments != "" {
				assert.Equal(t, parsed(p.Arguments), call["arguments"])
			}
			if p.Response != "" {
				assert.Equal(t, parsed(p.Response), call["result"])
			}
			assert.Empty(t, p.Content+p.URI+p.MIMEType, "there is more to it")
		case "tool_call_response":
			has(t, sent, "toolCallId", p.ID)
			assert.Empty(t, p.Name+p.URI+p.MIMEType, "there is more to it")
			if p.Response != "" {
				assert.Equal(t, answerOf(parsed(p.Response), string(p.Response)), sent["content"])
			} else {
				assert.Equal(t, clean(p.Content), sent["content"])
			}
		default:
			assert.Fail(t, "lost", "a part of type %q has no place", p.Type)
		}
	}
	if len(texts) > 0 {
		assert.Equal(t, strings.Join(texts, "\n"), sent["content"])
	}
	return calls
}

// answerOf returns a tool's response as text.
func answerOf(v any, text string) string {
	if s, ok := v.(string); ok {
		return s
	}
	return text
}

func checkPart(t *testing.T, p *record.Part, sent object) {
	has(t, sent, "type", p.Type)
	has(t, sent, "content", p.Content)
	has(t, sent, "id", p.ID)
	has(t, sent, "name", p.Name)
	has(t, sent, "mime_type", p.MIMEType)
	has(t, sent, "uri", p.URI)
	if p.Arguments != "" {
		assert.Equal(t, parsed(p.Arguments), sent["arguments"])
	}
	if p.Response != "" {
		assert.Equal(t, parsed(p.Response), sent["response"])
	}
	if p.Size > 0 {
		assert.Equal(t, json.Number(strconv.FormatInt(p.Size, 10)), sent["size"])
	}
}
