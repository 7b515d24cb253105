// Package genai finds the meaning of spans in the attribute names of
// OpenTelemetry's GenAI conventions, OpenInference, OpenLLMetry and the
// MutagenT API. A span that uses none of them keeps what it has.
package genai

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// previewBytes is how much of input and output lists can show.
const previewBytes = 240

// Facts reads what lists show, filters ask for and sums add up.
func Facts(s *trace.Span) trace.Facts {
	a := s.Attributes
	f := trace.Facts{
		Kind:        kind(a),
		Service:     first(s.Resource, "service.name"),
		Session:     first(a, "session.id", "gen_ai.conversation.id", "traceloop.association.properties.session_id", "langfuse.session.id"),
		User:        first(a, "user.id", "enduser.id", "traceloop.association.properties.user_id", "langfuse.user.id"),
		Environment: first(a, "deployment.environment.name", "deployment.environment"),
		Tags:        tags(a),
		Model:       first(a, "gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "embedding.model_name", "reranker.model_name", "model"),
		Provider:    first(a, "gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "provider"),
		Usage:       usage(a),
	}
	if f.Environment == "" {
		f.Environment = first(s.Resource, "deployment.environment.name", "deployment.environment")
	}
	if f.Session == "" {
		f.Session = first(s.Resource, "session.id")
	}
	return f
}

// FirstWords are those of the input and the output, for lists.
func FirstWords(s *trace.Span) (input, output string) {
	return preview(Input(s), true), preview(Output(s), false)
}

// usage keeps OpenTelemetry's sense: input includes cached tokens, output
// includes reasoning.
func usage(a trace.Attrs) trace.Usage {
	return trace.Usage{
		InputTokens:     integer(a, "gen_ai.usage.input_tokens", "llm.token_count.prompt", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "inputTokens"),
		OutputTokens:    integer(a, "gen_ai.usage.output_tokens", "llm.token_count.completion", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens", "outputTokens"),
		CachedTokens:    integer(a, "gen_ai.usage.cache_read.input_tokens", "llm.token_count.prompt_details.cache_read", "gen_ai.usage.cache_read_input_tokens", "cachedInputTokens"),
		ReasoningTokens: integer(a, "gen_ai.usage.reasoning.output_tokens", "llm.token_count.completion_details.reasoning", "gen_ai.usage.reasoning_tokens", "reasoningTokens"),
		CostUSD:         number(a, "gen_ai.usage.cost", "mutagent.cost_usd", "gen_ai.usage.cost_usd", "llm.cost.total", "costUsd"),
	}
}

var operations = map[string]string{
	"chat": "llm.chat", "generate_content": "llm.chat", "text_completion": "llm.completion", "completion": "llm.completion",
	"embeddings": "llm.embedding", "embedding": "llm.embedding", "invoke_agent": "agent", "create_agent": "agent", "plan": "agent",
	"invoke_workflow": "workflow", "execute_tool": "tool", "retrieval": "retrieval", "rerank": "rerank",
	"apply_guardrail": "guardrail", "run_guardrail": "guardrail",
}

var openInference = map[string]string{
	"LLM": "llm.chat", "EMBEDDING": "llm.embedding", "CHAIN": "chain", "RETRIEVER": "retrieval", "RERANKER": "rerank",
	"TOOL": "tool", "AGENT": "agent", "GUARDRAIL": "guardrail", "EVALUATOR": "evaluator", "PROMPT": "prompt",
}

var openLLMetry = map[string]string{"workflow": "workflow", "task": "chain", "agent": "agent", "tool": "tool"}

// kind is the sender's own word where it said one (mutagent.kind is the word
// where the API had only "custom" for it), then what the conventions
// say, the most exact first. OpenInference's CHAIN is said of everything that
// is nothing else, so an operation name goes before it.
func kind(a trace.Attrs) string {
	if k := first(a, "mutagent.kind", "mutagent.span.kind"); k != "" {
		return k
	}
	if op := first(a, "gen_ai.operation.name"); op != "" {
		if k := operations[op]; k != "" {
			return k
		}
	}
	if k := first(a, "openinference.span.kind"); k != "" {
		if known := openInference[strings.ToUpper(k)]; known != "" {
			return known
		}
		return strings.ToLower(k)
	}
	if k := openLLMetry[first(a, "traceloop.span.kind")]; k != "" {
		return k
	}
	if k := operations[first(a, "llm.request.type")]; k != "" {
		return k
	}
	if first(a, "gen_ai.request.model", "gen_ai.response.model") != "" {
		return "llm.chat"
	}
	if first(a, "gen_ai.tool.name") != "" {
		return "tool"
	}
	switch {
	case first(a, "http.request.method", "http.method") != "":
		return "http"
	case first(a, "db.system.name", "db.system") != "":
		return "db"
	case first(a, "rpc.system", "rpc.system.name") != "":
		return "rpc"
	case first(a, "messaging.system") != "":
		return "messaging"
	}
	return ""
}

func tags(a trace.Attrs) []string {
	for _, key := range []string{"tag.tags", "tags", "mutagent.tags", "langfuse.trace.tags"} {
		switch v := a[key].(type) {
		case []string:
			return v
		case []any:
			return texts(v)
		case string:
			var list []any
			if json.Unmarshal([]byte(v), &list) == nil {
				return texts(list)
			}
			return strings.Split(v, ",")
		}
	}
	return nil
}

func texts(list []any) []string {
	var out []string
	for _, item := range list {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// first is the text under the first of the keys that has one.
func first(a trace.Attrs, keys ...string) string {
	for _, key := range keys {
		switch v := a[key].(type) {
		case string:
			if v != "" {
				return v
			}
		case json.Number:
			return v.String()
		case int64:
			return strconv.FormatInt(v, 10)
		}
	}
	return ""
}

func integer(a trace.Attrs, keys ...string) int64 {
	n := int64(number(a, keys...))
	return max(0, n)
}

func number(a trace.Attrs, keys ...string) float64 {
	for _, key := range keys {
		switch v := a[key].(type) {
		case int64:
			return float64(v)
		case float64:
			return v
		case json.Number:
			if f, err := v.Float64(); err == nil {
				return f
			}
		case string:
			if f, err := strconv.ParseFloat(v, 64); err == nil && f < 1e15 {
				return f
			}
		}
	}
	return 0
}
