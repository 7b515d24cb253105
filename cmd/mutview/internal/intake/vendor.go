package intake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// vendorTrace is a trace of the MutagenT API, of either version.
type vendorTrace struct {
	TraceID     string         `json:"traceId"`
	Name        string         `json:"name"`
	SessionID   string         `json:"sessionId"`
	UserID      string         `json:"userId"`
	Source      string         `json:"source"`
	Environment string         `json:"environment"`
	Tags        []string       `json:"tags"`
	Metadata    map[string]any `json:"metadata"`
	Spans       []vendorSpan   `json:"spans"`
}

type vendorSpan struct {
	SpanID        string          `json:"spanId"`
	ParentSpanID  string          `json:"parentSpanId"`
	Name          string          `json:"name"`
	Kind          string          `json:"kind"`
	StartTime     string          `json:"startTime"`
	EndTime       string          `json:"endTime"`
	Status        string          `json:"status"`
	StatusMessage string          `json:"statusMessage"`
	Error         string          `json:"error"`
	Input         json.RawMessage `json:"input"`
	Output        json.RawMessage `json:"output"`
	Tokens        map[string]any  `json:"tokens"`
	Model         string          `json:"model"`
	Provider      string          `json:"provider"`
	CostUSD       any             `json:"costUsd"`
	LatencyMs     any             `json:"latencyMs"`
	TTFTMs        any             `json:"ttftMs"`
	Metrics       map[string]any  `json:"metrics"`
	Attributes    map[string]any  `json:"attributes"`
	Events        []any           `json:"events"`
	Metadata      map[string]any  `json:"metadata"`
}

// Vendor parses the body of a batch of the MutagenT API, {"traces":[…]}. An invalid
// trace or span does not affect the others: it is counted in Rejected.
func Vendor(body []byte) (Batch, error) {
	var request struct {
		Traces   []json.RawMessage `json:"traces"`
		Resource map[string]any    `json:"resource"`
	}
	if err := decode(body, &request); err != nil {
		return Batch{}, fmt.Errorf("the body is not a batch of traces: %w", err)
	}
	if request.Traces == nil {
		return Batch{}, fmt.Errorf(`the body has no "traces"`)
	}
	var b Batch
	for i, raw := range request.Traces {
		b.vendorTrace(raw, fmt.Sprintf("traces[%d]", i), request.Resource)
	}
	return b, nil
}

// VendorOne parses a single trace, the body of POST /api/traces/ of 0.1.
func VendorOne(body []byte) (Batch, error) {
	var b Batch
	b.vendorTrace(body, "the body", nil)
	if len(b.TraceIDs) == 0 {
		return b, fmt.Errorf("%s", b.Note)
	}
	return b, nil
}

func (b *Batch) vendorTrace(raw []byte, where string, resource map[string]any) {
	var t vendorTrace
	if err := decode(raw, &t); err != nil {
		b.reject(where+": "+err.Error(), 1)
		return
	}
	if err := checkID("traceId", t.TraceID); err != nil {
		b.reject(where+": "+err.Error(), max(1, len(t.Spans)))
		return
	}
	b.TraceIDs = append(b.TraceIDs, t.TraceID)
	if own := t.resource(); len(own) > 0 {
		resource = own
	}
	for i := range t.Spans {
		s, err := t.Spans[i].span(&t)
		if err != nil {
			b.reject(fmt.Sprintf("%s.spans[%d]: %v", where, i, err), 1)
			continue
		}
		if s.Resource == nil {
			s.Resource = resource
		}
		b.Spans = append(b.Spans, s)
	}
}

// span converts v to a span. Data of typed fields becomes attributes with
// OpenTelemetry's names, in addition to everything that was sent as attributes or
// metadata.
func (v *vendorSpan) span(t *vendorTrace) (*trace.Span, error) {
	if err := checkID("spanId", v.SpanID); err != nil {
		return nil, err
	}
	s := &trace.Span{
		TraceID: t.TraceID, SpanID: v.SpanID, ParentID: v.ParentSpanID, Name: v.Name,
		OTelKind: 1, Status: trace.ParseStatus(v.Status), Message: v.StatusMessage,
		Input: value(v.Input), Output: value(v.Output),
		Attributes: trace.Attrs{}, Scope: t.Source,
	}
	var err error
	if s.Start, err = parseTime("startTime", v.StartTime); err != nil {
		return nil, err
	}
	if s.End, err = parseTime("endTime", v.EndTime); err != nil {
		return nil, err
	}
	v.attributes(t, s.Attributes)
	s.Events = vendorEvents(v.Events)
	readMetadata(s, v.Metadata)
	traceMetadata(s, t.Metadata)
	if s.Message == "" {
		s.Message = v.Error
	}
	if s.Start == 0 && len(s.Events) > 0 { // an addendum: the span itself is sent separately
		s.Start = s.Events[0].Time
	}
	if s.Start == 0 {
		return nil, fmt.Errorf("span %s has no startTime", v.SpanID)
	}
	return s, nil
}

// attributes sets typed fields as attributes, with the names that other protocols use.
func (v *vendorSpan) attributes(t *vendorTrace, to trace.Attrs) {
	for _, m := range []map[string]any{v.Metrics, v.Attributes} {
		for k, val := range m {
			to[k] = val
		}
	}
	set := func(key string, val any) {
		switch val {
		case nil, "":
		default:
			to[key] = val
		}
	}
	set("mutagent.span.kind", v.Kind)
	set("gen_ai.request.model", v.Model)
	set("gen_ai.provider.name", v.Provider)
	set("gen_ai.usage.input_tokens", v.Tokens["input"])
	set("gen_ai.usage.output_tokens", v.Tokens["output"])
	set("gen_ai.usage.cost", v.CostUSD)
	set("mutagent.latency_ms", v.LatencyMs)
	set("mutagent.ttft_ms", v.TTFTMs)
	set("session.id", t.SessionID)
	set("user.id", t.UserID)
	set("deployment.environment.name", t.Environment)
	if len(t.Tags) > 0 {
		to["tag.tags"] = t.Tags
	}
}

// readMetadata reads the metadata field, in which the current service has all data
// except id, name, kind, time, status, input, output and parent.
func readMetadata(s *trace.Span, metadata map[string]any) {
	for key, val := range metadata {
		switch key {
		case "attributes", "metrics":
			if m, ok := val.(map[string]any); ok {
				for k, v := range m {
					s.Attributes[k] = v
				}
				continue
			}
		case "events":
			if list, ok := val.([]any); ok {
				if len(s.Events) == 0 { // otherwise they are the same events, sent for both versions
					s.Events = vendorEvents(list)
				}
				continue
			}
		case "error", "statusMessage":
			if text, ok := val.(string); ok && s.Message == "" {
				s.Message = text
			}
			continue
		case "resource":
			if m, ok := val.(map[string]any); ok {
				s.Resource = m
				continue
			}
		}
		s.Attributes[key] = val
	}
}

// process has the prefixes of the names by which OpenTelemetry describes a process, as
// opposed to its operations.
var process = []string{"service.", "telemetry.", "host.", "process.", "os.", "container.", "k8s.", "cloud.", "faas.", "deployment."}

func isOfProcess(key string) bool {
	return slices.ContainsFunc(process, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

// resource returns the data about the process in the metadata of a trace: as an object,
// or among other keys.
func (t *vendorTrace) resource() map[string]any {
	all := map[string]any{}
	for key, val := range t.Metadata {
		if m, ok := val.(map[string]any); ok && key == "resource" {
			maps.Copy(all, m)
		} else if isOfProcess(key) {
			all[key] = val
		}
	}
	return all
}

// traceMetadata copies the other metadata of a trace to each of its spans, because the
// store has only spans.
func traceMetadata(s *trace.Span, metadata map[string]any) {
	for key, val := range metadata {
		switch {
		case key == "resource", isOfProcess(key):
		case key == "user", key == "userId", key == "user.id":
			s.Attributes["user.id"] = val
		default:
			if _, taken := s.Attributes[key]; !taken {
				s.Attributes["trace."+key] = val
			}
		}
	}
}

func vendorEvents(list []any) []trace.Event {
	var events []trace.Event
	for _, item := range list {
		m, ok := item.(map[string]any)
		if !ok {
			continue
		}
		e := trace.Event{Name: text(m["name"]), Level: text(m["level"])}
		for _, key := range []string{"timestamp", "time"} {
			if at, err := parseTime(key, text(m[key])); err == nil && at != 0 {
				e.Time = at
			}
		}
		if attrs, ok := m["attributes"].(map[string]any); ok {
			e.Attributes = attrs
		}
		if e.Source = sourceLine(m["source"]); e.Source == "" {
			e.Source = codeLine(e.Attributes)
		}
		events = append(events, e)
	}
	return events
}

// sourceLine returns file:line of {"function","file","line"}.
func sourceLine(v any) string {
	m, ok := v.(map[string]any)
	if !ok || text(m["file"]) == "" {
		return text(v)
	}
	return text(m["file"]) + ":" + text(m["line"])
}

// text returns v as a string if it is a string or a number; otherwise it returns "".
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// parseTime parses ISO 8601 as written by the SDKs, or Unix time in nanoseconds.
func parseTime(key, s string) (trace.Time, error) {
	if s == "" {
		return 0, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() > 1970 && t.Year() < 2262 {
			return trace.At(t), nil
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 1e15 {
		return trace.Time(n), nil
	}
	return 0, fmt.Errorf("%s %q is no date-time such as 2026-01-31T12:00:00Z", key, clip(s))
}

func checkID(key, id string) error {
	switch {
	case id == "":
		return fmt.Errorf("%s is missing", key)
	case len(id) > 255:
		return fmt.Errorf("%s has %d characters, at most 255 are allowed", key, len(id))
	case strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("%s %q has a control character", key, clip(id))
	}
	return nil
}

func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}

// value returns raw, or nil if it is absent or null.
func value(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil
	}
	return raw
}

// decode parses one JSON value and keeps numbers as they were written.
func decode(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	return d.Decode(into)
}
