package mutbedrock

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/document"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// conversation returns what a model is given to read.
func conversation(system []types.SystemContentBlock, messages []types.Message) []mutagent.Message {
	var list []mutagent.Message
	for _, block := range system {
		if text, ok := block.(*types.SystemContentBlockMemberText); ok {
			list = append(list, mutagent.Message{Role: "system", Content: text.Value})
		}
	}
	for _, m := range messages {
		list = append(list, mutagent.Message{Role: string(m.Role), Parts: partsOf(m.Content)})
	}
	return list
}

// answerOf returns what a model wrote.
func answerOf(output types.ConverseOutput, reason types.StopReason) mutagent.IO {
	message, ok := output.(*types.ConverseOutputMemberMessage)
	if !ok {
		return mutagent.IO{}
	}
	return mutagent.IO{Messages: []mutagent.Message{{
		Role:         string(message.Value.Role),
		Parts:        partsOf(message.Value.Content),
		FinishReason: genai.FinishReason(string(reason), false),
	}}}
}

// metricsOf counts tokens as mutagent does: those of the cache are part of the
// input, which Bedrock leaves out.
func metricsOf(u *types.TokenUsage) mutagent.Metrics {
	if u == nil {
		return mutagent.Metrics{}
	}
	all := genai.Usage{Total: int64(aws.ToInt32(u.TotalTokens))}
	all.Input, all.Output = int64(aws.ToInt32(u.InputTokens)), int64(aws.ToInt32(u.OutputTokens))
	all.CacheRead, all.CacheWrite = int64(aws.ToInt32(u.CacheReadInputTokens)), int64(aws.ToInt32(u.CacheWriteInputTokens))
	all = all.CacheApart()
	return mutagent.Metrics{
		InputTokens:       all.Input,
		OutputTokens:      all.Output,
		TotalTokens:       all.Total,
		CachedInputTokens: all.CacheRead,
		CacheWriteTokens:  all.CacheWrite,
	}
}

func partsOf(blocks []types.ContentBlock) []mutagent.Part {
	var parts []mutagent.Part
	for _, block := range blocks {
		if part, ok := partOf(block); ok {
			parts = append(parts, part)
		}
	}
	return parts
}

// partOf leaves out what is only for Bedrock, such as the mark of a cache point.
func partOf(block types.ContentBlock) (mutagent.Part, bool) {
	switch b := block.(type) {
	case *types.ContentBlockMemberText:
		return text(b.Value), true
	case *types.ContentBlockMemberToolUse:
		return mutagent.Part{
			Type: "tool_call", ID: aws.ToString(b.Value.ToolUseId), Name: aws.ToString(b.Value.Name),
			Arguments: documentJSON(b.Value.Input),
		}, true
	case *types.ContentBlockMemberToolResult:
		return mutagent.Part{
			Type: "tool_call_response", ID: aws.ToString(b.Value.ToolUseId),
			Response: toolResponse(b.Value.Content),
		}, true
	case *types.ContentBlockMemberReasoningContent:
		reasoning := mutagent.Part{Type: "reasoning"} // without text if it is encrypted
		if r, ok := b.Value.(*types.ReasoningContentBlockMemberReasoningText); ok {
			reasoning.Content = aws.ToString(r.Value.Text)
		}
		return reasoning, true
	case *types.ContentBlockMemberGuardContent:
		if t, ok := b.Value.(*types.GuardrailConverseContentBlockMemberText); ok {
			return text(aws.ToString(t.Value.Text)), true
		}
	case *types.ContentBlockMemberCitationsContent:
		return text(cited(b.Value.Content)), true
	}
	return mediaOf(block)
}

func text(s string) mutagent.Part { return mutagent.Part{Type: "text", Content: s} }

func cited(content []types.CitationGeneratedContent) string {
	var b strings.Builder
	for _, c := range content {
		if t, ok := c.(*types.CitationGeneratedContentMemberText); ok {
			b.WriteString(t.Value)
		}
	}
	return b.String()
}

// toolResponse is one value where there is one, as there most often is.
func toolResponse(content []types.ToolResultContentBlock) any {
	var values []any
	for _, c := range content {
		switch c := c.(type) {
		case *types.ToolResultContentBlockMemberText:
			values = append(values, c.Value)
		case *types.ToolResultContentBlockMemberJson:
			values = append(values, documentJSON(c.Value))
		case *types.ToolResultContentBlockMemberImage:
			values = append(values, imagePart(c.Value))
		}
	}
	if len(values) == 1 {
		return values[0]
	}
	return values
}

// documentJSON returns what the SDK would send, or has got.
func documentJSON(d document.Interface) any {
	if d == nil {
		return nil
	}
	data, err := d.MarshalSmithyDocument()
	if err != nil {
		return nil // the call will fail for it
	}
	return json.RawMessage(data)
}
