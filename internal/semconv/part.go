package semconv

import (
	"strconv"
	"strings"
)

// A Part is a piece of a message. Type is text, reasoning, tool_call, tool_result, or
// the sender's word for something that Text only describes. The data of media is not
// kept.
type Part struct {
	Type     string    `json:"type"`
	Text     string    `json:"text,omitempty"`
	Tool     *ToolCall `json:"tool,omitempty"`
	MIMEType string    `json:"mimeType,omitempty"`
	URI      string    `json:"uri,omitempty"`
	Size     int64     `json:"size,omitempty"`
}

// A ToolCall is a call that the model made, or its result.
type ToolCall struct {
	ID        string `json:"id,omitempty"`
	Name      string `json:"name,omitempty"`
	Arguments any    `json:"arguments,omitempty"`
	Result    any    `json:"result,omitempty"`
}

// A Document is one result of a retrieval.
type Document struct {
	ID       string   `json:"id,omitempty"`
	Content  string   `json:"content,omitempty"`
	Score    *float64 `json:"score,omitempty"`
	Metadata any      `json:"metadata,omitempty"`
}

func parts(v any) []Part {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return []Part{{Type: "text", Text: v}}
	case []any:
		var out []Part
		for _, item := range v {
			out = append(out, part(item))
		}
		return out
	}
	return []Part{part(v)}
}

// part reads one part of a message in the types of GenAI, OpenAI, Anthropic and Genkit.
func part(v any) Part {
	m, ok := v.(map[string]any)
	if !ok {
		if text, ok := v.(string); ok {
			return Part{Type: "text", Text: text}
		}
		return Part{Type: "json", Text: JSON(v)}
	}
	switch kind := str(m["type"]); kind {
	case "text", "input_text", "output_text", "":
		if text, ok := or(m["content"], m["text"]).(string); ok {
			if m["thought"] == true { // Gemini's word
				return Part{Type: "reasoning", Text: text}
			}
			return Part{Type: "text", Text: text}
		}
		if p, ok := genkitPart(m); ok {
			return p
		}
		if p, ok := geminiPart(m); ok {
			return p
		}
	case "reasoning", "thinking":
		return Part{Type: "reasoning", Text: str(or(or(m["content"], m["thinking"]), m["text"]))}
	case "tool_call", "tool_use", "function_call":
		return Part{Type: "tool_call", Tool: toolCall(m)}
	case "tool_call_response", "tool_result":
		result := or(or(m["response"], m["result"]), m["content"])
		return Part{Type: "tool_result", Tool: &ToolCall{ID: str(or(m["id"], m["tool_use_id"])), Name: str(m["name"]), Result: parsed(content(result))}}
	case "uri", "blob", "file", "image", "image_url", "input_image", "document", "audio", "video":
		return media(kind, m)
	default:
		return Part{Type: kind, Text: JSON(m)}
	}
	return Part{Type: "json", Text: JSON(m)}
}

// media describes a file. Its bytes are not kept, and nothing is fetched.
func media(kind string, m map[string]any) Part {
	p := Part{Type: kind, MIMEType: clip(str(m["mime_type"])), URI: str(m["uri"])}
	if n, ok := number(m["size"]); ok {
		p.Size = int64(n)
	} else if data, ok := m["content"].(string); ok && kind == "blob" {
		p.Size = int64(len(data) * 3 / 4)
	}
	p.forgetData()
	p.Text = p.describe(m)
	return p
}

// forgetData replaces a data URI by its size.
func (p *Part) forgetData() {
	if strings.HasPrefix(p.URI, "data:") {
		p.Type, p.Size, p.URI = "blob", int64(len(p.URI)*3/4), ""
	}
}

// describe returns a description of a file.
func (p Part) describe(m map[string]any) string {
	words := []string{p.MIMEType, clip(str(m["modality"])), clip(p.URI), clip(str(m["name"])), clip(str(m["id"]))}
	if p.Size > 0 {
		words = append(words, strconv.FormatInt(p.Size, 10))
	}
	if u, ok := m["image_url"].(map[string]any); ok {
		words = append(words, clip(str(u["url"])))
	}
	var said []string
	for _, word := range words {
		if word != "" {
			said = append(said, word)
		}
	}
	return strings.Join(said, " · ")
}

// maxWord is the limit for the kept name of a file.
const maxWord = 200

func clip(s string) string {
	if len(s) <= maxWord {
		return s
	}
	return strings.ToValidUTF8(s[:maxWord], "")
}

func toolCalls(v any) []ToolCall {
	list, _ := v.([]any)
	var out []ToolCall
	for _, item := range list {
		if m, ok := item.(map[string]any); ok {
			out = append(out, *toolCall(m))
		}
	}
	return out
}

func toolCall(m map[string]any) *ToolCall {
	call := &ToolCall{ID: str(or(m["id"], m["call_id"])), Name: str(m["name"]), Result: m["result"]}
	call.Arguments = parsed(or(m["arguments"], m["input"]))
	if f, ok := m["function"].(map[string]any); ok {
		call.Name, call.Arguments = str(f["name"]), parsed(f["arguments"])
	}
	return call
}

func documents(v any) []Document {
	list, _ := v.([]any)
	var out []Document
	for _, item := range list {
		m, ok := item.(map[string]any)
		if !ok {
			out = append(out, Document{Content: JSON(item)})
			continue
		}
		d := Document{ID: str(m["id"]), Content: str(or(m["content"], m["text"])), Metadata: m["metadata"]}
		if score, ok := number(m["score"]); ok {
			d.Score = &score
		}
		out = append(out, d)
	}
	return out
}
