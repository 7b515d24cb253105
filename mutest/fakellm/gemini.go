package fakellm

import "encoding/json"

var gemini = protocol{
	read:   readContents,
	whole:  func(a answer) any { return a.candidate(a.Text, a.ToolCalls, "STOP") },
	stream: streamGemini,
	failed: func(status int, message string) any {
		return object{"error": object{"code": status, "message": message}}
	},
}

func streamGemini(a answer, s *stream) {
	for _, piece := range a.pieces() {
		s.event("", a.candidate(piece, nil, nil))
	}
	s.event("", a.candidate("", a.ToolCalls, "STOP"))
}

// candidate is an answer or a chunk of one; reason is nil if another follows.
func (a *answer) candidate(text string, calls []ToolCall, reason any) object {
	parts := []object{}
	if text != "" {
		parts = append(parts, object{"text": text})
	}
	for _, c := range calls {
		parts = append(parts, object{"functionCall": object{"id": c.ID, "name": c.Name, "args": json.RawMessage(c.Arguments)}})
	}
	candidate := object{"index": 0, "content": object{"role": "model", "parts": parts}}
	if reason != nil {
		candidate["finishReason"] = reason
	}
	return object{
		"candidates": []object{candidate},
		"usageMetadata": object{
			"promptTokenCount": a.InputTokens, "candidatesTokenCount": a.OutputTokens,
			"totalTokenCount": a.InputTokens + a.OutputTokens,
		},
		"modelVersion": a.model, "responseId": a.id,
	}
}
