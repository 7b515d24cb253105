package fakellm

var openAI = protocol{
	read: readMessages(false),
	whole: func(a answer) any {
		return a.completion("chat.completion", "message", a.openAIMessage(), a.openAIUsage())
	},
	stream: streamOpenAI,
	failed: func(_ int, message string) any {
		return object{"error": object{"message": message, "type": "fakellm", "param": nil, "code": nil}}
	},
}

func streamOpenAI(a answer, s *stream) {
	chunk := func(delta, reason any) {
		c := a.completion("chat.completion.chunk", "delta", delta, nil)
		c["choices"].([]object)[0]["finish_reason"] = reason
		s.event("", c)
	}
	chunk(object{"role": "assistant", "content": ""}, nil)
	for _, piece := range a.pieces() {
		chunk(object{"content": piece}, nil)
	}
	for _, call := range a.openAICalls() {
		chunk(object{"tool_calls": []object{call}}, nil)
	}
	chunk(object{}, a.ended("stop", "tool_calls"))
	if a.usage {
		last := a.completion("chat.completion.chunk", "delta", nil, a.openAIUsage())
		last["choices"] = []object{}
		s.event("", last)
	}
	s.write("text/event-stream", "data: [DONE]\n\n")
}

func (a *answer) completion(kind, key string, message, usage any) object {
	choice := object{"index": 0, key: message, "finish_reason": a.ended("stop", "tool_calls")}
	return object{
		"id": a.id, "object": kind, "created": 1763890212, "model": a.model,
		"choices": []object{choice}, "usage": usage,
	}
}

func (a *answer) openAIMessage() object {
	m := object{"role": "assistant", "content": nil}
	if a.Text != "" {
		m["content"] = a.Text
	}
	if calls := a.openAICalls(); len(calls) > 0 {
		m["tool_calls"] = calls
	}
	return m
}

func (a *answer) openAICalls() (calls []object) {
	for i, c := range a.ToolCalls {
		calls = append(calls, object{
			"index": i, "id": c.ID, "type": "function",
			"function": object{"name": c.Name, "arguments": c.Arguments},
		})
	}
	return calls
}

func (a *answer) openAIUsage() object {
	return object{
		"prompt_tokens": a.InputTokens, "completion_tokens": a.OutputTokens,
		"total_tokens": a.InputTokens + a.OutputTokens,
	}
}
