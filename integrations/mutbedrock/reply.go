package mutbedrock

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream/eventstreamapi"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
	"github.com/aws/smithy-go"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// maxReply bounds what is kept of one stream.
const maxReply = 4 << 20

// A reply is what the events of a stream have said so far.
type reply struct {
	began   time.Time
	room    int // bytes that may still be kept
	role    string
	blocks  []*block // in the order in which they began
	chunks  []any    // in place of these, from InvokeModel
	reason  types.StopReason
	metrics mutagent.Metrics
	terms   terms
	err     error
	done    bool
}

// A block is a part of the message as it grows.
type block struct {
	index int
	part  mutagent.Part
	text  strings.Builder // content, or the arguments of a tool call
}

// An event is the payload of any event of ConverseStream.
type event struct {
	Role  string
	Index int `json:"contentBlockIndex"`
	Start struct {
		ToolUse *struct{ ToolUseID, Name string }
	}
	Delta struct {
		Text             *string
		ToolUse          *struct{ Input string }
		ReasoningContent *struct{ Text string }
	}
	StopReason        types.StopReason
	Usage             *types.TokenUsage
	ServiceTier       *types.ServiceTier
	PerformanceConfig *types.PerformanceConfiguration
}

// add takes the next message of the stream.
func (r *reply) add(m *eventstream.Message) {
	switch header(m, eventstreamapi.MessageTypeHeader) {
	case eventstreamapi.EventMessageType:
		if header(m, eventstreamapi.EventTypeHeader) == "chunk" {
			r.addChunk(m.Payload)
			return
		}
		var e event
		if json.Unmarshal(m.Payload, &e) == nil {
			r.addEvent(header(m, eventstreamapi.EventTypeHeader), &e)
		}
	case eventstreamapi.ExceptionMessageType:
		var said struct{ Message string }
		_ = json.Unmarshal(m.Payload, &said) // without it there is still the type
		r.fail(header(m, eventstreamapi.ExceptionTypeHeader), said.Message)
	case eventstreamapi.ErrorMessageType:
		r.fail(header(m, eventstreamapi.ErrorCodeHeader), header(m, eventstreamapi.ErrorMessageHeader))
	}
}

func header(m *eventstream.Message, name string) string {
	if v, ok := m.Headers.Get(name).(eventstream.StringValue); ok {
		return string(v)
	}
	return ""
}

// fail makes the code that which the SDK's error has: in a stream it begins with a
// small letter.
func (r *reply) fail(code, message string) {
	if code != "" {
		code = strings.ToUpper(code[:1]) + code[1:]
	}
	r.err, r.done = &smithy.GenericAPIError{Code: code, Message: message}, true
}

func (r *reply) addEvent(name string, e *event) {
	switch name {
	case "messageStart":
		r.role = e.Role
	case "contentBlockStart":
		if tool := e.Start.ToolUse; tool != nil {
			r.block(e.Index).part = mutagent.Part{Type: "tool_call", ID: tool.ToolUseID, Name: tool.Name}
		}
	case "contentBlockDelta":
		r.addDelta(e)
	case "messageStop":
		r.reason = e.StopReason
	case "metadata": // the last one
		first := r.metrics.TimeToFirstToken
		r.metrics = metricsOf(e.Usage)
		r.metrics.TimeToFirstToken = first
		r.terms.take(e.ServiceTier, e.PerformanceConfig, e.Usage)
		r.done = true
	}
}

func (r *reply) addDelta(e *event) {
	r.firstToken()
	b := r.block(e.Index)
	switch d := &e.Delta; {
	case d.Text != nil:
		b.part.Type = "text"
		r.keep(b, *d.Text)
	case d.ToolUse != nil:
		b.part.Type = "tool_call"
		r.keep(b, d.ToolUse.Input)
	case d.ReasoningContent != nil:
		b.part.Type = "reasoning"
		r.keep(b, d.ReasoningContent.Text)
	}
}

func (r *reply) firstToken() {
	if r.metrics.TimeToFirstToken == 0 {
		r.metrics.TimeToFirstToken = time.Since(r.began)
	}
}

// block returns the block with an index. Most often it is the last one.
func (r *reply) block(index int) *block {
	for i := len(r.blocks) - 1; i >= 0; i-- {
		if r.blocks[i].index == index {
			return r.blocks[i]
		}
	}
	b := &block{index: index}
	r.blocks = append(r.blocks, b)
	return b
}

// keep adds as much of s to b as there is room for.
func (r *reply) keep(b *block, s string) {
	if len(s) > r.room {
		s = s[:r.room]
		for s != "" && !utf8.ValidString(s[max(0, len(s)-utf8.UTFMax):]) {
			s = s[:len(s)-1]
		}
		r.room = 0
	} else {
		r.room -= len(s)
	}
	b.text.WriteString(s)
}

// addChunk takes a piece of what a model itself answers to InvokeModel. Bedrock adds
// to the last one what it counted.
func (r *reply) addChunk(payload []byte) {
	var chunk struct{ Bytes []byte }
	if json.Unmarshal(payload, &chunk) != nil {
		return
	}
	r.firstToken()
	if len(chunk.Bytes) <= r.room && json.Valid(chunk.Bytes) {
		r.room -= len(chunk.Bytes)
		r.chunks = append(r.chunks, json.RawMessage(chunk.Bytes))
	}
	var last struct {
		Metrics *struct {
			InputTokenCount, OutputTokenCount, CacheReadInputTokenCount, CacheWriteInputTokenCount *int32
		} `json:"amazon-bedrock-invocationMetrics"`
	}
	if json.Unmarshal(chunk.Bytes, &last) != nil || last.Metrics == nil {
		return
	}
	first, m := r.metrics.TimeToFirstToken, last.Metrics
	r.metrics = metricsOf(&types.TokenUsage{
		InputTokens: m.InputTokenCount, OutputTokens: m.OutputTokenCount,
		CacheReadInputTokens: m.CacheReadInputTokenCount, CacheWriteInputTokens: m.CacheWriteInputTokenCount,
	})
	r.metrics.TimeToFirstToken = first
	r.done = true
}

// output returns what the reply amounts to.
func (r *reply) output() mutagent.IO {
	if r.chunks != nil {
		return mutagent.IO{Raw: r.chunks}
	}
	if len(r.blocks) == 0 && r.reason == "" {
		return mutagent.IO{}
	}
	m := mutagent.Message{Role: r.role, FinishReason: genai.FinishReason(string(r.reason), false)}
	for _, b := range r.blocks {
		m.Parts = append(m.Parts, b.finished())
	}
	return mutagent.IO{Messages: []mutagent.Message{m}}
}

// finished returns b as far as it came. The arguments of a tool call that was broken
// off are no JSON.
func (b *block) finished() mutagent.Part {
	part, text := b.part, b.text.String()
	switch {
	case part.Type != "tool_call":
		part.Content = text
	case text == "":
		part.Arguments = struct{}{} // the tool has no parameters
	default:
		part.Arguments = genai.ToolData(text)
	}
	return part
}
