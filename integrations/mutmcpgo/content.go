package mutmcpgo

import (
	"fmt"
	"log/slog"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// arguments returns an empty value instead of null if a client sent none.
func arguments(req mcp.CallToolRequest) mutagent.IO {
	if raw := req.GetRawArguments(); raw != nil {
		return mutagent.IO{Raw: genai.ToolValue(raw)}
	}
	return mutagent.IO{}
}

// toolAnswer records the result of a tool. In MCP the failure of a tool is a result,
// which the model reads; the span records it as an error. error.type is the value of
// OpenTelemetry's conventions.
func toolAnswer(span *mutagent.Span, res *mcp.CallToolResult, err error) {
	if res == nil || err != nil {
		return
	}
	span.SetOutput(toolOutput(res))
	if !res.IsError {
		return
	}
	message := "the tool failed"
	for _, c := range res.Content {
		if text, ok := c.(mcp.TextContent); ok && text.Text != "" {
			message = genai.WithoutFiles(text.Text)
			break
		}
	}
	span.SetStatus(mutagent.StatusError, message)
	span.SetAttributes(slog.String("error.type", "tool_error"))
}

// toolOutput prefers structured content, because a server that answers with it repeats
// it as text.
func toolOutput(res *mcp.CallToolResult) mutagent.IO {
	switch {
	case len(res.RawStructuredContent) > 0:
		return mutagent.IO{Raw: genai.ToolData(string(res.RawStructuredContent))}
	case res.StructuredContent != nil:
		return mutagent.IO{Raw: genai.ToolValue(res.StructuredContent)}
	case len(res.Content) == 0:
		return mutagent.IO{}
	}
	parts := make([]mutagent.Part, len(res.Content))
	for i, c := range res.Content {
		parts[i] = part(c)
	}
	if len(parts) == 1 && parts[0].Type == "text" {
		return mutagent.IO{Text: parts[0].Content}
	}
	return mutagent.IO{Messages: []mutagent.Message{{Role: "tool", Parts: parts}}}
}

func resourceAnswer(span *mutagent.Span, contents []mcp.ResourceContents) {
	if contents == nil {
		return
	}
	documents := make([]mutagent.Document, 0, len(contents))
	for _, c := range contents {
		switch c := c.(type) {
		case mcp.TextResourceContents:
			documents = append(documents, mutagent.Document{ID: c.URI, Content: genai.WithoutFiles(c.Text)})
		case mcp.BlobResourceContents:
			documents = append(documents, mutagent.Document{ID: c.URI, Content: fmt.Sprintf("%d bytes", genai.Blob(c.Blob, c.MIMEType).Size)})
		}
	}
	span.SetOutput(mutagent.IO{Documents: documents})
}

func promptAnswer(span *mutagent.Span, res *mcp.GetPromptResult) {
	if res == nil {
		return
	}
	messages := make([]mutagent.Message, len(res.Messages))
	for i, m := range res.Messages {
		messages[i] = mutagent.Message{Role: string(m.Role), Parts: []mutagent.Part{part(m.Content)}}
	}
	span.SetOutput(mutagent.IO{Messages: messages})
}

// part returns c with type and size instead of the bytes of media, also if they are
// base64 inside a text.
func part(c mcp.Content) mutagent.Part {
	switch c := c.(type) {
	case mcp.TextContent:
		return mutagent.Part{Type: "text", Content: genai.WithoutFiles(c.Text)}
	case mcp.ImageContent:
		return mutagent.Part(genai.Blob(c.Data, c.MIMEType))
	case mcp.AudioContent:
		return mutagent.Part(genai.Blob(c.Data, c.MIMEType))
	case mcp.ResourceLink:
		return mutagent.Part{Type: "uri", Name: c.Name, MIMEType: c.MIMEType, URI: c.URI}
	case mcp.EmbeddedResource:
		switch r := c.Resource.(type) {
		case mcp.TextResourceContents:
			return mutagent.Part{Type: "uri", MIMEType: r.MIMEType, URI: r.URI, Content: genai.WithoutFiles(r.Text)}
		case mcp.BlobResourceContents:
			return mutagent.Part{Type: "uri", MIMEType: r.MIMEType, URI: r.URI, Size: genai.Blob(r.Blob, r.MIMEType).Size}
		}
	}
	return mutagent.Part{Type: "generic"}
}
