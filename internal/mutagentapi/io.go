package mutagentapi

import (
	"github.com/mutagent-io/mutagent-go/internal/jsontext"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// appendIO writes an input or output as a string, because API 0.5 accepts only strings.
// A text is written as it is. Anything else is written as the JSON text of the object
// that the Python module sends.
func (e *encoder) appendIO(dst []byte, io record.IO) []byte {
	if io.IsText() {
		return jsontext.AppendString(dst, io.Text)
	}
	e.object = appendObject(e.object[:0], io, false)
	return jsontext.AppendBytes(dst, e.object)
}

// appendObject writes io in the form of the Python module's SpanIO. With bare it leaves
// out which message made which call, because the Python module does not send that.
func appendObject(dst []byte, io record.IO, bare bool) []byte {
	dst = append(dst, '{')
	dst = appendText(dst, "text", io.Text)
	if m := io.More; m != nil {
		if m.Messages != nil {
			dst = appendMessages(appendKey(dst, "messages"), m.Messages, bare)
			dst = appendToolCalls(dst, m.Messages)
		}
		if m.Documents != nil {
			dst = appendDocuments(appendKey(dst, "documents"), m.Documents)
		}
	}
	if io.Raw != "" {
		dst = append(appendKey(dst, "raw"), io.Raw...)
	}
	return append(dst, '}')
}

func appendDocuments(dst []byte, list []record.Document) []byte {
	dst = append(dst, '[')
	for i := range list {
		d := &list[i]
		dst = append(appendComma(dst, '['), '{')
		dst = appendText(dst, "id", d.ID)
		dst = jsontext.AppendString(appendKey(dst, "content"), d.Content)
		if d.Metadata != "" {
			dst = append(appendKey(dst, "metadata"), d.Metadata...)
		}
		if d.Score != 0 && jsontext.IsFinite(d.Score) {
			dst = jsontext.AppendFloat(appendKey(dst, "score"), d.Score)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendComma writes a comma unless dst ends with open, which opened the array.
func appendComma(dst []byte, open byte) []byte {
	if dst[len(dst)-1] == open {
		return dst
	}
	return append(dst, ',')
}
