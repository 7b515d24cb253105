package mutagentapi

import (
	"strconv"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/jsontext"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// The types of parts that the Python module's messages can express.
const (
	partText     = "text"
	partCall     = "tool_call"
	partResponse = "tool_call_response"
)

func appendMessages(dst []byte, list []record.Message, bare bool) []byte {
	dst = append(dst, '[')
	for i := range list {
		dst = appendMessage(appendComma(dst, '['), &list[i], bare)
	}
	return append(dst, ']')
}

// appendMessage writes role, content, name and toolCallId as the Python module does.
// Two keys are additions of this package. toolCallIds lists the message's calls, which
// are in toolCalls beside the messages. parts has everything in OpenTelemetry's form,
// if the message has more than texts and calls.
func appendMessage(dst []byte, m *record.Message, bare bool) []byte {
	dst = append(dst, '{')
	dst = jsontext.AppendString(appendKey(dst, "role"), m.Role)
	dst = appendContent(appendKey(dst, "content"), m)
	dst = appendText(dst, "name", m.Name)
	if len(m.Parts) > 0 && m.Parts[0].Type == partResponse {
		dst = appendText(dst, "toolCallId", m.Parts[0].ID)
	}
	plain, calls := true, 0
	for i := range m.Parts {
		p := &m.Parts[i]
		plain = plain && isPlain(p, i, len(m.Parts))
		if p.Type == partCall && p.ID != "" {
			calls++
		}
	}
	if calls > 0 && !bare {
		dst = append(appendKey(dst, "toolCallIds"), '[')
		for i := range m.Parts {
			if p := &m.Parts[i]; p.Type == partCall && p.ID != "" {
				dst = jsontext.AppendString(appendComma(dst, '['), p.ID)
			}
		}
		dst = append(dst, ']')
	}
	if !plain {
		dst = AppendParts(appendKey(dst, "parts"), m.Parts)
	}
	dst = appendText(dst, "finishReason", m.FinishReason)
	return append(dst, '}')
}

// isPlain reports whether everything about the i-th of n parts can be expressed without
// "parts": an initial text, a call, or the only response of a tool to a call with an
// ID.
func isPlain(p *record.Part, i, n int) bool {
	if p.MIMEType != "" || p.URI != "" || p.Size != 0 {
		return false
	}
	switch p.Type {
	case partText:
		return i == 0 && p.ID == "" && p.Name == "" && p.Arguments == "" && p.Response == ""
	case partCall:
		return p.ID != "" && p.Content == ""
	case partResponse:
		return n == 1 && p.ID != "" && p.Name == "" && p.Arguments == "" && (p.Content == "" || p.Response == "")
	}
	return false
}

// appendContent writes the texts of a message, or the response of a tool. A JSON string
// is written as its text, any other response as JSON.
func appendContent(dst []byte, m *record.Message) []byte {
	if len(m.Parts) == 1 {
		switch p := &m.Parts[0]; {
		case p.Type == partText:
			return jsontext.AppendString(dst, p.Content)
		case p.Type == partResponse && len(p.Response) > 0 && p.Response[0] == '"':
			return append(dst, p.Response...)
		case p.Type == partResponse && p.Response != "":
			return jsontext.AppendString(dst, string(p.Response))
		case p.Type == partResponse:
			return jsontext.AppendString(dst, p.Content)
		}
	}
	text := ""
	for i := range m.Parts {
		if p := &m.Parts[i]; p.Type == partText {
			if text != "" {
				text += "\n"
			}
			text += p.Content
		}
	}
	return jsontext.AppendString(dst, text)
}

// appendToolCalls writes the calls of all messages, each with its result if a message
// has one.
func appendToolCalls(dst []byte, messages []record.Message) []byte {
	opened := false
	for i := range messages {
		for j := range messages[i].Parts {
			p := &messages[i].Parts[j]
			if p.Type != partCall {
				continue
			}
			if !opened {
				dst, opened = append(appendKey(dst, "toolCalls"), '['), true
			}
			dst = append(appendComma(dst, '['), '{')
			dst = jsontext.AppendString(appendKey(dst, "id"), p.ID)
			dst = jsontext.AppendString(appendKey(dst, "name"), p.Name)
			dst = appendKey(dst, "arguments")
			if p.Arguments != "" {
				dst = append(dst, p.Arguments...)
			} else {
				dst = append(dst, "{}"...)
			}
			result := p.Response
			if result == "" {
				result = responseTo(messages, p.ID)
			}
			if result != "" {
				dst = append(appendKey(dst, "result"), result...)
			}
			dst = append(dst, '}')
		}
	}
	if opened {
		dst = append(dst, ']')
	}
	return dst
}

// manyMessages is the number of messages from which results are not searched for. The
// search is quadratic, and the messages have the results anyway.
const manyMessages = 64

func responseTo(messages []record.Message, id string) freeze.JSON {
	if id == "" || len(messages) > manyMessages {
		return ""
	}
	for i := range messages {
		for j := range messages[i].Parts {
			if p := &messages[i].Parts[j]; p.Type == partResponse && p.ID == id {
				return p.Response
			}
		}
	}
	return ""
}

// AppendParts writes parts in the form of OpenTelemetry's GenAI conventions.
func AppendParts(dst []byte, parts []record.Part) []byte {
	dst = append(dst, '[')
	for i := range parts {
		p := &parts[i]
		dst = append(appendComma(dst, '['), '{')
		dst = jsontext.AppendString(appendKey(dst, "type"), p.Type)
		dst = appendText(dst, "id", p.ID)
		dst = appendText(dst, "name", p.Name)
		dst = appendText(dst, "content", p.Content)
		if p.Arguments != "" {
			dst = append(appendKey(dst, "arguments"), p.Arguments...)
		}
		if p.Response != "" {
			dst = append(appendKey(dst, "response"), p.Response...)
		}
		dst = appendText(dst, "mime_type", p.MIMEType)
		dst = appendText(dst, "uri", p.URI)
		if p.Size > 0 {
			dst = strconv.AppendInt(appendKey(dst, "size"), p.Size, 10)
		}
		dst = append(dst, '}')
	}
	return append(dst, ']')
}
