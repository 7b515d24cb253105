package genai

import "github.com/valyala/fastjson"

// Gemini, as Google AI and Vertex AI have it. The model is in the path.
// https://ai.google.dev/api/generate-content
var gemini = &protocol{
	provider: "gcp.gemini", operation: "generate_content", kind: kindChat,
	request: geminiRequest, answer: geminiAnswer,
}

var geminiEmbed = &protocol{
	provider: "gcp.gemini", operation: "embeddings", kind: kindEmbedding, noNumbers: true,
	request: geminiEmbedRequest, answer: func(*Call, *fastjson.Value) {},
}

func geminiRequest(c *Call, v *fastjson.Value) bool {
	contents := v.Get("contents")
	if contents == nil {
		return false
	}
	config := v.Get("generationConfig")
	c.params(config, []param{
		{"maxOutputTokens", "gen_ai.request.max_tokens"},
		{"temperature", "gen_ai.request.temperature"},
		{"topP", "gen_ai.request.top_p"},
		{"topK", "gen_ai.request.top_k"},
		{"seed", "gen_ai.request.seed"},
		{"candidateCount", "gen_ai.request.choice.count"},
		{"frequencyPenalty", "gen_ai.request.frequency_penalty"},
		{"presencePenalty", "gen_ai.request.presence_penalty"},
	})
	c.list(config.Get("stopSequences"), "gen_ai.request.stop_sequences")
	c.outputType(text(config, "responseMimeType"))
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

func geminiPart(v *fastjson.Value) Part {
	if f := v.Get("functionCall"); f != nil {
		return Part{Type: "tool_call", ID: text(f, "id"), Name: text(f, "name"), Arguments: arguments(f.Get("args"))}
	}
	if f := v.Get("functionResponse"); f != nil {
		return Part{Type: "tool_call_response", ID: text(f, "id"), Name: text(f, "name"), Response: content(f.Get("response"))}
	}
	if f := first(v.Get("inlineData"), v.Get("inline_data")); f != nil {
		return blob(text(f, "data"), text(first(f.Get("mimeType"), f.Get("mime_type"))))
	}
	if f := first(v.Get("fileData"), v.Get("file_data")); f != nil {
		return reference(text(first(f.Get("fileUri"), f.Get("file_uri"))), text(first(f.Get("mimeType"), f.Get("mime_type"))))
	}
	if f := v.Get("executableCode"); f != nil {
		return Part{Type: "server_tool_call", Name: "code_execution", Arguments: content(f.Get("code"))}
	}
	if f := v.Get("codeExecutionResult"); f != nil {
		return Part{Type: "server_tool_call_response", Name: "code_execution", Response: content(f.Get("output"))}
	}
	return Part{Type: geminiText(v), Content: text(v, "text")}
}

// geminiText returns the type of a part that is text.
func geminiText(v *fastjson.Value) string {
	if v.GetBool("thought") {
		return "reasoning"
	}
	return "text"
}

// geminiAnswer reads an answer or a piece of one, which look alike.
func geminiAnswer(c *Call, v *fastjson.Value) {
	set(&c.ID, v.GetStringBytes("responseId"))
	set(&c.Model, v.GetStringBytes("modelVersion"))
	for _, candidate := range v.GetArray("candidates") {
		ch := c.choice(candidate.GetInt("index"))
		for _, p := range candidate.GetArray("content", "parts") {
			c.geminiSaid(ch, p)
		}
		ch.finishAs(candidate.Get("finishReason"))
	}
	if reason := v.Get("promptFeedback", "blockReason"); reason != nil {
		c.choice(0).finishAs(reason)
	}
	c.geminiUsage(v.Get("usageMetadata"))
}

func (c *Call) geminiSaid(ch *choice, p *fastjson.Value) {
	if said := p.Get("text"); said != nil {
		c.say(ch, geminiText(p), said.GetStringBytes())
		return
	}
	c.add(ch, -1, geminiPart(p))
}

// geminiUsage reads counts that leave the results of tools out of the prompt, and
// thoughts out of the answer.
func (c *Call) geminiUsage(v *fastjson.Value) {
	if v == nil {
		return
	}
	u := &c.Usage
	u.Input = v.GetInt64("promptTokenCount") + v.GetInt64("toolUsePromptTokenCount")
	u.CacheRead = v.GetInt64("cachedContentTokenCount")
	u.Reasoning = v.GetInt64("thoughtsTokenCount")
	u.Output = v.GetInt64("candidatesTokenCount") + u.Reasoning
	u.Total = v.GetInt64("totalTokenCount")
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
	for _, r := range requests {
		c.Input.Messages = append(c.Input.Messages, geminiMessage(r.Get("content")))
	}
	c.params(requests[0], []param{{"outputDimensionality", "gen_ai.embeddings.dimension.count"}})
	return true
}
