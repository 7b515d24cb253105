package genai

import "strings"

// FinishReason maps a provider's finish reason, in any case, to OpenTelemetry's: stop,
// length, content_filter, tool_call or error. Some providers return "stop" even for a
// message with tool calls. An unknown reason is returned unchanged.
func FinishReason(word string, calls bool) string {
	switch strings.ToLower(word) {
	case "stop", "end_turn", "stop_sequence", "stop_sequences", "stop_criteria_met", "completed", "complete", "finish", "finished",
		"eos", "eos_token", "endoftext", "end_of_text", "load", "unload", "pause_turn", "compaction", "succeeded":
		if calls {
			return "tool_call"
		}
		return "stop"
	case "length", "max_tokens", "max_output_tokens", "max_new_tokens", "maximum_tokens", "model_length", "model_context_window_exceeded",
		"incomplete", "token_limit", "time_limit", "error_limit":
		return "length"
	case "tool_call", "tool_calls", "function_call", "tool_use", "requires_action":
		return "tool_call"
	case "content_filter", "content_filtered", "refusal", "safety", "recitation", "language", "blocklist", "prohibited_content", "spii",
		"image_safety", "image_prohibited_content", "image_recitation", "model_armor", "jailbreak", "guardrail_intervened", "error_toxic":
		return "content_filter"
	case "failed", "error", "cancelled", "canceled", "malformed_function_call", "malformed_response", "malformed_model_output", "malformed_tool_use",
		"unexpected_tool_call", "too_many_tool_calls", "missing_thought_signature", "no_image", "image_other", "other",
		"insufficient_system_resource", "abort":
		return "error"
	case "finish_reason_unspecified", "block_reason_unspecified":
		return ""
	}
	return word
}
