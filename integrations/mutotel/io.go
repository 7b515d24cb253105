package mutotel

import (
	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// ioOf returns an input or output in a form for [mutagent.Span.SetInput], or nil if it
// is empty.
func ioOf(in semconv.IO) any {
	switch {
	case in.Empty():
		return nil
	case in.Raw != nil && in.Text == "" && in.Messages == nil && in.Documents == nil:
		return in.Raw
	}
	out := mutagent.IO{Text: in.Text}
	for _, m := range in.Messages {
		out.Messages = append(out.Messages, mutagent.Message{Role: m.Role, Name: m.Name, FinishReason: m.Finish, Parts: partsOf(m.Parts)})
	}
	if len(in.Tools) > 0 { // tool calls of a model without other output
		m := mutagent.Message{Role: "assistant"}
		for _, call := range in.Tools {
			m.Parts = append(m.Parts, partOf(semconv.Part{Type: "tool_call", Tool: &call}))
		}
		out.Messages = append(out.Messages, m)
	}
	for _, d := range in.Documents {
		doc := mutagent.Document{ID: d.ID, Content: d.Content, Metadata: d.Metadata}
		if d.Score != nil {
			doc.Score = *d.Score
		}
		out.Documents = append(out.Documents, doc)
	}
	if in.Raw != nil {
		out.Raw = in.Raw
	}
	return out
}

func partsOf(list []semconv.Part) (out []mutagent.Part) {
	for _, p := range list {
		out = append(out, partOf(p))
	}
	return out
}

func partOf(p semconv.Part) mutagent.Part {
	out := mutagent.Part{Type: p.Type, Content: p.Text, MIMEType: p.MIMEType, URI: p.URI, Size: p.Size}
	if p.URI != "" || p.Size > 0 { // Text only describes the media
		out.Content = ""
	}
	if t := p.Tool; t != nil {
		out.ID, out.Name, out.Arguments, out.Response = t.ID, t.Name, t.Arguments, t.Result
	}
	if p.Type == "tool_result" {
		out.Type = "tool_call_response" // the type in the conventions
	}
	return out
}
