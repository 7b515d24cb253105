package otlp

import (
	"strconv"
	"strings"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/jsontext"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// appendMessages writes messages in the GenAI conventions' schema. The schema requires
// a finish reason for output messages, and has none for input messages.
func appendMessages(dst []byte, messages []record.Message, output bool) []byte {
	dst = append(dst, '[')
	for i := range messages {
		if i > 0 {
			dst = append(dst, ',')
		}
		m := &messages[i]
		dst = append(dst, '{')
		dst = jsontext.AppendString(jsontext.AppendMember(dst, `"role":`), m.Role)
		dst = appendTextMember(dst, `"name":`, m.Name)
		dst = append(jsontext.AppendMember(dst, `"parts":`), '[')
		for j := range m.Parts {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = appendPart(dst, &m.Parts[j])
		}
		dst = append(dst, ']')
		if output {
			dst = appendTextMember(dst, `"finish_reason":`, finishReason(m))
		} else {
			dst = appendTextMember(dst, `"finish_reason":`, m.FinishReason)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

// appendOneText writes a text as a single message.
func appendOneText(dst []byte, text string, output bool) []byte {
	if output {
		dst = append(dst, `[{"role":"assistant","parts":[{"type":"text","content":`...)
		dst = jsontext.AppendString(dst, text)
		return append(dst, `}],"finish_reason":"stop"}]`...)
	}
	dst = append(dst, `[{"role":"user","parts":[{"type":"text","content":`...)
	dst = jsontext.AppendString(dst, text)
	return append(dst, `}]}]`...)
}

// finishReason returns why the model ended m, as far as it is known.
func finishReason(m *record.Message) string {
	if m.FinishReason != "" {
		return m.FinishReason
	}
	for i := range m.Parts {
		if m.Parts[i].Type == "tool_call" {
			return "tool_call"
		}
	}
	return "stop"
}

// finishReasonsOf lists the given finish reasons.
func finishReasonsOf(messages []record.Message) (reasons []string) {
	for i := range messages {
		if r := messages[i].FinishReason; r != "" {
			reasons = append(reasons, r)
		}
	}
	return reasons
}

func appendInputMessages(dst []byte, messages []record.Message) []byte {
	return appendMessages(dst, messages, false)
}

func appendOutputMessages(dst []byte, messages []record.Message) []byte {
	return appendMessages(dst, messages, true)
}

func appendPart(dst []byte, p *record.Part) []byte {
	dst = append(dst, '{')
	dst = jsontext.AppendString(jsontext.AppendMember(dst, `"type":`), p.Type)
	dst = appendTextMember(dst, `"id":`, p.ID)
	dst = appendTextMember(dst, `"name":`, p.Name)
	if p.Content != "" || p.Type == "text" || p.Type == "reasoning" { // these parts are useless without content
		dst = jsontext.AppendString(jsontext.AppendMember(dst, `"content":`), p.Content)
	}
	dst = appendJSONMember(dst, `"arguments":`, p.Arguments)
	dst = appendJSONMember(dst, `"response":`, p.Response)
	dst = appendTextMember(dst, `"modality":`, modality(p.MIMEType))
	dst = appendTextMember(dst, `"mime_type":`, p.MIMEType)
	dst = appendTextMember(dst, `"uri":`, p.URI)
	if p.Size != 0 {
		dst = strconv.AppendInt(jsontext.AppendMember(dst, `"size":`), p.Size, 10)
	}
	return append(dst, '}')
}

// modality returns the conventions' name for a kind of media.
func modality(mimeType string) string {
	switch family, _, _ := strings.Cut(mimeType, "/"); family {
	case "image", "audio", "video":
		return family
	}
	return ""
}

func appendDocuments(dst []byte, list []record.Document) []byte {
	dst = append(dst, '[')
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		d := &list[i]
		dst = append(dst, '{')
		dst = appendTextMember(dst, `"id":`, d.ID)
		dst = appendTextMember(dst, `"content":`, d.Content)
		if d.Score != 0 && jsontext.IsFinite(d.Score) {
			dst = jsontext.AppendFloat(jsontext.AppendMember(dst, `"score":`), d.Score)
		}
		dst = appendJSONMember(dst, `"metadata":`, d.Metadata)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func appendTextMember(dst []byte, key, s string) []byte {
	if s == "" {
		return dst
	}
	return jsontext.AppendString(jsontext.AppendMember(dst, key), s)
}

func appendJSONMember(dst []byte, key string, raw freeze.JSON) []byte {
	if raw == "" {
		return dst
	}
	return append(jsontext.AppendMember(dst, key), raw...)
}

// plain returns the text of io if io has nothing else: a plain text, or one message
// with one part.
func plain(io record.IO) (text string, ok bool) {
	if io.IsText() {
		return io.Text, true
	}
	m := io.More
	if io.Text != "" || io.Raw != "" || m.Documents != nil || len(m.Messages) != 1 || len(m.Messages[0].Parts) != 1 {
		return "", false
	}
	part := &m.Messages[0].Parts[0]
	return part.Content, part.Type == "text"
}

// appendWhole writes all of io as JSON: the only form that was given, or an object with
// several. The function messages writes the messages.
func appendWhole(dst []byte, io record.IO, messages func([]byte, []record.Message) []byte) []byte {
	var m record.Structured
	if io.More != nil {
		m = *io.More
	}
	switch given := forms(io); {
	case given > 1:
	case m.Messages != nil:
		return messages(dst, m.Messages)
	case m.Documents != nil:
		return appendDocuments(dst, m.Documents)
	case io.Raw != "":
		return append(dst, io.Raw...)
	}
	dst = append(dst, '{')
	dst = appendTextMember(dst, `"text":`, io.Text)
	if m.Messages != nil {
		dst = messages(jsontext.AppendMember(dst, `"messages":`), m.Messages)
	}
	if m.Documents != nil {
		dst = appendDocuments(jsontext.AppendMember(dst, `"documents":`), m.Documents)
	}
	dst = appendJSONMember(dst, `"raw":`, io.Raw)
	return append(dst, '}')
}

// forms returns how many forms of io were given.
func forms(io record.IO) (n int) {
	var m record.Structured
	if io.More != nil {
		m = *io.More
	}
	for _, given := range []bool{io.Text != "", io.Raw != "", m.Messages != nil, m.Documents != nil} {
		if given {
			n++
		}
	}
	return n
}
