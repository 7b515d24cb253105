package mutagentapi

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/jsontext"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// An encoder has the buffers for encoding a span.
type encoder struct {
	clock  jsontext.Clock
	object []byte // an input or output before it becomes a string
	root   []byte
}

var encoders = sync.Pool{New: func() any { return new(encoder) }}

// maxKept is the largest buffer of an encoder that is reused.
const maxKept = 64 << 10

// Encode appends the record of s.
func (s *service) Encode(dst []byte, span *record.Span) []byte {
	e := encoders.Get().(*encoder)
	from := len(dst)
	dst = e.appendFacts(destination.AppendHead(dst, span), span)
	json := len(dst)
	dst = e.appendIdentity(dst, span)
	var payload int
	if s.legacy {
		payload = len(dst)
		dst = e.appendLegacy(dst, span)
	} else {
		dst = appendTimings(dst, &span.Details().Metrics)
		var opened bool
		dst, opened = e.appendSkeletonMetadata(dst, span)
		if opened {
			dst[from+flagsAt] |= metadataOpen
		}
		payload = len(dst)
		dst = e.appendPayload(dst, span, opened)
	}
	binary.LittleEndian.PutUint32(dst[from+payloadAt:], uint32(payload-json))
	if cap(e.object) <= maxKept {
		encoders.Put(e)
	}
	return dst
}

// appendFacts appends the part between the head and the JSON, see packet.
func (e *encoder) appendFacts(dst []byte, span *record.Span) []byte {
	start := within(span.Start)
	var end int64
	if span.Ended {
		end = within(start.Add(span.Duration)).UnixNano()
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(start.UnixNano()))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(end))
	var flags byte
	e.root = e.root[:0]
	if span.ParentID == (record.SpanID{}) && !span.Marks.Has(record.Late) {
		flags |= isRoot
		e.root = appendRoot(e.root, span)
	}
	dst = append(dst, flags)
	dst = binary.LittleEndian.AppendUint32(dst, 0) // set later, when the start of the payload is known
	dst = appendCommon(dst, span.Trace)
	return appendPart(dst, e.root)
}

// appendIdentity writes the typed keys: IDs, name, kind, times, status, and the small
// facts of API 0.1.
func (e *encoder) appendIdentity(dst []byte, s *record.Span) []byte {
	dst = append(dst, `{"spanId":"`...)
	dst = hex.AppendEncode(dst, s.ID[:])
	if s.ParentID != (record.SpanID{}) {
		dst = append(dst, `","parentSpanId":"`...)
		dst = hex.AppendEncode(dst, s.ParentID[:])
	}
	dst = append(dst, `","name":`...)
	dst = jsontext.AppendString(dst, sentName(s))
	dst = append(dst, `,"kind":"`...)
	dst = append(dst, sentKind(s.Kind)...)
	dst = append(dst, `","startTime":`...)
	start := within(s.Start)
	dst = e.clock.AppendTime(dst, start)
	if s.Ended {
		dst = append(dst, `,"endTime":`...)
		dst = e.clock.AppendTime(dst, within(start.Add(s.Duration)))
		dst = append(dst, `,"durationMs":`...)
		dst = jsontext.AppendMillis(dst, s.Duration)
	}
	dst = append(dst, `,"status":"`...)
	dst = append(dst, s.Status.String()...)
	dst = append(dst, '"')
	if s.Details().Message != "" {
		dst = jsontext.AppendString(append(dst, `,"statusMessage":`...), s.Details().Message)
		if s.Status == record.StatusError {
			dst = jsontext.AppendString(append(dst, `,"error":`...), s.Details().Message)
		}
	}
	return appendMetrics(dst, s)
}

// maxName is the longest name that API 0.1 accepts, in characters.
const maxName = 500

// sentName returns the span's name, cut to the length that both APIs accept. A span
// without a name is named after its kind, as in the Python module.
func sentName(s *record.Span) string {
	if s.Name == "" {
		if s.Kind == "" {
			return kindCustom
		}
		return firstRunes(s.Kind, maxName)
	}
	return firstRunes(s.Name, maxName)
}

// firstRunes returns the first n characters of text.
func firstRunes(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

func isLonger(text string, n int) bool {
	return len(text) > n && utf8.RuneCountInString(text) > n
}

const kindCustom = "custom"

// isKnown reports whether API 0.1 accepts a kind. A map would take 4 % of the time of a
// delivery.
func isKnown(kind string) bool {
	switch kind {
	case "llm.chat", "llm.completion", "llm.embedding", "chain", "agent",
		"graph", "node", "edge", "workflow", "middleware",
		"retrieval", "rerank", "tool", "guardrail", kindCustom:
		return true
	}
	return false
}

func sentKind(kind string) string {
	if isKnown(kind) {
		return kind
	}
	return kindCustom
}

// usageOf returns the source of the numbers. A model call that ended without numbers is
// "missing": it did use tokens.
func usageOf(s *record.Span) string {
	known := s.Details().Metrics.HasUsage()
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
