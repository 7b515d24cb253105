package genai

import (
	"encoding/json"
	"strings"

	"github.com/mutagent-io/mutagent-go/internal/semconv"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// These are the forms of input and output.
type (
	IO       = semconv.IO
	Message  = semconv.Message
	Part     = semconv.Part
	ToolCall = semconv.ToolCall
	Document = semconv.Document
)

// IsPayload reports whether Input or Output shows the attribute with this key.
func IsPayload(key string) bool { return semconv.Payload(key) }

// ParseIO parses an input or output of the MutagenT API.
func ParseIO(raw json.RawMessage) IO { return semconv.ParseIO(raw) }

// Input returns the input of the span.
func Input(s *trace.Span) IO {
	if s.Input != nil {
		return ParseIO(s.Input)
	}
	return semconv.Attributes(s.Attributes).Input(events(s)...)
}

// Output returns the output of the span.
func Output(s *trace.Span) IO {
	if s.Output != nil {
		return ParseIO(s.Output)
	}
	return semconv.Attributes(s.Attributes).Output(events(s)...)
}

// events returns the events that may contain messages.
func events(s *trace.Span) (list []semconv.Event) {
	for i := range s.Events {
		if e := &s.Events[i]; strings.HasPrefix(e.Name, "gen_ai.") {
			list = append(list, semconv.Event{Name: e.Name, Attributes: semconv.Attributes(e.Attributes)})
		}
	}
	return list
}
