package genai

import (
	"strings"

	"github.com/valyala/fastjson"
)

// Google AI. Vertex AI is in vertex.go.
var _ = provide(provider{
	name:  "gcp.gemini",
	hosts: []string{"generativelanguage.googleapis.com"},
	anywhere: []path{
		{"/{model}:generateContent", gemini},
		{"/{model}:streamGenerateContent", gemini},
		{"/{model}:embedContent", geminiEmbed},
		{"/{model}:batchEmbedContents", geminiEmbed},
	},
	paths: []path{
		{"/{model}:batchGenerateContent", geminiBatch},
		{"/{model}:predict", googlePredict},
		{"/{model}:predictLongRunning", googlePredict},
		{"/interactions", geminiInteractions},
	},
})

// A batch is answered long after the call.
var geminiBatch = shape{
	needs:   "batch",
	input:   "batch.inputConfig.requests.requests[].request.contents|batch.input_config.requests.requests[].request.contents",
	results: "metadata",
}.protocol("batch", kindCustom)

// Gemini, in Google AI and Vertex AI. The model is in the path.
// https://ai.google.dev/api/generate-content
var gemini = &protocol{
	operation: "generate_content", kind: kindChat,
	request: geminiRequest, answer: geminiAnswer,
}

var geminiEmbed = &protocol{
	operation: "embeddings", kind: kindEmbedding, noNumbers: true,
	request: geminiEmbedRequest, answer: func(c *Call, v *fastjson.Value) { c.geminiUsage(v.Get("usageMetadata")) },
}

var geminiParams = []param{
	{"maxOutputTokens|max_output_tokens", "gen_ai.request.max_tokens"},
	{"temperature", "gen_ai.request.temperature"},
	{"topP|top_p", "gen_ai.request.top_p"},
	{"topK|top_k", "gen_ai.request.top_k"},
	{"seed", "gen_ai.request.seed"},
	{"candidateCount|candidate_count", "gen_ai.request.choice.count"},
	{"frequencyPenalty|frequency_penalty", "gen_ai.request.frequency_penalty"},
	{"presencePenalty|presence_penalty", "gen_ai.request.presence_penalty"},
}

// geminiName returns a model without its collection.
func geminiName(model string) string { return strings.TrimPrefix(model, "models/") }

func geminiRequest(c *Call, v *fastjson.Value) bool {
	contents := v.Get("contents")
	if contents == nil {
		return false
	}
	c.Asked = geminiName(c.Asked)
	config := first(v.Get("generationConfig"), v.Get("generation_config"))
	c.params(config, geminiParams)
	c.list(first(config.Get("stopSequences"), config.Get("stop_sequences")), "gen_ai.request.stop_sequences")
	c.outputType(text(first(config.Get("responseMimeType"), config.Get("response_mime_type"))))
	c.tools(v.Get("tools"))
	if system := first(v.Get("systemInstruction"), v.Get("system_instruction")); system != nil {
		c.Input.Messages = append(c.Input.Messages, Message{Role: "system", Parts: geminiParts(system)})
	}
	for _, m := range contents.GetArray() {
		c.Input.Messages = append(c.Input.Messages, geminiMessage(m))
	}
	return true
}

func geminiMessage(v *fastjson.Value) Message {
	m := Message{Role: text(v, "role"), Parts: geminiParts(v)}
	switch m.Role {
	case "model":
		m.Role = "assistant"
	case "function":
		m.Role = "tool"
	case "", "user":
		m.Role = "user"
		if len(m.Parts) > 0 && m.Parts[0].Type == "tool_call_response" {
			m.Role = "tool"
		}
	}
	return m
}

func geminiParts(v *fastjson.Value) []Part {
	var parts []Part
	for _, p := range v.GetArray("parts") {
		parts = append(parts, geminiPart(p))
	}
	return parts
}

// geminiPart reads a part. Its names are in snake case if the program writes them so.
func geminiPart(v *fastjson.Value) Part {
	if f := first(v.Get("functionCall"), v.Get("function_call")); f != nil {
		return Part{Type: "tool_call", ID: text(f, "id"), Name: text(f, "name"), Arguments: arguments(f.Get("args"))}
	}
	if f := first(v.Get("functionResponse"), v.Get("function_response")); f != nil {
		return Part{Type: "tool_call_response", ID: text(f, "id"), Name: text(f, "name"), Response: content(f.Get("response"))}
	}
	if f := first(v.Get("inlineData"), v.Get("inline_data")); f != nil {
		return Blob(text(f, "data"), text(first(f.Get("mimeType"), f.Get("mime_type"))))
	}
	if f := first(v.Get("fileData"), v.Get("file_data")); f != nil {
		return Reference(text(first(f.Get("fileUri"), f.Get("file_uri"))), text(first(f.Get("mimeType"), f.Get("mime_type"))))
	}
	if p := geminiServerPart(v); p.Type != "" {
		return p
	}
	return Part{Type: geminiText(v), Content: text(v, "text")}
}

// geminiServerPart reads a part about an action of Google's own.
func geminiServerPart(v *fastjson.Value) Part {
	if f := first(v.Get("executableCode"), v.Get("executable_code")); f != nil {
		return Part{Type: "server_tool_call", Name: "code_execution", Arguments: content(f.Get("code"))}
	}
	if f := first(v.Get("codeExecutionResult"), v.Get("code_execution_result")); f != nil {
		return Part{Type: "server_tool_call_response", Name: "code_execution", Response: content(f.Get("output"))}
	}
	if f := first(v.Get("toolCall"), v.Get("tool_call")); f != nil {
		return Part{Type: "server_tool_call", ID: text(f, "id"), Name: text(first(f.Get("toolType"), f.Get("tool_type"))), Arguments: arguments(f.Get("args"))}
	}
	if f := first(v.Get("toolResponse"), v.Get("tool_response")); f != nil {
		return Part{Type: "server_tool_call_response", ID: text(f, "id"), Name: text(first(f.Get("toolType"), f.Get("tool_type"))), Response: content(f.Get("response"))}
	}
	return Part{}
}

// geminiText returns the type of a text part.
func geminiText(v *fastjson.Value) string {
	if v.GetBool("thought") {
		return "reasoning"
	}
	return "text"
}

// geminiAnswer reads an answer or a piece of one; both have the same form.
func geminiAnswer(c *Call, v *fastjson.Value) {
	set(&c.ID, v.GetStringBytes("responseId"))
	set(&c.Model, v.GetStringBytes("modelVersion"))
	for _, candidate := range v.GetArray("candidates") {
		ch := c.choice(candidate.GetInt("index"))
		for _, p := range candidate.GetArray("content", "parts") {
			c.geminiSaid(ch, p)
		}
		ch.finishAs(candidate.Get("finishReason"))
		c.grounding(candidate.Get("groundingMetadata"))
		c.cite(candidate.GetArray("citationMetadata", "citations"))
		set(&c.answer.cited.reason, candidate.GetStringBytes("finishMessage"))
	}
	if reason := v.Get("promptFeedback", "blockReason"); reason != nil {
		c.choice(0).finishAs(reason)
		set(&c.answer.cited.reason, v.GetStringBytes("promptFeedback", "blockReasonMessage"))
	}
	c.geminiUsage(v.Get("usageMetadata"))
}

func (c *Call) grounding(v *fastjson.Value) {
	if v != nil {
		c.cite(v.GetArray("groundingChunks"))
		c.searched(v.GetArray("webSearchQueries"))
		if len(v.GetArray("webSearchQueries")) > 0 {
			c.Usage.Uncounted = "Google charges grounded answers by what else was grounded that day"
		}
	}
}

func (c *Call) geminiSaid(ch *choice, p *fastjson.Value) {
	if said := p.Get("text"); said != nil {
		c.say(ch, geminiText(p), said.GetStringBytes())
		return
	}
	c.add(ch, -1, geminiPart(p))
}

// geminiUsage reads counts whose prompt excludes tool results and whose answer excludes
// thoughts.
func (c *Call) geminiUsage(v *fastjson.Value) {
	if v == nil {
		return
	}
	u := &c.Usage
	if v.Exists("promptTokenCount") {
		u.Input = v.GetInt64("promptTokenCount") + v.GetInt64("toolUsePromptTokenCount")
	}
	u.CacheRead = v.GetInt64("cachedContentTokenCount")
	u.Reasoning = v.GetInt64("thoughtsTokenCount")
	u.Output = v.GetInt64("candidatesTokenCount") + u.Reasoning
	u.Total = v.GetInt64("totalTokenCount")
	modalities(v, "promptTokensDetails", "toolUsePromptTokensDetails").put(&u.InputAudio, &u.InputImage, &u.InputVideo)
	modalities(v, "candidatesTokensDetails").put(&u.OutputAudio, &u.OutputImage, &u.OutputVideo)
	modalities(v, "cacheTokensDetails").put(&u.CacheReadAudio, &u.CacheReadImage, new(int64))
	set(&u.Tier, v.GetStringBytes("serviceTier"))
	if traffic := v.GetStringBytes("trafficType"); len(traffic) > 0 && string(traffic) != "ON_DEMAND" { // Vertex AI
		u.Tier = strings.ToLower(strings.TrimPrefix(string(traffic), "ON_DEMAND_"))
	}
	u.sum()
}

func geminiEmbedRequest(c *Call, v *fastjson.Value) bool {
	requests := v.GetArray("requests")
	if one := v.Get("content"); one != nil {
		requests = []*fastjson.Value{v}
	}
	if requests == nil {
		return false
	}
	c.Asked = geminiName(c.Asked)
	for _, r := range requests {
		c.Input.Messages = append(c.Input.Messages, geminiMessage(r.Get("content")))
	}
	c.params(requests[0], []param{{"outputDimensionality|output_dimensionality|embedContentConfig.outputDimensionality", "gen_ai.embeddings.dimension.count"}})
	return true
}

// A modal holds the counts of a usage by modality, except text.
type modal struct{ audio, image, video int64 }

func (m modal) put(audio, image, video *int64) { *audio, *image, *video = m.audio, m.image, m.video }

// modalities reads the counts by modality. Documents count as images of their pages.
func modalities(v *fastjson.Value, lists ...string) (m modal) {
	for _, list := range lists {
		for _, part := range v.GetArray(list) {
			n := part.GetInt64("tokenCount")
			switch string(part.GetStringBytes("modality")) {
			case "AUDIO":
				m.audio += n
			case "IMAGE", "DOCUMENT":
				m.image += n
			case "VIDEO":
				m.video += n
			}
		}
	}
	return m
}
