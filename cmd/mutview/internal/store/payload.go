package store

import (
	"bytes"
	"encoding/json"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/genai"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// payload is the data of a span that is not in columns.
type payload struct {
	OTelKind     int             `json:"k,omitempty"`
	Message      string          `json:"m,omitempty"`
	Input        json.RawMessage `json:"i,omitempty"`
	Output       json.RawMessage `json:"o,omitempty"`
	Attributes   trace.Attrs     `json:"a,omitempty"`
	Events       []trace.Event   `json:"e,omitempty"`
	Links        []trace.Link    `json:"l,omitempty"`
	Scope        string          `json:"s,omitempty"`
	ScopeVersion string          `json:"v,omitempty"`
}

// A row is a span prepared for writing, so that the writer only writes.
type row struct {
	span     *trace.Span
	payload  []byte
	resource string
	input    string // preview; only for spans without a parent, which lists show
	output   string
}

func newRow(s *trace.Span) (row, error) {
	s.Facts = genai.Facts(s)
	body, err := marshal(payload{
		OTelKind: s.OTelKind, Message: s.Message, Input: s.Input, Output: s.Output, Attributes: s.Attributes,
		Events: s.Events, Links: s.Links, Scope: s.Scope, ScopeVersion: s.ScopeVersion,
	})
	if err != nil {
		return row{}, err
	}
	r := row{span: s, payload: body}
	if s.ParentID == "" {
		r.input, r.output = genai.FirstWords(s)
	}
	if len(s.Resource) > 0 {
		text, err := marshal(s.Resource)
		if err != nil {
			return row{}, err
		}
		r.resource = string(text)
	}
	return r, nil
}

// fill sets the fields of s from body, and the values derived from them.
func fill(s *trace.Span, body []byte, resource string) error {
	var p payload
	if err := unmarshal(body, &p); err != nil {
		return err
	}
	s.OTelKind, s.Message, s.Input, s.Output = p.OTelKind, p.Message, p.Input, p.Output
	s.Attributes, s.Events, s.Links = p.Attributes, p.Events, p.Links
	s.Scope, s.ScopeVersion = p.Scope, p.ScopeVersion
	if resource != "" {
		if err := unmarshal([]byte(resource), &s.Resource); err != nil {
			return err
		}
	}
	s.Facts = genai.Facts(s)
	return nil
}

// logBody is the data of a log record that is not in columns.
type logBody struct {
	Observed   trace.Time  `json:"o,omitempty"`
	Level      string      `json:"l,omitempty"`
	Body       any         `json:"b,omitempty"`
	Attributes trace.Attrs `json:"a,omitempty"`
	Scope      string      `json:"s,omitempty"`
}

func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// unmarshal keeps numbers as they were written, because attributes may need all 64
// bits.
func unmarshal(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	return d.Decode(into)
}
