package semconv

import "strings"

// operations maps gen_ai.operation.name, and its earlier names, to kinds.
var operations = map[string]string{
	"chat": "llm.chat", "generate_content": "llm.chat", "text_completion": "llm.completion", "completion": "llm.completion",
	"embeddings": "llm.embedding", "embedding": "llm.embedding", "invoke_agent": "agent", "create_agent": "agent", "plan": "agent",
	"invoke_workflow": "workflow", "invoke_node": "node", "execute_tool": "tool", "retrieval": "retrieval", "rerank": "rerank",
	"apply_guardrail": "guardrail", "run_guardrail": "guardrail",
}

var openInference = map[string]string{
	"LLM": "llm.chat", "EMBEDDING": "llm.embedding", "CHAIN": "chain", "RETRIEVER": "retrieval", "RERANKER": "rerank",
	"TOOL": "tool", "AGENT": "agent", "GUARDRAIL": "guardrail",
}

var openLLMetry = map[string]string{"workflow": "workflow", "task": "chain", "agent": "agent", "tool": "tool"}

var genkit = map[string]string{
	"model": "llm.chat", "background-model": "llm.chat", "embedder": "llm.embedding", "tool": "tool", "tool.v2": "tool",
	"flow": "workflow", "retriever": "retrieval", "reranker": "rerank", "util": "chain",
}

// Kind returns the sender's own kind, or else the kind by the conventions, the most
// exact first: OpenInference uses CHAIN for everything without a kind of its own.
// mutagent.kind precedes the API's kind, which may be "custom" instead. Kind is "" if
// it is unknown.
func (a Attributes) Kind() string {
	for _, kind := range []string{
		a.Text("mutagent.kind", "mutagent.span.kind"),
		operations[a.Text("gen_ai.operation.name")],
		a.openInference(),
		openLLMetry[a.Text("traceloop.span.kind")],
		operations[a.Text("llm.request.type")],
		genkit[a.Text("genkit:metadata:subtype")],
	} {
		if kind != "" {
			return kind
		}
	}
	switch {
	case a.Text("gen_ai.request.model", "gen_ai.response.model") != "":
		return "llm.chat"
	case a.Text("gen_ai.tool.name") != "":
		return "tool"
	}
	return ""
}

// openInference returns the kind by OpenInference. It returns OpenInference's own word
// for kinds that MutagenT does not have: evaluator, prompt.
func (a Attributes) openInference() string {
	word := a.Text("openinference.span.kind")
	if kind := openInference[strings.ToUpper(word)]; kind != "" {
		return kind
	}
	return strings.ToLower(word)
}

// Model reports whether the span is a model call.
func (a Attributes) Model() bool { return strings.HasPrefix(a.Kind(), "llm.") }
