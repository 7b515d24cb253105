package semconv

import (
	"encoding/json"
	"slices"
	"strings"
)

// The attributes of each fact in the conventions and libraries, the most exact first.
var (
	kindKeys        = []string{"gen_ai.operation.name", "openinference.span.kind", "traceloop.span.kind", "llm.request.type", "genkit:metadata:subtype"}
	modelKeys       = []string{"gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "embedding.model_name", "reranker.model_name", "model"}
	providerKeys    = []string{"gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "provider"}
	inputKeys       = []string{"gen_ai.usage.input_tokens", "llm.token_count.prompt", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "inputTokens"}
	outputKeys      = []string{"gen_ai.usage.output_tokens", "llm.token_count.completion", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens", "outputTokens"}
	totalKeys       = []string{"gen_ai.usage.total_tokens", "llm.token_count.total", "llm.usage.total_tokens", "totalTokens"}
	cachedKeys      = []string{"gen_ai.usage.cache_read.input_tokens", "llm.token_count.prompt_details.cache_read", "gen_ai.usage.cache_read_input_tokens", "cachedInputTokens"}
	cacheWriteKeys  = []string{"gen_ai.usage.cache_creation.input_tokens", "llm.token_count.prompt_details.cache_write", "gen_ai.usage.cache_creation_input_tokens"}
	reasoningKeys   = []string{"gen_ai.usage.reasoning.output_tokens", "llm.token_count.completion_details.reasoning", "gen_ai.usage.reasoning_tokens", "reasoningTokens"}
	costKeys        = []string{"gen_ai.usage.cost", "mutagent.cost_usd", "gen_ai.usage.cost_usd", "llm.cost.total", "costUsd"}
	sessionKeys     = []string{"session.id", "gen_ai.conversation.id", "traceloop.association.properties.session_id", "langfuse.session.id"}
	userKeys        = []string{"user.id", "enduser.id", "traceloop.association.properties.user_id", "langfuse.user.id"}
	environmentKeys = []string{"deployment.environment.name", "deployment.environment"}
	tagKeys         = []string{"tag.tags", "tags", "mutagent.tags", "langfuse.trace.tags"}
)

// Usage is the usage of a model call. Zero means unknown. As in OpenTelemetry, input
// includes cached tokens and output includes reasoning.
type Usage struct {
	InputTokens, OutputTokens, TotalTokens          int64
	CachedTokens, CacheWriteTokens, ReasoningTokens int64
	CostUSD                                         float64
}

// Usage returns the usage.
func (a Attributes) Usage() Usage {
	u := Usage{
		InputTokens: a.count(inputKeys...), OutputTokens: a.count(outputKeys...), TotalTokens: a.count(totalKeys...),
		CachedTokens: a.count(cachedKeys...), CacheWriteTokens: a.count(cacheWriteKeys...), ReasoningTokens: a.count(reasoningKeys...),
		CostUSD: a.Number(costKeys...),
	}
	if u == (Usage{}) {
		return a.genkitUsage()
	}
	return u
}

// Counted reports whether a key makes a span a model call whose usage counts.
func Counted(key string) bool { return slices.Contains(countedKeys, key) }

var countedKeys = slices.Concat(kindKeys, inputKeys, outputKeys, totalKeys, cachedKeys, cacheWriteKeys, reasoningKeys, costKeys)

// ModelName returns the model that answered, or else the requested one.
func (a Attributes) ModelName() string {
	if name := a.Text(modelKeys...); name != "" {
		return name
	}
	_, name := a.genkitModel()
	return name
}

// Provider returns the provider of the model.
func (a Attributes) Provider() string {
	if name := a.Text(providerKeys...); name != "" {
		return name
	}
	name, _ := a.genkitModel()
	return name
}

// Session returns the session ID.
func (a Attributes) Session() string { return a.Text(sessionKeys...) }

// User returns the user ID.
func (a Attributes) User() string { return a.Text(userKeys...) }

// Environment returns the deployment environment. It may also be an attribute of the
// resource.
func (a Attributes) Environment() string { return a.Text(environmentKeys...) }

// Tags returns the tags. They are a list, a list as JSON, or words separated by commas.
func (a Attributes) Tags() []string {
	for _, key := range tagKeys {
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

func texts(list []any) (out []string) {
	for _, item := range list {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
