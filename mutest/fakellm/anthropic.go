package fakellm

import (
	"encoding/json"
	"net/http"
)

var anthropic = protocol{
	read:   readMessages(false),
	whole:  func(a answer) any { return a.anthropicMessage(a.blocks(), a.ended("end_turn", "tool_use")) },
	stream: streamAnthropic,
	failed: func(status int, message string) any {
		kinds := map[int]string{
			http.StatusBadRequest:      "invalid_request_error",
			http.StatusUnauthorized:    "authentication_error",
			http.StatusTooManyRequests: "rate_limit_error",
			529:                        "overloaded_error",
		}
		kind, ok := kinds[status]
		if !ok {
			kind = "api_error"
		}
		return object{"type": "error", "error": object{"type": kind, "message": message}}
	},
}

func streamAnthropic(a answer, s *stream) {
	s.event("message_start", object{"type": "message_start", "message": a.anthropicMessage([]object{}, nil)})
	for i, block := range a.blocks() {
		start := object{"type": "text", "text": ""}
		var deltas []object
		if block["type"] == "text" {
			for _, piece := range a.pieces() {
				deltas = append(deltas, object{"type": "text_delta", "text": piece})
			}
		} else {
			deltas = []object{{"type": "input_json_delta", "partial_json": string(encode(block["input"]))}}
			start = block
			start["input"] = object{}
		}
		s.event("content_block_start", object{"type": "content_block_start", "index": i, "content_block": start})
		for _, delta := range deltas {
			s.event("content_block_delta", object{"type": "content_block_delta", "index": i, "delta": delta})
		}
		s.event("content_block_stop", object{"type": "content_block_stop", "index": i})
	}
	s.event("message_delta", object{
		"type":  "message_delta",
		"delta": object{"stop_reason": a.ended("end_turn", "tool_use"), "stop_sequence": nil},
		"usage": a.anthropicUsage(),
	})
	s.event("message_stop", object{"type": "message_stop"})
}

func (a *answer) anthropicMessage(content []object, reason any) object {
	return object{
		"id": a.id, "type": "message", "role": "assistant", "model": a.model,
		"content": content, "stop_reason": reason, "stop_sequence": nil, "usage": a.anthropicUsage(),
	}
}

func (a *answer) blocks() []object {
	blocks := []object{}
	if a.Text != "" {
		blocks = append(blocks, object{"type": "text", "text": a.Text})
	}
	for _, c := range a.ToolCalls {
		blocks = append(blocks, object{"type": "tool_use", "id": c.ID, "name": c.Name, "input": json.RawMessage(c.Arguments)})
	}
	return blocks
}

func (a *answer) anthropicUsage() object {
	return object{"input_tokens": a.InputTokens, "output_tokens": a.OutputTokens}
}
