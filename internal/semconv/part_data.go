package semconv

// Turns returns the messages. Tool calls of a model that said nothing else are in a
// message of their own.
func (io IO) Turns() []Message {
	if len(io.Tools) == 0 {
		return io.Messages
	}
	m := Message{Role: "assistant"}
	for _, call := range io.Tools {
		m.Parts = append(m.Parts, Part{Type: "tool_call", Tool: &call})
	}
	return append(io.Messages[:len(io.Messages):len(io.Messages)], m)
}

// Only returns the value if io has nothing else, or nil.
func (io IO) Only() any {
	if io.Raw == nil || io.Text != "" || len(io.Messages)+len(io.Tools)+len(io.Documents) > 0 {
		return nil
	}
	return io.Raw
}

// A PartData is a part as a program gives it to this SDK. It has the fields of
// mutagent.Part, to which it can be converted.
type PartData struct {
	Type      string
	Content   string
	ID        string
	Name      string
	Arguments any
	Response  any
	MIMEType  string
	URI       string
	Size      int64
}

// Data returns the part as a program gives it.
func (p Part) Data() PartData {
	g := PartData{Type: p.Type, Content: p.Text, MIMEType: p.MIMEType, URI: p.URI, Size: p.Size}
	if p.URI != "" || p.Size > 0 { // Text only describes the media
		g.Content = ""
	}
	if t := p.Tool; t != nil {
		g.ID, g.Name, g.Arguments, g.Response = t.ID, t.Name, t.Arguments, t.Result
	}
	if p.Type == "tool_result" {
		g.Type = "tool_call_response" // the type in the conventions
	}
	return g
}
