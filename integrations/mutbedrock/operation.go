package mutbedrock

import (
	"encoding/json"
	"log/slog"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/mutagent-io/mutagent-go"
)

// An operation is what a caller asks of a model.
type operation struct {
	kind   mutagent.Kind
	model  string
	stream bool

	system    []types.SystemContentBlock
	messages  []types.Message
	inference *types.InferenceConfiguration
	tools     *types.ToolConfiguration
	body      []byte // in place of all these, for InvokeModel
}

// operationOf returns what params ask for, if it is for an answer of a model.
func operationOf(params any) (operation, bool) {
	switch in := params.(type) {
	case *bedrockruntime.ConverseInput:
		return operation{
			kind: mutagent.KindLLMChat, model: aws.ToString(in.ModelId),
			system: in.System, messages: in.Messages, inference: in.InferenceConfig, tools: in.ToolConfig,
		}, true
	case *bedrockruntime.ConverseStreamInput:
		return operation{
			kind: mutagent.KindLLMChat, model: aws.ToString(in.ModelId), stream: true,
			system: in.System, messages: in.Messages, inference: in.InferenceConfig, tools: in.ToolConfig,
		}, true
	case *bedrockruntime.InvokeModelInput:
		return invocation(in.ModelId, in.Body, false), true
	case *bedrockruntime.InvokeModelWithResponseStreamInput:
		return invocation(in.ModelId, in.Body, true), true
	}
	return operation{}, false
}

func invocation(id *string, body []byte, stream bool) operation {
	op := operation{kind: mutagent.KindLLMChat, model: aws.ToString(id), body: body, stream: stream}
	if strings.Contains(op.model, "embed") {
		op.kind = mutagent.KindLLMEmbedding
	}
	return op
}

// name is that of OpenTelemetry's conventions: what is done, and by which model.
func (op *operation) name() string {
	verb := "chat"
	if op.kind == mutagent.KindLLMEmbedding {
		verb = "embeddings"
	}
	return strings.TrimSpace(verb + " " + op.model)
}

// describe says what is known of the operation before it is carried out.
func (op *operation) describe(span *mutagent.Span) {
	span.SetMetrics(mutagent.Metrics{Model: op.model, Provider: "aws.bedrock"})
	span.SetAttributes(op.parameters()...)
	if op.body != nil {
		span.SetInput(rawIO("user", op.body))
	} else {
		span.SetInput(mutagent.IO{Messages: conversation(op.system, op.messages)})
	}
}

func (op *operation) parameters() []slog.Attr {
	var attrs []slog.Attr
	if op.stream {
		attrs = append(attrs, slog.Bool("gen_ai.request.stream", true))
	}
	if c := op.inference; c != nil {
		if c.MaxTokens != nil {
			attrs = append(attrs, slog.Int("gen_ai.request.max_tokens", int(*c.MaxTokens)))
		}
		if c.Temperature != nil {
			attrs = append(attrs, slog.Float64("gen_ai.request.temperature", decimal(*c.Temperature)))
		}
		if c.TopP != nil {
			attrs = append(attrs, slog.Float64("gen_ai.request.top_p", decimal(*c.TopP)))
		}
		if len(c.StopSequences) > 0 {
			attrs = append(attrs, slog.Any("gen_ai.request.stop_sequences", c.StopSequences))
		}
	}
	if defined := definitions(op.tools); len(defined) > 0 {
		attrs = append(attrs, slog.Any("gen_ai.tool.definitions", defined))
	}
	return attrs
}

// decimal is the number that was written in the program: 0.2, not 0.2000000029…
func decimal(f float32) float64 {
	d, _ := strconv.ParseFloat(strconv.FormatFloat(float64(f), 'g', -1, 32), 64)
	return d
}

// A definition is a tool in the form of OpenTelemetry's conventions.
type definition struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Parameters  any    `json:"parameters,omitempty"`
}

func definitions(config *types.ToolConfiguration) []definition {
	if config == nil {
		return nil
	}
	var defined []definition
	for _, tool := range config.Tools {
		switch t := tool.(type) {
		case *types.ToolMemberToolSpec:
			d := definition{Type: "function", Name: aws.ToString(t.Value.Name), Description: aws.ToString(t.Value.Description)}
			if schema, ok := t.Value.InputSchema.(*types.ToolInputSchemaMemberJson); ok {
				d.Parameters = documentJSON(schema.Value)
			}
			defined = append(defined, d)
		case *types.ToolMemberSystemTool:
			defined = append(defined, definition{Type: "extension", Name: aws.ToString(t.Value.Name)})
		}
	}
	return defined
}

// rawIO is a body as it is, or if it is no JSON, a message of role with its size.
func rawIO(role string, body []byte) mutagent.IO {
	switch {
	case len(body) == 0:
		return mutagent.IO{}
	case json.Valid(body):
		return mutagent.IO{Raw: json.RawMessage(body)}
	}
	return mutagent.IO{Messages: []mutagent.Message{{Role: role, Parts: []mutagent.Part{{Type: "blob", Size: int64(len(body))}}}}}
}
