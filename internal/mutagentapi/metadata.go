package mutagentapi

import (
	"encoding/binary"

	"github.com/mutagent-io/mutagent-go/internal/destination"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// appendSkeletonMetadata opens "metadata" for the small facts that API 0.5 has no key
// for. If there are none, it writes nothing and returns false.
func (e *encoder) appendSkeletonMetadata(dst []byte, s *record.Span) (_ []byte, opened bool) {
	before := len(dst)
	dst = append(dst, openMetadata...)
	empty := len(dst)
	dst = appendMetricsMetadata(dst, s)
	if !isKnown(s.Kind) {
		dst = appendText(dst, "mutagent.kind", s.Kind)
	}
	if isLonger(s.Name, maxName) {
		dst = appendText(dst, "mutagent.name", s.Name)
	}
	dst = appendText(dst, "mutagent.status_message", s.Details().Message)
	if t := s.Trace; t != nil {
		dst = appendText(dst, "session.id", t.SessionID)
		dst = appendText(dst, "user.id", t.UserID)
		if len(t.Tags) > 0 {
			dst = appendTags(appendKey(dst, "tags"), t.Tags)
		}
	}
	if s.Marks.Has(record.Late) {
		dst = append(appendKey(dst, "mutagent.late"), "true"...)
	}
	if s.Truncated {
		dst = appendTruncated(dst)
	}
	if len(dst) == empty {
		return dst[:before], false
	}
	return dst, true
}

const openMetadata = `,"metadata":{`

func appendTruncated(dst []byte) []byte {
	return append(appendKey(dst, "mutagent.truncated"), "true"...)
}

// appendPayload writes attributes and events into the metadata and closes it. It then
// writes input and output, and closes the span.
func (e *encoder) appendPayload(dst []byte, s *record.Span, opened bool) []byte {
	if len(s.Attributes) > 0 || len(s.Events) > 0 {
		if !opened {
			dst, opened = append(dst, openMetadata...), true
		}
		if len(s.Attributes) > 0 {
			dst = e.clock.AppendAttrs(appendKey(dst, "attributes"), s.Attributes)
		}
		if len(s.Events) > 0 {
			dst = e.appendEvents(appendKey(dst, "events"), s.Events)
		}
	}
	if opened {
		dst = append(dst, '}')
	}
	if !s.Details().Input.Empty() {
		dst = e.appendIO(append(dst, `,"input":`...), s.Details().Input)
	}
	if !s.Details().Output.Empty() {
		dst = e.appendIO(append(dst, `,"output":`...), s.Details().Output)
	}
	return append(dst, '}')
}

// Strip appends rec without its payload.
func (s *service) Strip(dst, rec []byte) []byte {
	p, ok := unpack(rec)
	if !ok || destination.FlagsOf(rec).Has(destination.Late) {
		return dst
	}
	from := len(dst)
	skeleton := len(rec) - len(p.json) + p.payload
	payload := rec[skeleton:]
	if string(payload) == "}" || string(payload) == "}}" { // there is no payload
		return append(dst, rec...)
	}
	dst = append(dst, rec[:skeleton]...)
	already := destination.FlagsOf(rec).Has(destination.Truncated)
	dst[from] |= byte(destination.Truncated)
	if s.legacy {
		return append(dst, '}')
	}
	if p.flags&metadataOpen == 0 {
		dst = append(dst, openMetadata...)
		dst[from+flagsAt] |= metadataOpen
	}
	if !already {
		dst = appendTruncated(dst)
	}
	binary.LittleEndian.PutUint32(dst[from+payloadAt:], uint32(len(dst)-from-(len(rec)-len(p.json))))
	return append(dst, "}}"...)
}
