package fakellm

import "encoding/json"

var ollama = protocol{
	read:   readMessages(true),
	whole:  func(a answer) any { return a.ollamaEnd(a.Text) },
	stream: streamOllama,
	failed: func(_ int, message string) any { return object{"error": message} },
}

func streamOllama(a answer, s *stream) {
	for _, piece := range a.pieces() {
		s.line(a.ollamaChunk(piece))
	}
	s.line(a.ollamaEnd(""))
}

func (a *answer) ollamaChunk(text string) object {
	return object{
		"model": a.model, "created_at": "2026-11-23T09:30:00Z",
		"message": object{"role": "assistant", "content": text}, "done": false,
	}
}

// ollamaEnd is a whole answer, or the last chunk of one.
func (a *answer) ollamaEnd(text string) object {
	chunk := a.ollamaChunk(text)
	chunk["done"], chunk["done_reason"] = true, "stop"
	chunk["prompt_eval_count"], chunk["eval_count"] = a.InputTokens, a.OutputTokens
	var calls []object
	for i, c := range a.ToolCalls {
		calls = append(calls, object{"id": c.ID, "function": object{"index": i, "name": c.Name, "arguments": json.RawMessage(c.Arguments)}})
	}
	if calls != nil {
		chunk["message"].(object)["tool_calls"] = calls
	}
	return chunk
}
