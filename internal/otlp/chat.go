package otlp

import (
	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/jsontext"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// appendChat writes messages in the form of OpenAI's chat completions, which most
// viewers know. MLflow shows it as a chat. It shows the GenAI conventions' form as YAML
// if it does not know one of the parts, such as reasoning.
func appendChat(dst []byte, messages []record.Message) []byte {
	dst = append(dst, '[')
	for i := range messages {
		m := &messages[i]
		c := chatMessage{message: m}
		for j := range m.Parts {
			switch p := &m.Parts[j]; p.Type {
			case "tool_call_response":
				dst = appendToolMessage(appendItem(dst), m, p)
				c.responses++
			case "tool_call":
				c.calls++
			case "reasoning":
				c.reasonings++
			}
		}
		if c.responses == 0 || c.responses < len(m.Parts) {
			dst = c.append(appendItem(dst))
		}
	}
	return append(dst, ']')
}

// appendItem starts the next item of the array that dst ends in.
func appendItem(dst []byte) []byte {
	if dst[len(dst)-1] == '[' {
		return dst
	}
	return append(dst, ',')
}

// appendToolMessage writes the response of a tool. A chat has a separate message for
// it.
func appendToolMessage(dst []byte, m *record.Message, p *record.Part) []byte {
	dst = append(dst, `{"role":"tool"`...)
	dst = appendTextMember(dst, `"name":`, m.Name)
	dst = appendTextMember(dst, `"tool_call_id":`, p.ID)
	dst = append(dst, `,"content":`...)
	if len(p.Response) == 0 {
		dst = jsontext.AppendString(dst, p.Content)
	} else {
		dst = appendJSONText(dst, p.Response)
	}
	return append(dst, '}')
}

// appendJSONText writes a JSON value as a string: the content of a string, or the JSON
// text of any other value.
func appendJSONText(dst []byte, raw freeze.JSON) []byte {
	if raw[0] == '"' {
		return append(dst, raw...)
	}
	return jsontext.AppendString(dst, string(raw))
}

// A chatMessage is a message with the indexes of its parts that are not content.
type chatMessage struct {
	message                      *record.Message
	responses, calls, reasonings int
}

func (c *chatMessage) append(dst []byte) []byte {
	m := c.message
	dst = append(dst, '{')
	dst = jsontext.AppendString(jsontext.AppendMember(dst, `"role":`), m.Role)
	dst = appendTextMember(dst, `"name":`, m.Name)
	if content := len(m.Parts) - c.responses - c.calls - c.reasonings; content > 0 {
		dst = append(dst, `,"content":`...)
		dst = appendContent(dst, m.Parts, content)
	}
	if c.reasonings > 0 {
		text := ""
		for i := range m.Parts {
			if p := &m.Parts[i]; p.Type == "reasoning" {
				text += valid(p.Content) // validated separately, or two halves could form a character
			}
		}
		dst = jsontext.AppendString(append(dst, `,"reasoning_content":`...), text)
	}
	if c.calls > 0 {
		dst = append(dst, `,"tool_calls":[`...)
		for i := range m.Parts {
			if p := &m.Parts[i]; p.Type == "tool_call" {
				dst = appendCall(appendItem(dst), p)
			}
		}
		dst = append(dst, ']')
	}
	dst = appendTextMember(dst, `"finish_reason":`, m.FinishReason)
	return append(dst, '}')
}

func appendCall(dst []byte, p *record.Part) []byte {
	dst = append(dst, `{"id":`...)
	dst = jsontext.AppendString(dst, p.ID)
	dst = append(dst, `,"type":"function","function":{"name":`...)
	dst = jsontext.AppendString(dst, p.Name)
	dst = append(dst, `,"arguments":`...)
	if len(p.Arguments) == 0 {
		dst = append(dst, `"{}"`...)
	} else {
		dst = appendJSONText(dst, p.Arguments)
	}
	return append(dst, `}}`...)
}

// appendContent writes the n parts that are content. A single text is written as a
// string, anything else as a list.
func appendContent(dst []byte, parts []record.Part, n int) []byte {
	whole := dst
	dst = append(dst, '[')
	for i := range parts {
		switch p := &parts[i]; {
		case p.Type == "reasoning" || p.Type == "tool_call" || p.Type == "tool_call_response":
		case n == 1 && p.Type == "text":
			return jsontext.AppendString(whole, p.Content)
		case p.Type != "text" && modality(p.MIMEType) == "image" && p.URI != "":
			dst = append(appendItem(dst), `{"type":"image_url","image_url":{"url":`...)
			dst = append(jsontext.AppendString(dst, p.URI), `}}`...)
		default:
			dst = append(appendItem(dst), `{"type":"text","text":`...)
			dst = append(jsontext.AppendString(dst, contentText(p)), '}')
		}
	}
	return append(dst, ']')
}

// contentText returns the text that represents a part.
func contentText(p *record.Part) string {
	switch {
	case p.Type == "text":
		return p.Content
	case p.URI != "":
		return p.URI
	}
	return "[" + p.Type + " " + p.MIMEType + "]"
}
