package mutlangchain

import (
	"fmt"
	"reflect"

	"github.com/tmc/langchaingo/llms"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

func messages(in []llms.MessageContent) []mutagent.Message {
	out := make([]mutagent.Message, 0, len(in))
	for _, m := range in {
		parts := make([]mutagent.Part, 0, len(m.Parts))
		for _, p := range m.Parts {
			parts = append(parts, part(p))
		}
		out = append(out, mutagent.Message{Role: role(m.Role), Parts: parts})
	}
	return out
}

func role(r llms.ChatMessageType) string {
	switch r {
	case llms.ChatMessageTypeHuman:
		return "user"
	case llms.ChatMessageTypeAI:
		return "assistant"
	case llms.ChatMessageTypeFunction:
		return "tool"
	}
	return string(r)
}

// part returns p, with only type and size of binary data.
func part(p llms.ContentPart) mutagent.Part {
	switch p := p.(type) {
	case llms.TextContent:
		return mutagent.Part{Type: "text", Content: p.Text}
	case llms.ImageURLContent:
		return mutagent.Part(genai.Reference(p.URL, ""))
	case llms.BinaryContent:
		return mutagent.Part{Type: "blob", MIMEType: p.MIMEType, Size: int64(len(p.Data))}
	case llms.ToolCall:
		return toolCall(p)
	case llms.ToolCallResponse:
		return mutagent.Part{Type: "tool_call_response", ID: p.ToolCallID, Name: p.Name, Response: genai.ToolData(p.Content)}
	}
	return mutagent.Part{Type: fmt.Sprintf("%T", p)}
}

func toolCall(c llms.ToolCall) mutagent.Part {
	p := mutagent.Part{Type: "tool_call", ID: c.ID}
	if c.FunctionCall != nil {
		p.Name, p.Arguments = c.FunctionCall.Name, genai.ToolData(c.FunctionCall.Arguments)
	}
	return p
}

func choices(out *llms.ContentResponse) mutagent.IO {
	if out == nil {
		return mutagent.IO{}
	}
	var io mutagent.IO
	for _, c := range out.Choices {
		if c != nil {
			io.Messages = append(io.Messages, choice(c))
		}
	}
	return io
}

func choice(c *llms.ContentChoice) mutagent.Message {
	m := mutagent.Message{Role: "assistant"}
	if c.ReasoningContent != "" {
		m.Parts = append(m.Parts, mutagent.Part{Type: "reasoning", Content: c.ReasoningContent})
	}
	if c.Content != "" {
		m.Parts = append(m.Parts, mutagent.Part{Type: "text", Content: c.Content})
	}
	for _, call := range c.ToolCalls {
		m.Parts = append(m.Parts, toolCall(call))
	}
	if len(c.ToolCalls) == 0 && c.FuncCall != nil {
		m.Parts = append(m.Parts, toolCall(llms.ToolCall{FunctionCall: c.FuncCall}))
	}
	m.FinishReason = genai.FinishReason(c.StopReason, len(c.ToolCalls) > 0 || c.FuncCall != nil)
	return m
}

// usage returns the tokens of an answer. Providers write them into every choice, under
// different names.
func usage(out *llms.ContentResponse) (m mutagent.Metrics) {
	if out == nil || len(out.Choices) == 0 || out.Choices[0] == nil {
		return m
	}
	info := out.Choices[0].GenerationInfo
	m.InputTokens = number(info, "PromptTokens")
	m.OutputTokens = number(info, "CompletionTokens", "OutputTokens")
	m.TotalTokens = number(info, "TotalTokens")
	m.ReasoningTokens = number(info, "ReasoningTokens", "ThinkingTokens")
	m.CachedInputTokens = number(info, "PromptCachedTokens", "CachedTokens", "CacheReadInputTokens")
	m.CacheWriteTokens = number(info, "CacheCreationInputTokens")
	if _, apart := info["InputTokens"]; apart { // Anthropic counts cached tokens separately
		m.InputTokens = number(info, "InputTokens") + m.CachedInputTokens + m.CacheWriteTokens
	}
	return m
}

// number returns the first of the keys of info that is a number other than 0.
func number(info map[string]any, keys ...string) int64 {
	for _, key := range keys {
		if v := reflect.ValueOf(info[key]); v.IsValid() && v.CanInt() && v.Int() != 0 {
			return v.Int()
		}
	}
	return 0
}
