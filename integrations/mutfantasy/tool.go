package mutfantasy

import (
	"context"
	"log/slog"

	"charm.land/fantasy"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// Tools returns tools that behave like the given ones and record each run as a span of
// kind tool. A response with IsError sets the status to error, as does a returned
// error. The agent gets both unchanged. Media are recorded by type and size only.
func Tools(all ...fantasy.AgentTool) []fantasy.AgentTool {
	traced := make([]fantasy.AgentTool, len(all))
	for i, t := range all {
		traced[i] = tool{t}
	}
	return traced
}

type tool struct{ fantasy.AgentTool }

func (t tool) Run(ctx context.Context, call fantasy.ToolCall) (res fantasy.ToolResponse, err error) {
	ctx, end := mutagent.Start(ctx, mutagent.KindTool, call.Name, slog.String("gen_ai.tool.call.id", call.ID))
	defer end(&err)
	span := mutagent.FromContext(ctx)
	span.SetInput(mutagent.IO{Raw: genai.ToolData(call.Input)})
	res, err = t.AgentTool.Run(ctx, call)
	if err != nil {
		return res, err
	}
	span.SetOutput(response(res))
	if res.IsError {
		span.SetStatus(mutagent.StatusError, res.Content)
		span.SetAttributes(slog.String("error.type", "tool_error"))
	}
	return res, nil
}

func response(res fantasy.ToolResponse) mutagent.IO {
	if len(res.Data) == 0 {
		return mutagent.IO{Text: res.Content}
	}
	parts := []mutagent.Part{{Type: "blob", MIMEType: res.MediaType, Size: int64(len(res.Data))}}
	if res.Content != "" {
		parts = append(parts, mutagent.Part{Type: "text", Content: res.Content})
	}
	return mutagent.IO{Messages: []mutagent.Message{{Role: "tool", Parts: parts}}}
}
