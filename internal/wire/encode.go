package wire

import (
	"encoding/hex"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"sync"
)

// appendSpan writes one span. The skeleton comes first, so that a span can lose
// its payload by being cut off at payload.
func (c *clockFace) appendSpan(dst []byte, s *Span) (_ []byte, payload int) {
	dst = append(dst, `{"spanId":"`...)
	dst = hex.AppendEncode(dst, s.ID[:])
	dst = append(dst, '"')
	if !s.Start.IsZero() {
		dst = c.appendSkeleton(dst, s)
	}
	payload = len(dst)
	dst = appendIO(dst, `,"input":`, s.Input)
	dst = appendIO(dst, `,"output":`, s.Output)
	if len(s.Attributes) > 0 {
		dst = append(dst, `,"attributes":`...)
		dst = c.appendAttrs(dst, s.Attributes)
	}
	if len(s.Events) > 0 {
		dst = append(dst, `,"events":`...)
		separator := byte('[')
		for _, piece := range s.Events {
			for i := range piece {
				dst = c.appendEvent(append(dst, separator), &piece[i])
				separator = ','
			}
		}
		dst = append(dst, ']')
	}
	if s.Truncated {
		dst = append(dst, truncatedMark...)
	}
	return append(dst, '}'), payload
}

const truncatedMark = `,"truncated":true`

func (c *clockFace) appendSkeleton(dst []byte, s *Span) []byte {
	if s.ParentID != (SpanID{}) {
		dst = append(dst, `,"parentSpanId":"`...)
		dst = hex.AppendEncode(dst, s.ParentID[:])
		dst = append(dst, '"')
	}
	dst = append(dst, `,"name":`...)
	dst = AppendString(dst, s.Name)
	dst = append(dst, `,"kind":`...)
	dst = AppendString(dst, s.Kind)
	dst = append(dst, `,"status":"`...)
	dst = append(dst, s.Status.String()...)
	dst = append(dst, '"')
	if s.Message != "" {
		dst = append(dst, `,"statusMessage":`...)
		dst = AppendString(dst, s.Message)
	}
	dst = append(dst, `,"startTime":`...)
	dst = c.appendTime(dst, s.Start)
	if s.Ended {
		dst = append(dst, `,"endTime":`...)
		dst = c.appendTime(dst, s.Start.Add(s.Duration))
		dst = append(dst, `,"durationMs":`...)
		dst = appendMillis(dst, s.Duration)
	}
	if usage := usageOf(s); s.Metrics != (Metrics{}) || usage != "" {
		dst = appendMetrics(dst, &s.Metrics, usage)
	}
	return dst
}

// usageOf says where the numbers come from. A model call that ended without any
// is not one that used nothing.
func usageOf(s *Span) string {
	m := &s.Metrics
	known := m.InputTokens|m.OutputTokens|m.TotalTokens|m.CachedInputTokens|m.CacheWriteTokens|m.ReasoningTokens != 0 ||
		m.CostUSD != 0 && isFinite(m.CostUSD)
	switch {
	case known && s.Marks.Has(Estimated):
		return "estimated"
	case known:
		return "reported"
	case s.Ended && strings.HasPrefix(s.Kind, "llm."):
		return "missing"
	}
	return ""
}

func appendMetrics(dst []byte, m *Metrics, usage string) []byte {
	dst = append(dst, `,"metrics":{`...)
	if m.Model != "" {
		dst = AppendString(appendMember(dst, `"model":`), m.Model)
	}
	if m.Provider != "" {
		dst = AppendString(appendMember(dst, `"provider":`), m.Provider)
	}
	dst = appendCount(dst, `"inputTokens":`, m.InputTokens)
	dst = appendCount(dst, `"outputTokens":`, m.OutputTokens)
	dst = appendCount(dst, `"totalTokens":`, m.TotalTokens)
	dst = appendCount(dst, `"cachedInputTokens":`, m.CachedInputTokens)
	dst = appendCount(dst, `"cacheWriteTokens":`, m.CacheWriteTokens)
	dst = appendCount(dst, `"reasoningTokens":`, m.ReasoningTokens)
	if m.CostUSD != 0 && isFinite(m.CostUSD) {
		dst = appendFloat(appendMember(dst, `"costUsd":`), m.CostUSD)
	}
	if m.TimeToFirstToken != 0 {
		dst = appendMillis(appendMember(dst, `"timeToFirstTokenMs":`), m.TimeToFirstToken)
	}
	if usage != "" {
		dst = append(appendMember(dst, `"usage":"`), usage...)
		dst = append(dst, '"')
	}
	return append(dst, '}')
}

func appendCount(dst []byte, key string, n int64) []byte {
	if n == 0 {
		return dst
	}
	return strconv.AppendInt(appendMember(dst, key), n, 10)
}

func appendIO(dst []byte, key string, io IO) []byte {
	if io.Text == "" && io.More == nil {
		return dst
	}
	dst = append(dst, key...)
	dst = append(dst, '{')
	if io.Text != "" {
		dst = AppendString(appendMember(dst, `"text":`), io.Text)
	}
	if m := io.More; m != nil {
		if m.Messages != nil {
			dst = append(appendMember(dst, `"messages":`), m.Messages...)
		}
		if m.Documents != nil {
			dst = append(appendMember(dst, `"documents":`), m.Documents...)
		}
		if m.Raw != nil {
			dst = append(appendMember(dst, `"raw":`), m.Raw...)
		}
	}
	return append(dst, '}')
}

func (c *clockFace) appendEvent(dst []byte, e *Event) []byte {
	dst = append(dst, `{"name":`...)
	dst = AppendString(dst, e.Name)
	if !e.Time.IsZero() {
		dst = append(dst, `,"timestamp":`...)
		dst = c.appendTime(dst, e.Time)
	}
	if e.Leveled {
		dst = append(dst, `,"level":`...)
		dst = AppendString(dst, e.Level.String())
		dst = append(dst, `,"severity":`...)
		dst = strconv.AppendInt(dst, int64(severity(e.Level)), 10)
	}
	if e.Scope.any() || len(e.Attributes) > 0 {
		dst = append(dst, `,"attributes":`...)
		dst = c.appendScoped(dst, e.Scope, e.Attributes)
	}
	if src := sourceOf(e.PC); src != "" {
		dst = append(dst, `,"source":`...)
		dst = append(dst, src...)
	}
	return append(dst, '}')
}

// severity is the number OpenTelemetry's log data model gives a slog level: Info
// is 9, one step a level, and never outside 1 to 24.
func severity(l slog.Level) int {
	return int(min(max(l, 1-9), 24-9)) + 9
}

// any reports whether the logger carries an attribute. Groups alone are not
// written, as slog asks of handlers.
func (s *Scope) any() bool {
	for ; s != nil; s = s.Parent {
		if len(s.Attributes) > 0 {
			return true
		}
	}
	return false
}

// appendScoped writes what the logger carries, from the outside in, and attrs
// in its innermost group. Groups that would be empty are left out.
func (c *clockFace) appendScoped(dst []byte, s *Scope, attrs []slog.Attr) []byte {
	var few [8]*Scope
	scopes := few[:0]
	for s != nil && len(s.Attributes) == 0 && len(attrs) == 0 {
		s = s.Parent // an innermost group with nothing in it, or a With of nothing
	}
	for ; s != nil; s = s.Parent {
		scopes = append(scopes, s)
	}
	dst = append(dst, '{')
	open := 1
	for i := len(scopes) - 1; i >= 0; i-- {
		if group := scopes[i].Group; group != "" {
			dst = append(appendKey(dst, group), '{')
			open++
			continue
		}
		dst = c.appendMembers(dst, scopes[i].Attributes)
	}
	dst = c.appendMembers(dst, attrs)
	for ; open > 0; open-- {
		dst = append(dst, '}')
	}
	return dst
}

// sources holds the encoded source of every log statement that was ever an
// event. Programs have few.
var sources sync.Map // uintptr -> string

func sourceOf(pc uintptr) string {
	if pc == 0 {
		return ""
	}
	if src, ok := sources.Load(pc); ok {
		return src.(string)
	}
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	src := ""
	if frame.File != "" {
		dst := AppendString([]byte(`{"function":`), frame.Function)
		dst = AppendString(append(dst, `,"file":`...), frame.File)
		dst = strconv.AppendInt(append(dst, `,"line":`...), int64(frame.Line), 10)
		src = string(append(dst, '}'))
	}
	sources.Store(pc, src)
	return src
}
