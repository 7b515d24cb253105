package mutfantasy

import (
	"fmt"
	"strings"

	"charm.land/fantasy"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

func messages(prompt []fantasy.Message) []mutagent.Message {
	out := make([]mutagent.Message, len(prompt))
	for i, m := range prompt {
		parts := make([]mutagent.Part, len(m.Content))
		for j, p := range m.Content {
			parts[j] = part(p)
		}
		out[i] = mutagent.Message{Role: string(m.Role), Parts: parts}
	}
	return out
}

// part returns p, with only type and size of media.
func part(p fantasy.MessagePart) mutagent.Part {
	if text, ok := fantasy.AsMessagePart[fantasy.TextPart](p); ok {
		return mutagent.Part{Type: "text", Content: text.Text}
	}
	if reasoning, ok := fantasy.AsMessagePart[fantasy.ReasoningPart](p); ok {
		return mutagent.Part{Type: "reasoning", Content: reasoning.Text}
	}
	if file, ok := fantasy.AsMessagePart[fantasy.FilePart](p); ok {
		return mutagent.Part{Type: "blob", Name: file.Filename, MIMEType: file.MediaType, Size: int64(len(file.Data))}
	}
	if call, ok := fantasy.AsMessagePart[fantasy.ToolCallPart](p); ok {
		return toolCall(call.ToolCallID, call.ToolName, call.Input)
	}
	if result, ok := fantasy.AsMessagePart[fantasy.ToolResultPart](p); ok {
		return toolResult(result.ToolCallID, "", result.Output)
	}
	return mutagent.Part{Type: fmt.Sprintf("%T", p)}
}

// answer returns the answer of a model as one message.
func answer(content []fantasy.Content, reason fantasy.FinishReason) mutagent.IO {
	m := mutagent.Message{Role: "assistant"}
	calls := false
	for _, c := range content {
		_, call := fantasy.AsContentType[fantasy.ToolCallContent](c)
		calls = calls || call
		m.Parts = append(m.Parts, piece(c))
	}
	m.FinishReason = finishReason(reason, calls)
	if len(m.Parts) == 0 && m.FinishReason == "" {
		return mutagent.IO{}
	}
	return mutagent.IO{Messages: []mutagent.Message{m}}
}

// piece is like part, for the content of an answer.
func piece(c fantasy.Content) mutagent.Part {
	if text, ok := fantasy.AsContentType[fantasy.TextContent](c); ok {
		return mutagent.Part{Type: "text", Content: text.Text}
	}
	if reasoning, ok := fantasy.AsContentType[fantasy.ReasoningContent](c); ok {
		return mutagent.Part{Type: "reasoning", Content: reasoning.Text}
	}
	if file, ok := fantasy.AsContentType[fantasy.FileContent](c); ok {
		return mutagent.Part{Type: "blob", MIMEType: file.MediaType, Size: int64(len(file.Data))}
	}
	if source, ok := fantasy.AsContentType[fantasy.SourceContent](c); ok {
		return mutagent.Part{Type: "uri", ID: source.ID, Name: source.Title, MIMEType: source.MediaType, URI: source.URL}
	}
	if call, ok := fantasy.AsContentType[fantasy.ToolCallContent](c); ok {
		return toolCall(call.ToolCallID, call.ToolName, call.Input)
	}
	if result, ok := fantasy.AsContentType[fantasy.ToolResultContent](c); ok {
		return toolResult(result.ToolCallID, result.ToolName, result.Result)
	}
	return mutagent.Part{Type: fmt.Sprintf("%T", c)}
}

func toolCall(id, name, input string) mutagent.Part {
	return mutagent.Part{Type: "tool_call", ID: id, Name: name, Arguments: genai.ToolData(input)}
}

func toolResult(id, name string, output fantasy.ToolResultOutputContent) mutagent.Part {
	p := mutagent.Part{Type: "tool_call_response", ID: id, Name: name}
	if text, ok := fantasy.AsToolResultOutputType[fantasy.ToolResultOutputContentText](output); ok {
		p.Response = genai.ToolData(text.Text)
	} else if failed, ok := fantasy.AsToolResultOutputType[fantasy.ToolResultOutputContentError](output); ok && failed.Error != nil {
		p.Response = failed.Error.Error()
	} else if media, ok := fantasy.AsToolResultOutputType[fantasy.ToolResultOutputContentMedia](output); ok {
		file := genai.Blob(media.Data, media.MediaType)
		p.MIMEType, p.Size, p.Response = file.MIMEType, file.Size, media.Text
	}
	return p
}

// finishReason returns the finish reason of OpenTelemetry's conventions. Fantasy's
// reasons contain hyphens.
func finishReason(reason fantasy.FinishReason, calls bool) string {
	if reason == fantasy.FinishReasonUnknown {
		return ""
	}
	return genai.FinishReason(strings.ReplaceAll(string(reason), "-", "_"), calls)
}
