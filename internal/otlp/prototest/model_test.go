package prototest

import (
	"encoding/json"
	"log/slog"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// This file is a second, slow implementation of the encoding of a span, with the
// official types.

// kindsOf is the table of docs/otlp.md: operation, span kind, OpenInference's kind, and
// the attribute that repeats the span's name.
var kindsOf = map[string][4]string{
	"llm.chat":       {"chat", "CLIENT", "LLM"},
	"llm.completion": {"text_completion", "CLIENT", "LLM"},
	"llm.embedding":  {"embeddings", "CLIENT", "EMBEDDING"},
	"agent":          {"invoke_agent", "INTERNAL", "AGENT", "gen_ai.agent.name"},
	"graph":          {"invoke_workflow", "INTERNAL", "CHAIN", "gen_ai.workflow.name"},
	"workflow":       {"invoke_workflow", "INTERNAL", "CHAIN", "gen_ai.workflow.name"},
	"node":           {"", "INTERNAL", "CHAIN", "graph.node.id"},
	"tool":           {"execute_tool", "INTERNAL", "TOOL", "gen_ai.tool.name"},
	"retrieval":      {"retrieval", "CLIENT", "RETRIEVER"},
	"rerank":         {"", "CLIENT", "RERANKER"},
	"guardrail":      {"apply_guardrail", "INTERNAL", "GUARDRAIL"},
}

func utf(s string) string { return string([]rune(s)) }

func text(s string) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: utf(s)}}
}

func integer(n int64) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: n}}
}

func double(f float64) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_DoubleValue{DoubleValue: f}}
}

func boolean(b bool) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: b}}
}

func array(list ...*commonpb.AnyValue) *commonpb.AnyValue {
	return &commonpb.AnyValue{Value: &commonpb.AnyValue_ArrayValue{ArrayValue: &commonpb.ArrayValue{Values: list}}}
}

// A model is a list of attributes.
type model []*commonpb.KeyValue

func (m *model) add(key string, v *commonpb.AnyValue) {
	*m = append(*m, &commonpb.KeyValue{Key: utf(key), Value: v})
}

// slogAttr adds an attribute of the program.
func (m *model) slogAttr(prefix string, a slog.Attr) {
	key := a.Key
	if key == "" {
		key = "!BADKEY"
	}
	if a.Value.Kind() == slog.KindGroup {
		for _, member := range a.Value.Group() {
			m.slogAttr(deeper(prefix, key), member)
		}
		return
	}
	m.add(prefix+key, valueOf(a.Value))
}

func deeper(prefix, group string) string {
	if longer := prefix + group + "."; len(longer) <= 256 {
		return longer
	}
	return prefix
}

func valueOf(v slog.Value) *commonpb.AnyValue {
	switch v.Kind() {
	case slog.KindString:
		return text(v.String())
	case slog.KindInt64:
		return integer(v.Int64())
	case slog.KindUint64:
		if v.Uint64() > math.MaxInt64 {
			return text(strconv.FormatUint(v.Uint64(), 10))
		}
		return integer(int64(v.Uint64()))
	case slog.KindFloat64:
		return double(v.Float64())
	case slog.KindBool:
		return boolean(v.Bool())
	case slog.KindDuration:
		return integer(int64(v.Duration()))
	case slog.KindTime:
		if y := v.Time().UTC().Year(); y < 0 || y > 9999 {
			return text(v.Time().UTC().String())
		}
		return text(v.Time().UTC().Format(time.RFC3339Nano))
	}
	return jsonValue(v.Any().(freeze.JSON))
}

func jsonValue(raw freeze.JSON) *commonpb.AnyValue {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	if s, ok := v.(string); ok {
		if strings.Contains(string(raw), `\ud800`) {
			return text(`\ud800`) // a lone surrogate stays as it was written
		}
		return text(s)
	}
	if list, ok := v.([]any); ok && len(raw) <= 8<<10 {
		if scalars := scalarsOf(list); len(scalars) > 0 {
			return array(scalars...)
		}
	}
	if scalars := scalarsOf([]any{v}); scalars != nil {
		return scalars[0]
	}
	return text(string(raw))
}

// scalarsOf returns the values of list, or nil if they are not of one type.
func scalarsOf(list []any) (values []*commonpb.AnyValue) {
	types, whole := map[string]bool{}, true
	for _, v := range list {
		switch v := v.(type) {
		case string:
			types["string"] = true
		case bool:
			types["bool"] = true
		case json.Number:
			types["number"] = true
			_, err := v.Int64()
			whole = whole && err == nil
			if _, err := v.Float64(); err != nil {
				return nil
			}
		default:
			return nil
		}
	}
	if len(types) > 1 {
		return nil
	}
	for _, v := range list {
		switch v := v.(type) {
		case string:
			values = append(values, text(v))
		case bool:
			values = append(values, boolean(v))
		case json.Number:
			if n, err := v.Int64(); whole && err == nil {
				values = append(values, integer(n))
			} else {
				f, _ := v.Float64()
				values = append(values, double(f))
			}
		}
	}
	return values
}

func unixNano(t time.Time) uint64 {
	if t.Unix() < 0 {
		return 0
	}
	if t.Unix() >= math.MaxInt64/1_000_000_000 {
		return math.MaxInt64
	}
	return uint64(t.UnixNano())
}

// A rule holds the encoder's options.
type rule struct {
	openInference bool
	events        bool // as events of spans
}

func (r rule) span(s *record.Span) *tracepb.Span {
	kind, ok := kindsOf[s.Kind]
	if !ok {
		kind = [4]string{"", "INTERNAL", "CHAIN"}
	}
	p := &tracepb.Span{
		TraceId: s.TraceID[:], SpanId: s.ID[:], Name: utf(s.Name),
		Kind:              tracepb.Span_SpanKind(tracepb.Span_SpanKind_value["SPAN_KIND_"+kind[1]]),
		StartTimeUnixNano: unixNano(s.Start),
		Flags:             3,
	}
	if s.Name == "" {
		p.Name = utf(s.Kind)
	}
	if s.ParentID != (record.SpanID{}) {
		p.ParentSpanId = s.ParentID[:]
	}
	if t := s.Trace; t != nil {
		p.TraceState = utf(t.State)
		if t.Remote {
			p.Flags = uint32(t.Flags)
			if s.Marks.Has(record.Root) && p.ParentSpanId != nil {
				p.Flags |= uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK)
			}
		}
	}
	p.Flags |= uint32(tracepb.SpanFlags_SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK)
	p.EndTimeUnixNano = max(p.StartTimeUnixNano, unixNano(ending(s)))
	switch s.Status {
	case record.StatusOK:
		p.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_OK}
	case record.StatusError:
		p.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR, Message: utf(s.Details().Message)}
	}
	p.Attributes = r.attributes(s, kind)
	if r.events {
		for _, e := range eventsOf(s) {
			var attrs model
			if e.Leveled {
				attrs.add("log.severity", text(e.Level.String()))
			}
			attrs = append(attrs, eventAttributes(&e)...)
			p.Events = append(p.Events, &tracepb.Span_Event{TimeUnixNano: unixNano(e.Time), Name: utf(e.Name), Attributes: attrs})
		}
	}
	return p
}

func ending(s *record.Span) time.Time {
	end := s.Start.Add(max(0, s.Duration))
	if !s.Ended || s.Marks.Has(record.Late) {
		for _, piece := range s.Events {
			for _, e := range piece {
				if e.Time.After(end) {
					end = e.Time
				}
			}
		}
	}
	return end
}

// eventsOf lists the events of s, with an exception event for an error that has none.
func eventsOf(s *record.Span) (list []record.Event) {
	missing := s.Status == record.StatusError && s.Details().Message != "" && !s.Marks.Has(record.Late)
	for _, piece := range s.Events {
		for _, e := range piece {
			list = append(list, e)
			missing = missing && e.Name != "exception"
		}
	}
	if missing {
		typ := slog.StringValue("_OTHER")
		for _, a := range s.Attributes {
			if a.Key == "error.type" {
				typ = a.Value
			}
		}
		list = append(list, record.Event{Name: "exception", Time: ending(s), Attributes: []slog.Attr{
			{Key: "exception.type", Value: typ}, slog.String("exception.message", s.Details().Message)}})
	}
	return list
}

func eventAttributes(e *record.Event) (m model) {
	prefix := m.scope(e.Scope)
	for _, a := range e.Attributes {
		m.slogAttr(prefix, a)
	}
	if e.PC != 0 {
		frame, _ := runtime.CallersFrames([]uintptr{e.PC}).Next()
		m.add("code.function.name", text(frame.Function))
		m.add("code.file.path", text(frame.File))
		m.add("code.line.number", integer(int64(frame.Line)))
	}
	return m.unique()
}

// unique keeps the last attribute of each key, unless there are very many.
func (m model) unique() (list model) {
	if len(m) > 64 {
		return m
	}
	for i, a := range m {
		if !slices.ContainsFunc(m[i+1:], func(later *commonpb.KeyValue) bool { return later.Key == a.Key }) {
			list = append(list, a)
		}
	}
	return list
}

func (m *model) scope(s *record.Scope) string {
	if s == nil {
		return ""
	}
	prefix := m.scope(s.Parent)
	for _, a := range s.Attributes {
		m.slogAttr(prefix, a)
	}
	if s.Group != "" {
		return deeper(prefix, s.Group)
	}
	return prefix
}

func (r rule) attributes(s *record.Span, kind [4]string) (attrs model) {
	said := map[string]bool{}
	for _, a := range s.Attributes {
		said[a.Key] = true
		attrs.slogAttr("", a)
	}
	add := func(key string, v *commonpb.AnyValue) bool {
		if said[key] || !r.openInference && onlyOpenInference(key) {
			return false
		}
		attrs.add(key, v)
		return true
	}
	str := func(key, v string) {
		if v != "" {
			add(key, text(v))
		}
	}
	num := func(key string, n int64) {
		if n != 0 {
			add(key, integer(n))
		}
	}
	dbl := func(key string, f float64) {
		if f != 0 && !math.IsNaN(f) && !math.IsInf(f, 0) {
			add(key, double(f))
		}
	}
	str("gen_ai.operation.name", kind[0])
	str("openinference.span.kind", kind[2])
	str("mutagent.kind", s.Kind)
	if kind[3] != "" {
		str(kind[3], s.Name)
	}
	if t := s.Trace; t != nil {
		str("session.id", t.SessionID)
		if kind[0] != "" {
			str("gen_ai.conversation.id", t.SessionID)
		}
		str("user.id", t.UserID)
		if len(t.Tags) > 0 {
			var list []*commonpb.AnyValue
			for _, tag := range t.Tags {
				list = append(list, text(tag))
			}
			add("tag.tags", array(list...))
		}
	}
	if s.Status == record.StatusError {
		str("error.type", "_OTHER")
	}
	if !s.Ended {
		add("mutagent.unfinished", boolean(true))
	}
	if s.Marks.Has(record.Late) {
		add("mutagent.late", boolean(true))
	}
	if s.Truncated {
		add("mutagent.truncated", boolean(true))
	}
	m := s.Details().Metrics
	str("gen_ai.provider.name", m.Provider)
	str("gen_ai.request.model", m.Model)
	if s.Ended {
		str("gen_ai.response.model", m.Model)
	}
	str("llm.model_name", m.Model)
	if s.Details().Output.More != nil {
		var reasons []*commonpb.AnyValue
		for _, message := range s.Details().Output.More.Messages {
			if message.FinishReason != "" {
				reasons = append(reasons, text(message.FinishReason))
			}
		}
		if reasons != nil {
			add("gen_ai.response.finish_reasons", array(reasons...))
		}
	}
	dbl("gen_ai.response.time_to_first_chunk", m.TimeToFirstToken.Seconds())
	for _, c := range []struct {
		n     int64
		names string
	}{
		{m.InputTokens, "gen_ai.usage.input_tokens llm.token_count.prompt"},
		{m.OutputTokens, "gen_ai.usage.output_tokens llm.token_count.completion"},
		{m.TotalTokens, "gen_ai.usage.total_tokens"},
		{m.CachedInputTokens, "gen_ai.usage.cache_read.input_tokens llm.token_count.prompt_details.cache_read"},
		{m.CacheWriteTokens, "gen_ai.usage.cache_creation.input_tokens llm.token_count.prompt_details.cache_write"},
		{m.ReasoningTokens, "gen_ai.usage.reasoning.output_tokens llm.token_count.completion_details.reasoning"},
	} {
		for name := range strings.FieldsSeq(c.names) {
			num(name, c.n)
		}
	}
	total := m.TotalTokens
	if total == 0 {
		total = m.InputTokens + m.OutputTokens
	}
	num("llm.token_count.total", total)
	for _, key := range []string{"gen_ai.usage.cost", "llm.cost.total"} {
		if s.Marks.Has(record.Free) {
			add(key, double(0))
		}
		dbl(key, m.CostUSD)
	}
	known := m.InputTokens|m.OutputTokens|m.TotalTokens|m.CachedInputTokens|m.CacheWriteTokens|m.ReasoningTokens != 0 ||
		m.CostUSD != 0 && !math.IsNaN(m.CostUSD) && !math.IsInf(m.CostUSD, 0)
	switch {
	case known && s.Marks.Has(record.Estimated):
		str("mutagent.usage", "estimated")
	case known:
		str("mutagent.usage", "reported")
	case s.Ended && strings.HasPrefix(s.Kind, "llm."):
		str("mutagent.usage", "missing")
	}
	r.io(s, add)
	return attrs
}

func onlyOpenInference(key string) bool {
	for _, prefix := range []string{"openinference.", "llm.", "graph.", "input.", "output."} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// io adds the attributes of input and output.
func (r rule) io(s *record.Span, add func(string, *commonpb.AnyValue) bool) {
	for _, side := range []struct {
		io     record.IO
		prefix string
		output bool
	}{{s.Details().Input, "input", false}, {s.Details().Output, "output", true}} {
		io := side.io
		if io.Empty() {
			continue
		}
		all, forms, isText := wholeOf(io, func(list []record.Message) any { return messages(list, side.output) })
		shown, _, _ := wholeOf(io, chat)
		more := io.More
		if more == nil {
			more = &record.Structured{}
		}
		said := false
		if more.Messages != nil {
			said = add("gen_ai."+side.prefix+".messages", text(marshal(messages(more.Messages, side.output)))) && forms == 1
		} else if (s.Kind == "llm.chat" || s.Kind == "llm.completion" || s.Kind == "agent") && io.IsText() {
			one := []record.Message{{Role: "user", Parts: []record.Part{{Type: "text", Content: io.Text}}}}
			if side.output {
				one[0].Role = "assistant"
			}
			said = add("gen_ai."+side.prefix+".messages", text(marshal(messages(one, side.output))))
		}
		if s.Kind == "tool" {
			key := map[bool]string{false: "gen_ai.tool.call.arguments", true: "gen_ai.tool.call.result"}[side.output]
			said = add(key, text(all)) || said
		}
		if s.Kind == "retrieval" && !side.output && isText && all != "" {
			said = add("gen_ai.retrieval.query.text", text(all)) || said
		}
		if side.output && more.Documents != nil {
			said = add("gen_ai.retrieval.documents", text(marshal(documents(more.Documents)))) && forms == 1 || said
		}
		if add(side.prefix+".value", text(shown)) {
			mimeType := "application/json"
			if isText {
				mimeType = "text/plain"
			}
			add(side.prefix+".mime_type", text(mimeType))
		}
		if !r.openInference && !said {
			add("mutagent."+side.prefix, text(all))
		}
	}
}

// wholeOf returns all of io as one text.
func wholeOf(io record.IO, messages func([]record.Message) any) (all string, forms int, isText bool) {
	object := map[string]any{}
	if io.Text != "" {
		object["text"] = utf(io.Text)
	}
	if io.IsText() {
		return io.Text, len(object), true
	}
	more := io.More
	if more == nil {
		more = &record.Structured{}
	}
	if m := more.Messages; m != nil {
		if len(m) == 1 && len(m[0].Parts) == 1 && m[0].Parts[0].Type == "text" && io.Text == "" && more.Documents == nil && io.Raw == "" {
			return m[0].Parts[0].Content, 1, true
		}
		object["messages"] = messages(m)
	}
	if more.Documents != nil {
		object["documents"] = documents(more.Documents)
	}
	if io.Raw != "" {
		object["raw"] = json.RawMessage(io.Raw)
	}
	if len(object) == 1 && io.Text == "" {
		for _, only := range object {
			return marshal(only), 1, false
		}
	}
	return marshal(object), len(object), false
}

func marshal(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func set(object map[string]any, key, s string) {
	if s != "" {
		object[key] = utf(s)
	}
}

func messages(list []record.Message, output bool) (messages []any) {
	for _, m := range list {
		object := map[string]any{"role": utf(m.Role)}
		set(object, "name", m.Name)
		set(object, "finish_reason", m.FinishReason)
		if output && m.FinishReason == "" {
			object["finish_reason"] = "stop"
		}
		parts := []any{}
		for _, p := range m.Parts {
			part := map[string]any{"type": utf(p.Type)}
			if p.Type == "text" || p.Type == "reasoning" {
				part["content"] = ""
			}
			if p.Type == "tool_call" && output && m.FinishReason == "" {
				object["finish_reason"] = "tool_call"
			}
			set(part, "id", p.ID)
			set(part, "name", p.Name)
			set(part, "content", p.Content)
			set(part, "mime_type", p.MIMEType)
			set(part, "uri", p.URI)
			switch family, _, _ := strings.Cut(p.MIMEType, "/"); family {
			case "image", "audio", "video":
				part["modality"] = family
			}
			if len(p.Arguments) > 0 {
				part["arguments"] = json.RawMessage(p.Arguments)
			}
			if len(p.Response) > 0 {
				part["response"] = json.RawMessage(p.Response)
			}
			if p.Size != 0 {
				part["size"] = p.Size
			}
			parts = append(parts, part)
		}
		object["parts"] = parts
		messages = append(messages, object)
	}
	return messages
}

// chat returns messages in the form of OpenAI's chat completions.
func chat(list []record.Message) any {
	messages := []any{}
	for _, m := range list {
		object := map[string]any{"role": utf(m.Role)}
		set(object, "name", m.Name)
		set(object, "finish_reason", m.FinishReason)
		var content, calls []any
		responses := 0
		for _, p := range m.Parts {
			switch p.Type {
			case "tool_call_response":
				responses++
				tool := map[string]any{"role": "tool", "content": utf(p.Content)}
				set(tool, "name", m.Name)
				set(tool, "tool_call_id", p.ID)
				if len(p.Response) > 0 {
					tool["content"] = asText(p.Response)
				}
				messages = append(messages, tool)
			case "tool_call":
				arguments := json.RawMessage(`"{}"`)
				if len(p.Arguments) > 0 {
					arguments = asText(p.Arguments)
				}
				calls = append(calls, map[string]any{"id": utf(p.ID), "type": "function", "function": map[string]any{"name": utf(p.Name), "arguments": arguments}})
			case "reasoning":
				before, _ := object["reasoning_content"].(string)
				object["reasoning_content"] = before + utf(p.Content)
			case "text":
				content = append(content, map[string]any{"type": "text", "text": utf(p.Content)})
			default:
				switch {
				case strings.HasPrefix(p.MIMEType, "image/") && p.URI != "":
					content = append(content, map[string]any{"type": "image_url", "image_url": map[string]any{"url": utf(p.URI)}})
				case p.URI != "":
					content = append(content, map[string]any{"type": "text", "text": utf(p.URI)})
				default:
					content = append(content, map[string]any{"type": "text", "text": utf("[" + p.Type + " " + p.MIMEType + "]")})
				}
			}
		}
		if calls != nil {
			object["tool_calls"] = calls
		}
		if content != nil {
			object["content"] = content
			if only := content[0].(map[string]any); len(content) == 1 && slices.ContainsFunc(m.Parts, func(p record.Part) bool { return p.Type == "text" }) {
				object["content"] = only["text"]
			}
		}
		if responses == 0 || responses < len(m.Parts) {
			messages = append(messages, object)
		}
	}
	return messages
}

// asText returns raw as a JSON string.
func asText(raw freeze.JSON) json.RawMessage {
	if raw[0] == '"' {
		return json.RawMessage(raw)
	}
	return json.RawMessage(marshal(string(raw)))
}

func documents(list []record.Document) (documents []any) {
	for _, d := range list {
		object := map[string]any{}
		set(object, "id", d.ID)
		set(object, "content", d.Content)
		if d.Score != 0 && !math.IsNaN(d.Score) && !math.IsInf(d.Score, 0) {
			object["score"] = d.Score
		}
		if len(d.Metadata) > 0 {
			object["metadata"] = json.RawMessage(d.Metadata)
		}
		documents = append(documents, object)
	}
	return documents
}

func logRecord(s *record.Span, e *record.Event) *logspb.LogRecord {
	p := &logspb.LogRecord{TimeUnixNano: unixNano(e.Time), TraceId: s.TraceID[:], SpanId: s.ID[:], Body: text(e.Name), Flags: 3}
	if s.Trace != nil && s.Trace.Remote {
		p.Flags = uint32(s.Trace.Flags)
	}
	level := e.Level
	if !e.Leveled {
		p.EventName, level = utf(e.Name), slog.LevelError
	}
	if e.Leveled || e.Name == "exception" {
		p.SeverityNumber, p.SeverityText = logspb.SeverityNumber(max(1, min(24, int(level)+9))), level.String()
	}
	p.Attributes = eventAttributes(e)
	return p
}
