package server

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// This file exports stored spans as OTLP/JSON. Data that has fields in the MutagenT API
// but not in OTLP becomes attributes, with the names under which it is read back.

type otlpAttr struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

type otlpSpan struct {
	TraceID      string         `json:"traceId"`
	SpanID       string         `json:"spanId"`
	ParentSpanID string         `json:"parentSpanId,omitempty"`
	Name         string         `json:"name"`
	Kind         int            `json:"kind"`
	Start        string         `json:"startTimeUnixNano"`
	End          string         `json:"endTimeUnixNano,omitempty"`
	Attributes   []otlpAttr     `json:"attributes,omitempty"`
	Events       []otlpEvent    `json:"events,omitempty"`
	Links        []otlpLink     `json:"links,omitempty"`
	Status       map[string]any `json:"status,omitempty"`
}

type otlpEvent struct {
	Time       string     `json:"timeUnixNano"`
	Name       string     `json:"name"`
	Attributes []otlpAttr `json:"attributes,omitempty"`
}

type otlpLink struct {
	TraceID    string     `json:"traceId"`
	SpanID     string     `json:"spanId"`
	Attributes []otlpAttr `json:"attributes,omitempty"`
}

// otlpExport returns an export request with the spans, each with its original resource
// and scope.
func otlpExport(spans []*trace.Span) map[string]any {
	resources := []any{}
	for _, s := range spans {
		scope := map[string]any{"scope": map[string]string{"name": s.Scope, "version": s.ScopeVersion}, "spans": []otlpSpan{toOTLP(s)}}
		resources = append(resources, map[string]any{"resource": map[string]any{"attributes": otlpAttrs(s.Resource)}, "scopeSpans": []any{scope}})
	}
	return map[string]any{"resourceSpans": resources}
}

func toOTLP(s *trace.Span) otlpSpan {
	attrs := trace.Attrs{}
	for k, v := range s.Attributes {
		attrs[k] = v
	}
	for key, raw := range map[string]json.RawMessage{"input.value": s.Input, "output.value": s.Output} {
		var text string
		if raw != nil && json.Unmarshal(raw, &text) == nil {
			attrs[key] = text
		} else if raw != nil {
			attrs[key] = string(raw)
		}
	}
	out := otlpSpan{
		TraceID: otlpID(s.TraceID, 16), SpanID: otlpID(s.SpanID, 8), Name: s.Name, Kind: s.OTelKind,
		Start: nanos(s.Start), Attributes: otlpAttrs(attrs), Status: map[string]any{"code": int(s.Status), "message": s.Message},
	}
	if s.ParentID != "" {
		out.ParentSpanID = otlpID(s.ParentID, 8)
	}
	if s.End != 0 {
		out.End = nanos(s.End)
	}
	for _, e := range s.Events {
		a := trace.Attrs{}
		for k, v := range e.Attributes {
			a[k] = v
		}
		if e.Level != "" {
			a["level"] = e.Level
		}
		if file, line, ok := cutSource(e); ok {
			a["code.file.path"], a["code.line.number"] = file, line
		}
		out.Events = append(out.Events, otlpEvent{nanos(e.Time), e.Name, otlpAttrs(a)})
	}
	for _, l := range s.Links {
		out.Links = append(out.Links, otlpLink{otlpID(l.TraceID, 16), otlpID(l.SpanID, 8), otlpAttrs(l.Attributes)})
	}
	return out
}

// cutSource splits a source line, unless the attributes already have it.
func cutSource(e trace.Event) (file string, line json.Number, ok bool) {
	if e.Attributes["code.file.path"] != nil || e.Attributes["code.filepath"] != nil {
		return "", "", false
	}
	at := strings.LastIndexByte(e.Source, ':')
	if _, err := strconv.ParseUint(e.Source[at+1:], 10, 31); at < 0 || err != nil {
		return "", "", false
	}
	return e.Source[:at], json.Number(e.Source[at+1:]), true
}

func nanos(t trace.Time) string { return fmt.Sprint(int64(t)) }

// otlpID returns id if OpenTelemetry allows it. Another ID, such as a UUID, is always
// mapped to the same digits.
func otlpID(id string, bytes int) string {
	if raw, err := hex.DecodeString(id); err == nil && len(raw) == bytes {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:bytes])
}

func otlpAttrs(a trace.Attrs) []otlpAttr {
	list := []otlpAttr{}
	for k, v := range a {
		list = append(list, otlpAttr{k, otlpValue(v)})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Key < list[j].Key })
	return list
}

func otlpValue(v any) any {
	switch v := v.(type) {
	case string:
		return map[string]any{"stringValue": v}
	case bool:
		return map[string]any{"boolValue": v}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return map[string]any{"intValue": fmt.Sprint(n)}
		}
		f, _ := v.Float64()
		return map[string]any{"doubleValue": f}
	case []any:
		list := []any{}
		for _, item := range v {
			list = append(list, otlpValue(item))
		}
		return map[string]any{"arrayValue": map[string]any{"values": list}}
	case map[string]any:
		return map[string]any{"kvlistValue": map[string]any{"values": otlpAttrs(v)}}
	}
	return map[string]any{}
}
