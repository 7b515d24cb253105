package genai

import (
	"log/slog"
	"strconv"
	"strings"

	"github.com/valyala/fastjson"
)

// Amazon Bedrock. Invoke passes requests to each vendor's model unchanged.
// https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
var _ = provide(provider{
	name:  "aws.bedrock",
	hosts: []string{"bedrock*.amazonaws.com", "bedrock*.amazonaws.com.cn", "bedrock*.api.aws"},
	anywhere: []path{
		{"/model/{model}/converse", bedrockConverse},
		{"/model/{model}/converse-stream", bedrockConverse},
		{"/model/{model}/invoke", bedrockInvoke},
		{"/model/{model}/invoke-with-response-stream", bedrockInvoke},
	},
	paths: []path{
		{"/retrieveAndGenerate", bedrockGenerate},
		{"/retrieve", bedrockRetrieve},
		{"/apply", bedrockGuardrail},
	},
})

// bedrockInvoke determines the protocol by the body, because the model's name may be
// that of an inference profile.
var bedrockInvoke = either(bedrockClaude, titanText, titanEmbed, novaEmbed, llama, ai21, cohereChat, cohereEmbed, rerank,
	imageModel, mistralPrompt, bedrockConverse, openaiChat, anyModel)

var bedrockClaude = &protocol{
	operation: "chat", kind: kindChat, answer: anthropicAnswer, event: anthropicEvent,
	request: func(c *Call, v *fastjson.Value) bool {
		return (v.Exists("anthropic_version") || strings.Contains(c.Asked, "anthropic")) && anthropicRequest(c, v)
	},
}

var (
	titanText = shape{
		needs: "textGenerationConfig", input: "inputText",
		params: []param{
			{"textGenerationConfig.maxTokenCount", "gen_ai.request.max_tokens"},
			{"textGenerationConfig.temperature", "gen_ai.request.temperature"},
			{"textGenerationConfig.topP", "gen_ai.request.top_p"},
		},
		stop:   "textGenerationConfig.stopSequences",
		output: "results[].outputText|outputText", finish: "results[].completionReason|completionReason",
		usage: usagePlaces{input: "inputTextTokenCount", output: "results[].tokenCount|totalOutputTextTokenCount"},
	}.protocol("text_completion", kindCompletion)

	titanEmbed = shape{
		needs: "inputText|inputImage", input: "inputText",
		params: []param{{"dimensions", "gen_ai.embeddings.dimension.count"}},
		usage:  usagePlaces{input: "inputTextTokenCount"},
	}.protocol("embeddings", kindEmbedding)

	novaEmbed = shape{
		needs: "singleEmbeddingParams|segmentedEmbeddingParams", input: "singleEmbeddingParams.text.value|segmentedEmbeddingParams.text.value",
		params: []param{{"singleEmbeddingParams.embeddingDimension", "gen_ai.embeddings.dimension.count"}},
	}.protocol("embeddings", kindEmbedding)

	llama = shape{
		needs: "max_gen_len", input: "prompt",
		params: append([]param{{"max_gen_len", "gen_ai.request.max_tokens"}}, samplingParams...),
		output: "generation", finish: "stop_reason",
		usage: usagePlaces{input: "prompt_token_count", output: "generation_token_count"},
	}.protocol("text_completion", kindCompletion)

	mistralPrompt = shape{
		needs: "prompt", input: "prompt", stop: "stop",
		params: append([]param{{"max_tokens", "gen_ai.request.max_tokens"}}, samplingParams...),
		output: "outputs[].text|generations[].text", finish: "outputs[].stop_reason|generations[].finish_reason",
	}.protocol("text_completion", kindCompletion)

	ai21 = shape{
		needs: "maxTokens|countPenalty", input: "prompt", stop: "stopSequences",
		params: []param{
			{"maxTokens", "gen_ai.request.max_tokens"}, {"temperature", "gen_ai.request.temperature"}, {"topP", "gen_ai.request.top_p"},
		},
		output: "completions[].data.text", finish: "completions[].finishReason.reason",
	}.protocol("text_completion", kindCompletion)

	imageModel = shape{
		needs: "textToImageParams|taskType|text_prompts", input: "textToImageParams.text|text_prompts[].text",
		made: "images[]|artifacts[].base64",
	}.protocol("image_generation", kindCustom)

	bedrockGenerate = shape{
		needs: "input.text", input: "input.text", id: "sessionId", output: "output.text",
	}.protocol("chat", kindChat)

	bedrockRetrieve = shape{
		needs: "retrievalQuery", input: "retrievalQuery.text", results: "retrievalResults",
	}.protocol("retrieval", kindRetrieval)

	bedrockGuardrail = func() *protocol {
		p := shape{needs: "content", input: "content[].text.text", results: "assessments"}.protocol("guardrail", kindGuardrail)
		results := p.answer
		p.answer = func(c *Call, v *fastjson.Value) {
			results(c, v)
			c.attr(slog.Bool("guardrail.flagged", text(v, "action") == "GUARDRAIL_INTERVENED"))
		}
		return p
	}()
)

// anyModel is a model without a known protocol. In a stream, Bedrock still reports its
// tokens.
var anyModel = &protocol{operation: "chat", kind: kindChat, request: modelRequest, answer: anyAnswer}

// Counted reads Bedrock's token counts from the headers of the response. Some models
// report them only there.
func (c *Call) Counted(header func(name string) string) {
	for name, to := range map[string]*int64{"X-Amzn-Bedrock-Input-Token-Count": &c.Usage.Input, "X-Amzn-Bedrock-Output-Token-Count": &c.Usage.Output} {
		if n, err := strconv.ParseInt(header(name), 10, 64); err == nil {
			*to = n
		}
	}
	c.Usage.sum()
}
