package mutest

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/mutagent-io/mutagent-go"
)

// A payload is an input or output as it is sent: an object in the form of API 0.1, or
// in that of 0.5 a string, which holds a text or the JSON text of such an object.
type payload struct{ mutagent.IO }

func (p *payload) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		if io, ok := structured([]byte(text)); ok {
			p.IO = io
		} else {
			p.IO = mutagent.IO{Text: text}
		}
		return nil
	}
	if io, ok := structured(data); ok {
		p.IO = io
		return nil
	}
	var raw any // API 0.1 takes anything
	err := unmarshal(data, &raw)
	p.IO = mutagent.IO{Raw: plain(raw)}
	return err
}

// forms are the keys of a structured input or output.
var forms = []string{"text", "messages", "toolCalls", "documents", "raw"}

// structured reads an object that has forms for keys, and reports whether data is one.
func structured(data []byte) (io mutagent.IO, ok bool) {
	var keys map[string]json.RawMessage
	if json.Unmarshal(data, &keys) != nil || len(keys) == 0 {
		return io, false
	}
	for key := range keys {
		if !slices.Contains(forms, key) {
			return io, false
		}
	}
	var obj object
	if unmarshal(data, &obj) != nil {
		return io, false
	}
	return obj.public(), true
}

type object struct {
	Text      string     `json:"text"`
	Messages  []message  `json:"messages"`
	ToolCalls []toolCall `json:"toolCalls"`
	Documents []document `json:"documents"`
	Raw       any        `json:"raw"`
}

type message struct {
	Role         string   `json:"role"`
	Content      any      `json:"content"`
	Name         string   `json:"name"`
	ToolCallID   string   `json:"toolCallId"`
	ToolCallIDs  []string `json:"toolCallIds"`
	FinishReason string   `json:"finishReason"`
	Parts        []part   `json:"parts"`
}

type toolCall struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments any    `json:"arguments"`
	Result    any    `json:"result"`
}

// A part has the fields of a mutagent.Part, to be converted into one.
type part struct {
	Type      string `json:"type"`
	Content   string `json:"content"`
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments any    `json:"arguments"`
	Response  any    `json:"response"`
	MIMEType  string `json:"mime_type"`
	URI       string `json:"uri"`
	Size      int64  `json:"size"`
}

// A document has the fields of a mutagent.Document, to be converted into one.
type document struct {
	ID       string  `json:"id"`
	Content  string  `json:"content"`
	Score    float64 `json:"score"`
	Metadata any     `json:"metadata"`
}

func (o *object) public() mutagent.IO {
	io := mutagent.IO{Text: o.Text, Raw: plain(o.Raw)}
	left := o.calls()
	for _, m := range o.Messages {
		io.Messages = append(io.Messages, m.public(&left))
	}
	if len(left) > 0 { // of no message; a model made them all the same
		m := mutagent.Message{Role: "assistant"}
		for _, c := range left {
			m.Parts = append(m.Parts, c.public())
		}
		io.Messages = append(io.Messages, m)
	}
	for _, d := range o.Documents {
		d.Metadata = plain(d.Metadata)
		io.Documents = append(io.Documents, mutagent.Document(d))
	}
	return io
}

// calls returns the calls beside the messages. A result that a message has is that
// message's.
func (o *object) calls() calls {
	list := slices.Clone(o.ToolCalls)
	for i := range list {
		id := list[i].ID
		answers := func(m message) bool {
			return m.ToolCallID == id || slices.ContainsFunc(m.Parts, func(p part) bool { return p.Type == "tool_call_response" && p.ID == id })
		}
		if id != "" && slices.ContainsFunc(o.Messages, answers) {
			list[i].Result = nil
		}
	}
	return list
}

// calls are those that stand beside the messages, in the order of these.
type calls []toolCall

// take removes the first call that has the id, and returns it.
func (list *calls) take(id string) (c toolCall, ok bool) {
	i := slices.IndexFunc(*list, func(c toolCall) bool { return c.ID == id })
	if i < 0 {
		return c, false
	}
	c = (*list)[i]
	*list = slices.Delete(*list, i, i+1)
	return c, true
}

func (c *toolCall) public() mutagent.Part {
	return mutagent.Part{Type: "tool_call", ID: c.ID, Name: c.Name, Arguments: plain(c.Arguments), Response: plain(c.Result)}
}

// public returns m, and takes the calls that it made. If m has parts, they say it all.
func (m *message) public(left *calls) mutagent.Message {
	pub := mutagent.Message{Role: m.Role, Name: m.Name, FinishReason: m.FinishReason}
	switch {
	case len(m.Parts) > 0:
		pub.Content, pub.Parts = publicParts(m.Parts, left)
		return pub
	case m.ToolCallID != "":
		pub.Parts = []mutagent.Part{{Type: "tool_call_response", ID: m.ToolCallID, Response: response(m.Content)}}
	default:
		pub.Content, _ = m.Content.(string)
	}
	for _, id := range m.ToolCallIDs {
		if c, ok := left.take(id); ok {
			pub.Parts = append(pub.Parts, c.public())
		}
	}
	return pub
}

func publicParts(parts []part, left *calls) (content string, pub []mutagent.Part) {
	for i, p := range parts {
		if p.Type == "tool_call" {
			left.take(p.ID)
		}
		if i == 0 && p.Type == "text" {
			content = p.Content
			continue
		}
		p.Arguments, p.Response = plain(p.Arguments), plain(p.Response)
		pub = append(pub, mutagent.Part(p))
	}
	return content, pub
}

// response returns what a tool answered: a text, or what an object or array in JSON
// stands for.
func response(content any) any {
	text, ok := content.(string)
	if !ok {
		return plain(content)
	}
	var v any
	if strings.IndexAny(text, "{[") == 0 && unmarshal([]byte(text), &v) == nil {
		return plain(v)
	}
	return text
}
