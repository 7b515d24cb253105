package muteino

import (
	"encoding/json"
	"log/slog"
	"reflect"

	"github.com/cloudwego/eino/adk"
	"github.com/cloudwego/eino/components/embedding"
	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/components/prompt"
	"github.com/cloudwego/eino/components/retriever"
	"github.com/cloudwego/eino/components/tool"
	"github.com/cloudwego/eino/schema"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// io is like ioOf, but treats the arguments and results of tools as JSON if they are
// valid JSON.
func (r *run) io(v any) mutagent.IO {
	if text, ok := v.(string); ok && r.kind == mutagent.KindTool {
		return textOrJSON(text)
	}
	return ioOf(v)
}

// notNil returns v, or nil if v is a nil pointer of some type.
func notNil(v any) any {
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && p.IsNil() {
		return nil
	}
	return v
}

// ioOf returns v in the most informative form.
func ioOf(v any) mutagent.IO {
	switch v := v.(type) {
	case nil:
		return mutagent.IO{}
	case string:
		return mutagent.IO{Text: v}
	case *schema.Message:
		return messages(v)
	case []*schema.Message:
		return messages(v...)
	case []*schema.Document:
		return documents(v)
	case *model.CallbackInput:
		return messages(v.Messages...)
	case *model.CallbackOutput:
		return messages(v.Message)
	case *model.AgenticCallbackInput:
		return mutagent.IO{Raw: v.Messages}
	case *model.AgenticCallbackOutput:
		return mutagent.IO{Raw: v.Message}
	case *prompt.CallbackInput:
		return mutagent.IO{Raw: v.Variables}
	case *prompt.CallbackOutput:
		return messages(v.Result...)
	case *tool.CallbackInput:
		return textOrJSON(v.ArgumentsInJSON)
	case *tool.CallbackOutput:
		if v.ToolOutput != nil {
			return mutagent.IO{Raw: v.ToolOutput}
		}
		return textOrJSON(v.Response)
	case *retriever.CallbackInput:
		return mutagent.IO{Text: v.Query}
	case *retriever.CallbackOutput:
		return documents(v.Docs)
	case *embedding.CallbackInput:
		return mutagent.IO{Raw: v.Texts}
	case *embedding.CallbackOutput, [][]float64:
		return mutagent.IO{} // vectors are not readable
	case *adk.AgentCallbackInput:
		if v.Input == nil {
			return mutagent.IO{} // the run resumes where it was interrupted
		}
		return messages(v.Input.Messages...)
	case *adk.TypedAgentCallbackInput[*schema.AgenticMessage]:
		return mutagent.IO{Raw: v.Input}
	}
	return mutagent.IO{Raw: v}
}

func textOrJSON(text string) mutagent.IO {
	if raw, ok := genai.ToolData(text).(json.RawMessage); ok {
		return mutagent.IO{Raw: raw}
	}
	return mutagent.IO{Text: text}
}

func documents(found []*schema.Document) mutagent.IO {
	docs := make([]mutagent.Document, 0, len(found))
	for _, d := range found {
		if d != nil {
			docs = append(docs, mutagent.Document{ID: d.ID, Content: d.Content, Score: d.Score(), Metadata: d.MetaData})
		}
	}
	return mutagent.IO{Documents: docs}
}

func messages(all ...*schema.Message) mutagent.IO {
	converted := make([]mutagent.Message, 0, len(all))
	for _, m := range all {
		if m != nil {
			converted = append(converted, message(m))
		}
	}
	return mutagent.IO{Messages: converted}
}

func message(m *schema.Message) mutagent.Message {
	if m.Role == schema.Tool {
		return mutagent.Message{Role: string(m.Role), Parts: []mutagent.Part{
			{Type: "tool_call_response", ID: m.ToolCallID, Name: m.ToolName, Response: genai.ToolData(m.Content)},
		}}
	}
	out := mutagent.Message{Role: string(m.Role), Name: m.Name}
	if m.ReasoningContent != "" {
		out.Parts = append(out.Parts, mutagent.Part{Type: "reasoning", Content: m.ReasoningContent})
	}
	if m.Content != "" {
		out.Parts = append(out.Parts, mutagent.Part{Type: "text", Content: m.Content})
	}
	out.Parts = append(out.Parts, media(m)...)
	for _, call := range m.ToolCalls {
		out.Parts = append(out.Parts, mutagent.Part{Type: "tool_call", ID: call.ID, Name: call.Function.Name, Arguments: genai.ToolData(call.Function.Arguments)})
	}
	if m.ResponseMeta != nil {
		out.FinishReason = genai.FinishReason(m.ResponseMeta.FinishReason, len(m.ToolCalls) > 0)
	}
	return out
}

// parameters returns the parameters of a component, without its input.
func parameters(input any) (attrs []slog.Attr) {
	in, ok := input.(*model.CallbackInput)
	if !ok {
		return nil
	}
	if c := in.Config; c != nil {
		asked := genai.Parameters{
			MaxTokens: genai.Int(c.MaxTokens), Stop: c.Stop,
			Temperature: genai.Float(c.Temperature), TopP: genai.Float(c.TopP),
		}
		attrs = asked.Attributes()
	}
	if in.Tools != nil {
		attrs = append(attrs, slog.Any("gen_ai.tool.definitions", in.Tools))
	}
	return attrs
}

// results returns attributes of an output, without the output itself.
func results(output any) []slog.Attr {
	vectors, ok := output.([][]float64)
	if out, typed := output.(*embedding.CallbackOutput); typed {
		vectors, ok = out.Embeddings, true
	}
	if !ok || len(vectors) == 0 {
		return nil
	}
	return []slog.Attr{slog.Int("gen_ai.embeddings.dimension.count", len(vectors[0]))}
}
