package semconv

import "strings"

// Genkit writes a model's input and output as JSON of its own types, and the usage only
// there. Its spans have the name of the model: PROVIDER/NAME, with Genkit's own names
// for providers.

var genkitProviders = map[string]string{"googleai": "gcp.gemini", "vertexai": "gcp.vertex_ai"}

func (a Attributes) genkitModel() (provider, name string) {
	if kind := genkit[a.Text("genkit:metadata:subtype")]; !strings.HasPrefix(kind, "llm.") {
		return "", ""
	}
	provider, name, found := strings.Cut(a.Text("genkit:name"), "/")
	if !found {
		return "", provider
	}
	if known, ok := genkitProviders[provider]; ok {
		provider = known
	}
	return provider, name
}

func (a Attributes) genkitUsage() (u Usage) {
	if a.Text("genkit:metadata:subtype") != "model" {
		return u
	}
	answer, _ := parsed(a["genkit:output"]).(map[string]any)
	usage, _ := answer["usage"].(map[string]any)
	given := Attributes(usage)
	return Usage{
		InputTokens: given.count("inputTokens"), OutputTokens: given.count("outputTokens"), TotalTokens: given.count("totalTokens"),
		CachedTokens: given.count("cachedContentTokens"), ReasoningTokens: given.count("thoughtsTokens"),
	}
}

// genkitInput reads a request to a model or to Generate: {"messages":[…]}.
func (a Attributes) genkitInput() []Message {
	request, _ := parsed(a["genkit:input"]).(map[string]any)
	if request["messages"] == nil {
		return nil
	}
	list := Messages(request)
	for i := range list {
		list[i].Role = genkitRole(list[i].Role)
	}
	return list
}

// genkitRole returns the conventions' name of a role.
func genkitRole(role string) string {
	if role == "model" {
		return "assistant"
	}
	return role
}

// genkitOutput reads a model's answer: {"message":…,"finishReason":…}.
func (a Attributes) genkitOutput() []Message {
	answer, _ := parsed(a["genkit:output"]).(map[string]any)
	m, _ := answer["message"].(map[string]any)
	if m == nil || !isMessage(m) {
		return nil
	}
	out := message(m)
	out.Role, out.Finish = genkitRole(out.Role), str(answer["finishReason"])
	return []Message{out}
}

// genkitResult returns the output of an action. For a tool it removes Genkit's wrapper.
func (a Attributes) genkitResult() any {
	v := a["genkit:output"]
	if a.Text("genkit:metadata:subtype") == "tool.v2" {
		if m, ok := parsed(v).(map[string]any); ok && len(m) == 1 && m["output"] != nil {
			return m["output"]
		}
	}
	return v
}

// genkitPart reads a part. A part has no type; its key shows what it is.
func genkitPart(m map[string]any) (Part, bool) {
	if call, ok := m["toolRequest"].(map[string]any); ok {
		return Part{Type: "tool_call", Tool: &ToolCall{ID: str(call["ref"]), Name: str(call["name"]), Arguments: call["input"]}}, true
	}
	if result, ok := m["toolResponse"].(map[string]any); ok {
		return Part{Type: "tool_result", Tool: &ToolCall{ID: str(result["ref"]), Name: str(result["name"]), Result: result["output"]}}, true
	}
	if text, ok := m["reasoning"].(string); ok {
		return Part{Type: "reasoning", Text: text}, true
	}
	if media, ok := m["media"].(map[string]any); ok {
		p := Part{Type: "uri", URI: str(media["url"]), MIMEType: str(media["contentType"])}
		p.forgetData()
		p.Text = p.describe(m)
		return p, true
	}
	return Part{}, false
}
