package otlp

import (
	"cmp"
	"math"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/jsontext"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// Fields of Span, and of its Status.
const (
	spanTraceID, spanID, spanTraceState, spanParentID = 1, 2, 3, 4
	spanName, spanKind, spanStart, spanEnd            = 5, 6, 7, 8
	spanAttributes, spanEvents, spanStatus, spanFlags = 9, 11, 15, 16
	statusMessage, statusCode                         = 2, 3
)

// A spanWriter appends the fields of one span.
type spanWriter struct {
	attributes
	span          *record.Span
	given         [numFacts]bool // facts set by the program's own attributes
	openInference bool
}

// wants reports whether f is to be written. A fact that the program set itself is not
// written again.
func (w *spanWriter) wants(f fact) bool {
	return !w.given[f] && (w.openInference || !facts[f].openInference)
}

func (w *spanWriter) say(f fact, s string) {
	if s != "" && w.wants(f) {
		w.text(facts[f].key, s)
	}
}

func (w *spanWriter) count(f fact, n int64) {
	if n != 0 && w.wants(f) {
		w.int(facts[f].key, n)
	}
}

func (w *spanWriter) number(f fact, v float64) {
	if v != 0 && jsontext.IsFinite(v) && w.wants(f) {
		w.double(facts[f].key, v)
	}
}

// price writes the cost of the call. A cost of zero is written only if the call is
// known to be free.
func (w *spanWriter) price(f fact) {
	if w.span.Marks.Has(record.Free) && w.wants(f) {
		w.double(facts[f].key, 0)
		return
	}
	w.number(f, w.span.Details().Metrics.CostUSD)
}

func (w *spanWriter) mark(f fact, v bool) {
	if v && w.wants(f) {
		w.bool(facts[f].key, v)
	}
}

func (w *spanWriter) list(f fact, texts []string) {
	if len(texts) > 0 && w.wants(f) {
		w.texts(facts[f].key, texts)
	}
}

func (w *spanWriter) skeleton() {
	s := w.span
	for _, a := range s.Attributes {
		w.given[factOf[a.Key]] = true
	}
	k := kindOf(s.Kind)
	w.identity(k)
	w.meaning(k)
	w.metrics()
	for _, a := range s.Attributes {
		if f := factOf[a.Key]; f != 0 && !facts[f].payload {
			w.value("", a)
		}
	}
}

func (w *spanWriter) identity(k kind) {
	s := w.span
	dst := appendBytes(w.dst, spanTraceID, s.TraceID[:])
	dst = appendBytes(dst, spanID, s.ID[:])
	if s.ParentID != (record.SpanID{}) {
		dst = appendBytes(dst, spanParentID, s.ParentID[:])
	}
	if s.Trace != nil && s.Trace.State != "" {
		dst = appendString(dst, spanTraceState, s.Trace.State)
	}
	dst = appendFixed32(dst, spanFlags, flagsOf(s))
	dst = appendString(dst, spanName, cmp.Or(s.Name, s.Kind))
	dst = appendVarint(dst, spanKind, uint64(k.span))
	start := nanos(s.Start)
	dst = appendFixed64(dst, spanStart, start)
	dst = appendFixed64(dst, spanEnd, max(start, nanos(endOf(s))))
	w.dst = appendStatus(dst, s)
}

// endOf returns when s ended. For an open span it returns the last known time, because
// OTLP has no unfinished spans.
func endOf(s *record.Span) time.Time {
	end := s.Start.Add(max(0, s.Duration))
	if s.Ended && !s.Marks.Has(record.Late) {
		return end
	}
	if last := lastEvent(s); last.After(end) {
		return last
	}
	return end
}

// nanos returns t in Unix nanoseconds, limited to the range of an int64, which ends in
// 2262.
func nanos(t time.Time) uint64 {
	switch seconds := t.Unix(); {
	case seconds < 0:
		return 0
	case seconds >= math.MaxInt64/1_000_000_000:
		return math.MaxInt64
	}
	return uint64(t.UnixNano())
}

// Flags of a span in addition to those of W3C.
const (
	knowsRemote = 1 << 8
	isRemote    = 1 << 9
)

// flagsOf returns W3C's flags, and whether the parent is in another process.
func flagsOf(s *record.Span) uint32 {
	flags := uint32(sampled | random)
	remote := s.Trace != nil && s.Trace.Remote
	if remote {
		flags = uint32(s.Trace.Flags)
	}
	flags |= knowsRemote
	if remote && s.Marks.Has(record.Root) && s.ParentID != (record.SpanID{}) {
		flags |= isRemote
	}
	return flags
}

const (
	sampled = 1
	random  = 2
)

func appendStatus(dst []byte, s *record.Span) []byte {
	if s.Status == record.StatusUnset {
		return dst
	}
	dst, start := begin(dst, spanStatus)
	if s.Status == record.StatusError && s.Details().Message != "" {
		dst = appendString(dst, statusMessage, s.Details().Message)
	}
	return end(appendVarint(dst, statusCode, uint64(s.Status)), start)
}

// meaning writes the meaning of the span, and its session, user and similar facts.
func (w *spanWriter) meaning(k kind) {
	s := w.span
	w.say(operationName, k.operation)
	w.say(openInferenceKind, k.openInference)
	w.say(mutagenKind, s.Kind)
	if k.named != 0 {
		w.say(k.named, s.Name)
	}
	if t := s.Trace; t != nil {
		w.say(sessionID, t.SessionID)
		if k.operation != "" {
			w.say(conversationID, t.SessionID)
		}
		w.say(userID, t.UserID)
		w.list(tags, t.Tags)
	}
	if s.Status == record.StatusError {
		w.say(errorType, otherError)
	}
	w.mark(unfinished, !s.Ended)
	w.mark(late, s.Marks.Has(record.Late))
}

// otherError is the conventions' value for an error without a type.
const otherError = "_OTHER"

func (w *spanWriter) metrics() {
	s, m := w.span, &w.span.Details().Metrics
	w.say(providerName, m.Provider)
	w.say(requestModel, m.Model)
	if s.Ended {
		w.say(responseModel, m.Model)
	}
	w.say(llmModel, m.Model)
	if s.Details().Output.More != nil {
		w.list(finishReasons, finishReasonsOf(s.Details().Output.More.Messages))
	}
	w.number(firstChunk, m.TimeToFirstToken.Seconds())
	w.count(inputTokens, m.InputTokens)
	w.count(outputTokens, m.OutputTokens)
	w.count(totalTokens, m.TotalTokens)
	w.count(cachedTokens, m.CachedInputTokens)
	w.count(cacheWriteTokens, m.CacheWriteTokens)
	w.count(reasoningTokens, m.ReasoningTokens)
	w.price(cost)
	w.say(usage, usageOf(s))
	w.count(llmPromptTokens, m.InputTokens)
	w.count(llmCompletionTokens, m.OutputTokens)
	w.count(llmTotalTokens, cmp.Or(m.TotalTokens, m.InputTokens+m.OutputTokens))
	w.count(llmCachedTokens, m.CachedInputTokens)
	w.count(llmCacheWriteTokens, m.CacheWriteTokens)
	w.count(llmReasoningTokens, m.ReasoningTokens)
	w.price(llmCost)
}

// usageOf returns the source of the numbers. A model call that ended without numbers is
// "missing": it did use tokens.
func usageOf(s *record.Span) string {
	m := &s.Details().Metrics
	known := m.InputTokens|m.OutputTokens|m.TotalTokens|m.CachedInputTokens|m.CacheWriteTokens|m.ReasoningTokens != 0 ||
		m.CostUSD != 0 && jsontext.IsFinite(m.CostUSD)
	switch {
	case known && s.Marks.Has(record.Estimated):
		return "estimated"
	case known:
		return "reported"
	case s.Ended && strings.HasPrefix(s.Kind, "llm."):
		return "missing"
	}
	return ""
}

func (w *spanWriter) payload(events bool) {
	s := w.span
	for _, a := range s.Attributes {
		if f := factOf[a.Key]; f == 0 || facts[f].payload {
			w.value("", a)
		}
	}
	w.input()
	w.output()
	if events {
		for _, piece := range s.Events {
			for i := range piece {
				w.event(&piece[i])
			}
		}
		if e, ok := exceptionOf(s); ok {
			w.event(&e)
		}
	}
	w.mark(truncated, s.Truncated)
}
