package mutotel

import (
	"encoding/json"
	"fmt"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/mutagent-io/mutagent-go"
)

// Where conventions and libraries put what went in and what came out, the most exact
// first.
var (
	inputKeys = []attribute.Key{
		"gen_ai.input.messages", "gen_ai.system_instructions", "gen_ai.tool.call.arguments", "gen_ai.retrieval.query.text", "input.value",
		"traceloop.entity.input", "gcp.vertex.agent.tool_call_args", "genkit:input", "gen_ai.prompt",
	}
	outputKeys = []attribute.Key{
		"gen_ai.output.messages", "gen_ai.tool.call.result", "gen_ai.retrieval.documents", "output.value",
		"traceloop.entity.output", "gcp.vertex.agent.tool_response", "genkit:output", "gen_ai.completion",
	}
)

// input is in a form of [mutagent.Span.SetInput], nil if there is none.
func (a attributes) input() any {
	messages := append(a.system(), messages(a.text("gen_ai.input.messages"))...)
	if len(messages) == 0 {
		messages = a.numbered("llm.input_messages.%d.message.", "gen_ai.prompt.%d.")
	}
	return a.content(messages, inputKeys)
}

// output is in a form of [mutagent.Span.SetOutput], nil if there is none.
func (a attributes) output() any {
	list := messages(a.text("gen_ai.output.messages"))
	if len(list) == 0 {
		list = a.numbered("llm.output_messages.%d.message.", "gen_ai.completion.%d.")
	}
	if docs := documents(a.text("gen_ai.retrieval.documents")); len(list) == 0 && len(docs) > 0 {
		return docs
	}
	return a.content(list, outputKeys)
}

// content is the messages, or else what is under the first of the keys: JSON as what it
// is, any other text as text.
func (a attributes) content(messages []mutagent.Message, keys []attribute.Key) any {
	if len(messages) > 0 {
		return messages
	}
	text := a.text(keys...)
	if text == "" {
		return nil
	}
	if strings.ContainsAny(text[:1], `{["`) && json.Valid([]byte(text)) {
		var s string
		if json.Unmarshal([]byte(text), &s) == nil { // OpenLLMetry and Genkit write a text as JSON
			return s
		}
		return json.RawMessage(text)
	}
	return text
}

// A part is one of the GenAI schema of messages.
type part struct {
	Type      string          `json:"type"`
	Content   any             `json:"content"`
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
	Response  json.RawMessage `json:"response"`
	Result    json.RawMessage `json:"result"` // what the conventions' tables call it
	MIMEType  string          `json:"mime_type"`
	URI       string          `json:"uri"`
}

func (p *part) ours() mutagent.Part {
	out := mutagent.Part{Type: p.Type, ID: p.ID, Name: p.Name, MIMEType: p.MIMEType, URI: p.URI}
	if out.Content, _ = p.Content.(string); p.Type == "blob" {
		out.Size, out.Content = int64(len(out.Content)*3/4), "" // media is only named
	}
	if len(p.Arguments) > 0 {
		out.Arguments = p.Arguments
	}
	if p.Response == nil {
		p.Response = p.Result
	}
	if len(p.Response) > 0 {
		out.Response = p.Response
	}
	return out
}

func parts(list []part) (out []mutagent.Part) {
	for i := range list {
		out = append(out, list[i].ours())
	}
	return out
}

// messages reads gen_ai.input.messages and gen_ai.output.messages.
func messages(text string) (out []mutagent.Message) {
	var list []struct {
		Role, Name   string
		Parts        []part
		FinishReason string `json:"finish_reason"`
	}
	if json.Unmarshal([]byte(text), &list) != nil {
		return nil
	}
	for _, m := range list {
		out = append(out, mutagent.Message{Role: m.Role, Name: m.Name, FinishReason: m.FinishReason, Parts: parts(m.Parts)})
	}
	return out
}

func (a attributes) system() []mutagent.Message {
	var list []part
	if json.Unmarshal([]byte(a.text("gen_ai.system_instructions")), &list) != nil || len(list) == 0 {
		return nil
	}
	return []mutagent.Message{{Role: "system", Parts: parts(list)}}
}

func documents(text string) []mutagent.Document {
	var list []mutagent.Document // its field names are the conventions', but for case
	if json.Unmarshal([]byte(text), &list) != nil {
		return nil
	}
	return list
}

// maxMessages bounds a list that is written as numbered keys.
const maxMessages = 10_000

// numbered reads messages of OpenInference and OpenLLMetry, in keys such as
// llm.input_messages.0.message.role and gen_ai.prompt.0.role.
func (a attributes) numbered(prefixes ...string) (out []mutagent.Message) {
	for _, prefix := range prefixes {
		for i := range maxMessages {
			at := attribute.Key(fmt.Sprintf(prefix, i))
			m := mutagent.Message{
				Role: a.text(at + "role"), Content: a.text(at+"content", at+"contents.0.message_content.text"),
				FinishReason: a.text(at + "finish_reason"), Parts: a.calls(at),
			}
			if m.Role == "" && m.Content == "" && m.Parts == nil {
				break
			}
			out = append(out, m)
		}
		if len(out) > 0 {
			break
		}
	}
	return out
}

func (a attributes) calls(at attribute.Key) (out []mutagent.Part) {
	for i := range maxMessages {
		call := at + attribute.Key(fmt.Sprintf("tool_calls.%d.", i))
		name := a.text(call+"tool_call.function.name", call+"name")
		if name == "" {
			break
		}
		p := mutagent.Part{Type: "tool_call", Name: name, ID: a.text(call+"tool_call.id", call+"id")}
		if args := a.text(call+"tool_call.function.arguments", call+"arguments"); json.Valid([]byte(args)) {
			p.Arguments = json.RawMessage(args)
		}
		out = append(out, p)
	}
	return out
}
