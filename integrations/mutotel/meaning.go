package mutotel

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go"
)

// operations are gen_ai.operation.name, and what stood for it before.
var operations = map[string]mutagent.Kind{
	"chat": mutagent.KindLLMChat, "generate_content": mutagent.KindLLMChat,
	"text_completion": mutagent.KindLLMCompletion, "completion": mutagent.KindLLMCompletion,
	"embeddings": mutagent.KindLLMEmbedding, "embedding": mutagent.KindLLMEmbedding,
	"invoke_agent": mutagent.KindAgent, "create_agent": mutagent.KindAgent,
	"invoke_workflow": mutagent.KindWorkflow, "invoke_node": mutagent.KindNode, "execute_tool": mutagent.KindTool,
	"retrieval": mutagent.KindRetrieval, "rerank": mutagent.KindRerank,
	"apply_guardrail": mutagent.KindGuardrail, "run_guardrail": mutagent.KindGuardrail,
}

var openInference = map[string]mutagent.Kind{
	"LLM": mutagent.KindLLMChat, "EMBEDDING": mutagent.KindLLMEmbedding, "CHAIN": mutagent.KindChain,
	"RETRIEVER": mutagent.KindRetrieval, "RERANKER": mutagent.KindRerank, "TOOL": mutagent.KindTool,
	"AGENT": mutagent.KindAgent, "GUARDRAIL": mutagent.KindGuardrail,
}

var openLLMetry = map[string]mutagent.Kind{
	"workflow": mutagent.KindWorkflow, "task": mutagent.KindChain, "agent": mutagent.KindAgent, "tool": mutagent.KindTool,
}

var genkit = map[string]mutagent.Kind{
	"model": mutagent.KindLLMChat, "embedder": mutagent.KindLLMEmbedding, "tool": mutagent.KindTool,
	"flow": mutagent.KindWorkflow, "retriever": mutagent.KindRetrieval, "reranker": mutagent.KindRerank, "util": mutagent.KindChain,
}

// kind is the sender's own word, then what the conventions say, the most exact first:
// OpenInference says CHAIN of everything that is nothing else.
func (a attributes) kind() mutagent.Kind {
	if own := a.text("mutagent.kind"); own != "" {
		return mutagent.Kind(own)
	}
	for _, k := range []mutagent.Kind{
		operations[a.text("gen_ai.operation.name")],
		openInference[strings.ToUpper(a.text("openinference.span.kind"))],
		openLLMetry[a.text("traceloop.span.kind")],
		operations[a.text("llm.request.type")],
		genkit[a.text("genkit:metadata:subtype")],
	} {
		if k != "" {
			return k
		}
	}
	return mutagent.KindCustom
}

// model reports whether the span is the call of a model.
func (a attributes) model() bool { return strings.HasPrefix(string(a.kind()), "llm.") }

// metrics has OpenTelemetry's sense: input includes cached tokens, output includes
// reasoning.
func (a attributes) metrics() mutagent.Metrics {
	m := mutagent.Metrics{
		Model:             a.text("gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "embedding.model_name", "reranker.model_name"),
		Provider:          a.text("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"),
		InputTokens:       a.count("gen_ai.usage.input_tokens", "llm.token_count.prompt", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
		OutputTokens:      a.count("gen_ai.usage.output_tokens", "llm.token_count.completion", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
		TotalTokens:       a.count("gen_ai.usage.total_tokens", "llm.token_count.total", "llm.usage.total_tokens"),
		CachedInputTokens: a.count("gen_ai.usage.cache_read.input_tokens", "llm.token_count.prompt_details.cache_read", "gen_ai.usage.cache_read_input_tokens"),
		CacheWriteTokens:  a.count("gen_ai.usage.cache_creation.input_tokens", "llm.token_count.prompt_details.cache_write", "gen_ai.usage.cache_creation_input_tokens"),
		ReasoningTokens:   a.count("gen_ai.usage.reasoning.output_tokens", "llm.token_count.completion_details.reasoning"),
		CostUSD:           a.number("gen_ai.usage.cost", "llm.cost.total"),
		TimeToFirstToken:  time.Duration(a.number("gen_ai.response.time_to_first_chunk") * float64(time.Second)),
	}
	if a.text("genkit:metadata:subtype") == "model" {
		a.genkit(&m)
	}
	return m
}

// genkit reads the usage that Genkit has in a model's answer only. Its spans are
// named after the model.
func (a attributes) genkit(m *mutagent.Metrics) {
	var answer struct {
		Usage struct{ InputTokens, OutputTokens, TotalTokens, CachedContentTokens, ThoughtsTokens int64 }
	}
	if json.Unmarshal([]byte(a.text("genkit:output")), &answer) != nil {
		return
	}
	m.Model = a.text("genkit:name")
	m.InputTokens, m.OutputTokens, m.TotalTokens = answer.Usage.InputTokens, answer.Usage.OutputTokens, answer.Usage.TotalTokens
	m.CachedInputTokens, m.ReasoningTokens = answer.Usage.CachedContentTokens, answer.Usage.ThoughtsTokens
}
