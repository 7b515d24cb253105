package intake

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	logspb "go.opentelemetry.io/proto/otlp/logs/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// An Encoding is the encoding of an OTLP body.
type Encoding int

const (
	Protobuf Encoding = iota
	JSON
)

// OTLPTraces parses an OTLP export of spans. Only the spans with an ID that
// OpenTelemetry does not allow are rejected.
func OTLPTraces(body []byte, enc Encoding) (Batch, error) {
	// An export request has the same fields as TracesData, without gRPC.
	var data tracepb.TracesData
	if err := unmarshal(body, enc, &data); err != nil {
		return Batch{}, err
	}
	var b Batch
	for _, rs := range data.ResourceSpans {
		resource := attrs(rs.GetResource().GetAttributes())
		for _, ss := range rs.ScopeSpans {
			for _, p := range ss.Spans {
				s, err := otlpSpan(p, enc)
				if err != nil {
					b.reject(err.Error(), 1)
					continue
				}
				s.Resource = resource
				s.Scope, s.ScopeVersion = ss.GetScope().GetName(), ss.GetScope().GetVersion()
				b.Spans = append(b.Spans, s)
			}
		}
	}
	return b, nil
}

// OTLPLogs parses an OTLP export of log records.
func OTLPLogs(body []byte, enc Encoding) (Batch, error) {
	var data logspb.LogsData
	if err := unmarshal(body, enc, &data); err != nil {
		return Batch{}, err
	}
	var b Batch
	for _, rl := range data.ResourceLogs {
		resource := attrs(rl.GetResource().GetAttributes())
		for _, sl := range rl.ScopeLogs {
			for _, p := range sl.LogRecords {
				r := otlpLog(p, enc)
				r.Resource, r.Scope = resource, sl.GetScope().GetName()
				b.Logs = append(b.Logs, r)
			}
		}
	}
	return b, nil
}

func unmarshal(body []byte, enc Encoding, into proto.Message) error {
	var err error
	if enc == JSON {
		err = protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(body, into)
	} else {
		err = proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(body, into)
	}
	if err != nil {
		return fmt.Errorf("the body is no OTLP export: %w", err)
	}
	return nil
}

func otlpSpan(p *tracepb.Span, enc Encoding) (*trace.Span, error) {
	traceID, err := id("trace id", p.TraceId, 16, enc)
	if err != nil {
		return nil, fmt.Errorf("span %q: %w", clip(p.Name), err)
	}
	spanID, err := id("span id", p.SpanId, 8, enc)
	if err != nil {
		return nil, fmt.Errorf("span %q: %w", clip(p.Name), err)
	}
	parent, _ := id("parent", p.ParentSpanId, 8, enc) // absent, or all zero
	s := &trace.Span{
		TraceID: traceID, SpanID: spanID, ParentID: parent, Name: p.Name,
		OTelKind: int(p.Kind), Status: trace.Status(p.GetStatus().GetCode()), Message: p.GetStatus().GetMessage(),
		Start: otlpTime(p.StartTimeUnixNano), End: otlpTime(p.EndTimeUnixNano),
		Attributes: attrs(p.Attributes),
	}
	for _, e := range p.Events {
		s.Events = append(s.Events, otlpEvent(e))
	}
	for _, l := range p.Links {
		t, _ := id("trace id", l.TraceId, 16, enc)
		sp, _ := id("span id", l.SpanId, 8, enc)
		s.Links = append(s.Links, trace.Link{TraceID: t, SpanID: sp, Attributes: attrs(l.Attributes)})
	}
	return s, nil
}

func otlpEvent(e *tracepb.Span_Event) trace.Event {
	a := attrs(e.Attributes)
	ev := trace.Event{Name: e.Name, Time: otlpTime(e.TimeUnixNano), Attributes: a, Source: codeLine(a)}
	for _, key := range []string{"log.severity", "level"} {
		if level, ok := a[key].(string); ok {
			ev.Level = level
		}
	}
	return ev
}

func otlpLog(p *logspb.LogRecord, enc Encoding) *trace.Log {
	r := &trace.Log{
		Time: otlpTime(p.TimeUnixNano), Observed: otlpTime(p.ObservedTimeUnixNano),
		Severity: int(p.SeverityNumber), Level: p.SeverityText,
		Body: anyValue(p.Body), Attributes: attrs(p.Attributes),
	}
	r.TraceID, _ = id("trace id", p.TraceId, 16, enc)
	r.SpanID, _ = id("span id", p.SpanId, 8, enc)
	if r.Time == 0 {
		r.Time = r.Observed
	}
	if p.EventName != "" {
		if r.Attributes == nil {
			r.Attributes = trace.Attrs{}
		}
		r.Attributes["event.name"] = p.EventName
	}
	return r
}

// codeLine returns the source line of a log statement, from OpenTelemetry's current or
// former attribute names.
func codeLine(a trace.Attrs) string {
	file, line := a["code.file.path"], a["code.line.number"]
	if file == nil {
		file, line = a["code.filepath"], a["code.lineno"]
	}
	if file == nil {
		return ""
	}
	return fmt.Sprint(file, ":", line)
}

func otlpTime(ns uint64) trace.Time {
	if ns > math.MaxInt64 {
		return 0
	}
	return trace.Time(ns)
}

// id returns the hex digits of an ID. IDs in OTLP's JSON are hex, but protojson has
// decoded them as base64; encoding the result restores them.
func id(what string, b []byte, size int, enc Encoding) (string, error) {
	if enc == JSON {
		text := base64.RawStdEncoding.EncodeToString(b)
		raw, err := hex.DecodeString(text)
		if err != nil {
			return "", fmt.Errorf("%s %q is not hexadecimal", what, clip(text))
		}
		b = raw
	}
	if len(b) != size {
		return "", fmt.Errorf("%s has %d bytes instead of %d", what, len(b), size)
	}
	for _, c := range b {
		if c != 0 {
			return hex.EncodeToString(b), nil
		}
	}
	return "", fmt.Errorf("%s is all zero", what)
}

func attrs(list []*commonpb.KeyValue) trace.Attrs {
	if len(list) == 0 {
		return nil
	}
	m := make(trace.Attrs, len(list))
	for _, kv := range list {
		m[kv.Key] = anyValue(kv.Value)
	}
	return m
}

// anyValue returns v as a JSON value. Numbers that JSON cannot represent become texts.
func anyValue(v *commonpb.AnyValue) any {
	switch v := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return v.StringValue
	case *commonpb.AnyValue_BoolValue:
		return v.BoolValue
	case *commonpb.AnyValue_IntValue:
		return v.IntValue
	case *commonpb.AnyValue_DoubleValue:
		if math.IsNaN(v.DoubleValue) || math.IsInf(v.DoubleValue, 0) {
			return fmt.Sprint(v.DoubleValue)
		}
		return v.DoubleValue
	case *commonpb.AnyValue_ArrayValue:
		list := make([]any, 0, len(v.ArrayValue.GetValues()))
		for _, item := range v.ArrayValue.GetValues() {
			list = append(list, anyValue(item))
		}
		return list
	case *commonpb.AnyValue_KvlistValue:
		m := map[string]any{}
		for _, kv := range v.KvlistValue.GetValues() {
			m[kv.Key] = anyValue(kv.Value)
		}
		return m
	case *commonpb.AnyValue_BytesValue:
		return base64.StdEncoding.EncodeToString(v.BytesValue)
	}
	return nil
}
