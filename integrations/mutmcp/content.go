package mutmcp

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// An asked describes a request.
type asked struct {
	kind  mutagent.Kind
	name  string
	input mutagent.IO
}

// question returns the request in params, if it is recorded.
func question(params mcp.Params) (asked, bool) {
	switch p := params.(type) {
	case *mcp.CallToolParams: // from a client
		if p != nil {
			return asked{mutagent.KindTool, p.Name, mutagent.IO{Raw: genai.ToolValue(p.Arguments)}}, true
		}
	case *mcp.CallToolParamsRaw: // in a server
		if p != nil {
			return asked{mutagent.KindTool, p.Name, arguments(p)}, true
		}
	case *mcp.ReadResourceParams:
		if p != nil {
			return asked{mutagent.KindRetrieval, p.URI, mutagent.IO{Text: p.URI}}, true
		}
	case *mcp.GetPromptParams:
		if p != nil {
			return asked{mutagent.KindCustom, p.Name, mutagent.IO{Raw: p.Arguments}}, true
		}
	}
	return asked{}, false
}

// arguments returns an empty value instead of null if a client sent none.
func arguments(p *mcp.CallToolParamsRaw) mutagent.IO {
	if len(p.Arguments) == 0 {
		return mutagent.IO{}
	}
	return mutagent.IO{Raw: genai.ToolData(string(p.Arguments))}
}

// answer records the result of a request. Results come from other code and may contain
// nil values, which are left to the caller.
func answer(span *mutagent.Span, res mcp.Result, err error) {
	var refused *jsonrpc.Error
	switch {
	case span == nil:
		return
	case errors.As(err, &refused):
		span.SetAttributes(slog.Int64("rpc.response.status_code", refused.Code))
	}
	defer func() { _ = recover() }()
	switch r := res.(type) {
	case *mcp.CallToolResult:
		if r != nil {
			span.SetOutput(toolOutput(r))
			toolFailure(span, r)
		}
	case *mcp.ReadResourceResult:
		if r != nil {
			span.SetOutput(mutagent.IO{Documents: documents(r.Contents)})
		}
	case *mcp.GetPromptResult:
		if r != nil {
			span.SetOutput(mutagent.IO{Messages: messages(r.Messages)})
		}
	}
}

// toolOutput prefers structured content, because a server that answers with it repeats
// it as text.
func toolOutput(r *mcp.CallToolResult) mutagent.IO {
	if r.StructuredContent != nil {
		return mutagent.IO{Raw: genai.ToolValue(r.StructuredContent)}
	}
	parts := make([]mutagent.Part, len(r.Content))
	for i, c := range r.Content {
		parts[i] = part(c)
	}
	if len(parts) == 1 && parts[0].Type == "text" {
		return mutagent.IO{Text: parts[0].Content}
	}
	if len(parts) == 0 {
		return mutagent.IO{}
	}
	return mutagent.IO{Messages: []mutagent.Message{{Role: "tool", Parts: parts}}}
}

// toolFailure records a tool's failure as an error. In MCP it is a result, which the
// model reads. error.type is the value of OpenTelemetry's conventions.
func toolFailure(span *mutagent.Span, r *mcp.CallToolResult) {
	if !r.IsError {
		return
	}
	message := "the tool failed"
	for _, c := range r.Content {
		if text, ok := c.(*mcp.TextContent); ok && text.Text != "" {
			message = genai.WithoutFiles(text.Text)
			break
		}
	}
	span.SetStatus(mutagent.StatusError, message)
	span.SetAttributes(slog.String("error.type", "tool_error"))
}

func messages(list []*mcp.PromptMessage) []mutagent.Message {
	out := make([]mutagent.Message, 0, len(list))
	for _, m := range list {
		if m != nil {
			out = append(out, mutagent.Message{Role: string(m.Role), Parts: []mutagent.Part{part(m.Content)}})
		}
	}
	return out
}

func documents(list []*mcp.ResourceContents) []mutagent.Document {
	out := make([]mutagent.Document, 0, len(list))
	for _, r := range list {
		if r != nil {
			out = append(out, mutagent.Document{ID: r.URI, Content: cmp.Or(genai.WithoutFiles(r.Text), size(r.Blob))})
		}
	}
	return out
}

// part returns c with type and size instead of the bytes of media, also if they are
// base64 inside a text.
func part(c mcp.Content) mutagent.Part {
	switch c := c.(type) {
	case *mcp.TextContent:
		return mutagent.Part{Type: "text", Content: genai.WithoutFiles(c.Text)}
	case *mcp.ImageContent:
		return mutagent.Part{Type: "blob", MIMEType: c.MIMEType, Size: int64(len(c.Data))}
	case *mcp.AudioContent:
		return mutagent.Part{Type: "blob", MIMEType: c.MIMEType, Size: int64(len(c.Data))}
	case *mcp.ResourceLink:
		return mutagent.Part{Type: "uri", Name: c.Name, MIMEType: c.MIMEType, URI: c.URI}
	case *mcp.EmbeddedResource:
		if r := c.Resource; r != nil {
			return mutagent.Part{Type: "uri", MIMEType: r.MIMEType, URI: r.URI, Content: genai.WithoutFiles(r.Text), Size: int64(len(r.Blob))}
		}
	}
	return mutagent.Part{Type: "generic"}
}

// size returns the text that replaces bytes in a document.
func size(data []byte) string {
	if len(data) == 0 {
		return ""
	}
	return fmt.Sprintf("%d bytes", len(data))
}
