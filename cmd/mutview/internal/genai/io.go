package genai

import (
	"encoding/json"
	"strings"

	"github.com/mutagent-io/mutagent-go/internal/semconv"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// The forms of input and output.
type (
	IO       = semconv.IO
	Message  = semconv.Message
	Part     = semconv.Part
	ToolCall = semconv.ToolCall
	Document = semconv.Document
)

// IsPayload reports whether what stands under a key is shown by Input or Output.
func IsPayload(key string) bool { return semconv.Payload(key) }

// ParseIO reads an input or output as the MutagenT API has it.
func ParseIO(raw json.RawMessage) IO { return semconv.ParseIO(raw) }

// payloadKeys hold input or output, and nothing else.
var payloadKeys = map[string]bool{
	"gen_ai.input.messages": true, "gen_ai.output.messages": true, "gen_ai.system_instructions": true, "gen_ai.prompt": true, "gen_ai.completion": true,
	"gen_ai.tool.call.arguments": true, "gen_ai.tool.call.result": true, "gen_ai.retrieval.query.text": true, "gen_ai.retrieval.documents": true,
	"input.value": true, "input.mime_type": true, "output.value": true, "output.mime_type": true,
	"traceloop.entity.input": true, "traceloop.entity.output": true,
}

// IsPayload reports whether what stands under a key is shown by Input or Output.
func IsPayload(key string) bool {
	if payloadKeys[key] {
		return true
	}
	for _, prefix := range []string{"llm.input_messages.", "llm.output_messages.", "gen_ai.prompt.", "gen_ai.completion.", "retrieval.documents."} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// Input is what went into the span.
func Input(s *trace.Span) IO {
	if s.Input != nil {
		return ParseIO(s.Input)
	}
	return semconv.Attributes(s.Attributes).Input(events(s)...)
}

// Output is what came out of it.
func Output(s *trace.Span) IO {
	if s.Output != nil {
		return ParseIO(s.Output)
	}
	return semconv.Attributes(s.Attributes).Output(events(s)...)
}

// events are those that may hold messages.
func events(s *trace.Span) (list []semconv.Event) {
	for i := range s.Events {
		if e := &s.Events[i]; strings.HasPrefix(e.Name, "gen_ai.") {
			list = append(list, semconv.Event{Name: e.Name, Attributes: semconv.Attributes(e.Attributes)})
		}
	}
	return list
}
