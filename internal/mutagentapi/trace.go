package mutagentapi

import (
	"github.com/mutagent-io/mutagent-go/internal/jsontext"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// maxSession is the longest session ID that API 0.1 accepts, in characters. The spans'
// metadata has the whole ID.
const maxSession = 255

// appendCommon appends what a span says about its trace: the length of the typed
// members and the members, then the same for the members of "metadata".
func appendCommon(dst []byte, t *record.Trace) []byte {
	if t == nil || t.SessionID == "" && t.UserID == "" && len(t.Tags) == 0 {
		return append(dst, 0)
	}
	var typed, metadata []byte
	if t.SessionID != "" {
		typed = jsontext.AppendString(append(typed, `,"sessionId":`...), firstRunes(t.SessionID, maxSession))
	}
	metadata = append(metadata, '{')
	if isLonger(t.SessionID, maxSession) {
		metadata = appendText(metadata, "session.id", t.SessionID)
	}
	metadata = appendText(metadata, "user.id", t.UserID)
	if len(t.Tags) > 0 {
		tags := appendTags(nil, t.Tags)
		typed = append(append(typed, `,"tags":`...), tags...)
		metadata = append(appendKey(metadata, "tags"), tags...)
	}
	common := appendPart(appendPart(nil, typed), metadata[1:])
	return appendPart(dst, common)
}

func appendTags(dst []byte, tags []string) []byte {
	dst = append(dst, '[')
	for _, tag := range tags {
		dst = jsontext.AppendString(appendComma(dst, '['), tag)
	}
	return append(dst, ']')
}

// appendRoot appends what only the root says about its trace.
func appendRoot(dst []byte, s *record.Span) []byte {
	dst = append(dst, `,"name":`...)
	dst = jsontext.AppendString(dst, sentName(s))
	if s.Ended {
		dst = append(dst, `,"status":"`...)
		dst = append(dst, s.Status.String()...)
		dst = append(dst, '"')
	}
	return dst
}
