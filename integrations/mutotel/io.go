package mutotel

import (
	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// ioOf returns an input or output in a form for [mutagent.Span.SetInput], or nil if it
// is empty.
func ioOf(in semconv.IO) any {
	if in.Empty() {
		return nil
	}
	if only := in.Only(); only != nil {
		return only
	}
	out := mutagent.IO{Text: in.Text}
	for _, m := range in.Turns() {
		to := mutagent.Message{Role: m.Role, Name: m.Name, FinishReason: m.Finish}
		for _, p := range m.Parts {
			to.Parts = append(to.Parts, mutagent.Part(p.Data()))
		}
		out.Messages = append(out.Messages, to)
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
