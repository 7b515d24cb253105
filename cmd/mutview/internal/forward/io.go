package forward

import (
	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/genai"
)

// ioOf returns an input or output in a form for mutagent.Span.SetInput.
func ioOf(in genai.IO) any {
	out := mutagent.IO{Text: in.Text}
	for _, m := range in.Messages {
		out.Messages = append(out.Messages, mutagent.Message{Role: m.Role, Name: m.Name, FinishReason: m.Finish, Parts: partsOf(m.Parts)})
	}
	if len(in.Tools) > 0 {
		out.Messages = append(out.Messages, callsOf(in.Tools))
	}
	for _, d := range in.Documents {
		doc := mutagent.Document{ID: d.ID, Content: d.Content, Metadata: d.Metadata}
		if d.Score != nil {
			doc.Score = *d.Score
		}
		out.Documents = append(out.Documents, doc)
	}
	if in.Raw != nil {
		if out.Messages == nil && out.Documents == nil && out.Text == "" {
			return in.Raw
		}
		out.Raw = in.Raw
	}
	return out
}

func partsOf(list []genai.Part) (parts []mutagent.Part) {
	for _, p := range list {
		part := mutagent.Part{Type: p.Type, Content: p.Text, MIMEType: p.MIMEType, URI: p.URI, Size: p.Size}
		if p.URI != "" || p.Size > 0 { // Text only describes it
			part.Content = ""
		}
		if t := p.Tool; t != nil {
			part.ID, part.Name, part.Arguments, part.Response = t.ID, t.Name, t.Arguments, t.Result
		}
		if part.Type == "tool_result" {
			part.Type = "tool_call_response" // the type in the conventions
		}
		parts = append(parts, part)
	}
	return parts
}

// callsOf returns the message of a model that calls tools without text.
func callsOf(tools []genai.ToolCall) mutagent.Message {
	m := mutagent.Message{Role: "assistant"}
	for _, t := range tools {
		m.Parts = append(m.Parts, mutagent.Part{Type: "tool_call", ID: t.ID, Name: t.Name, Arguments: t.Arguments})
	}
	return m
}
