package otlp

// SchemaURL is the version of OpenTelemetry's semantic conventions that the names in
// this file are from.
const SchemaURL = "https://opentelemetry.io/schemas/1.41.0"

// A kind maps one kind of span to other vocabularies. An empty field means that the
// vocabulary has no word for it.
type kind struct {
	operation     string // gen_ai.operation.name
	span          int    // OpenTelemetry's span kind
	openInference string // openinference.span.kind
	named         fact   // the attribute that repeats the span's name
}

const (
	internal = 1 // SPAN_KIND_INTERNAL
	client   = 3 // SPAN_KIND_CLIENT
)

// kinds has every kind that MutagenT defines. Any other is a custom one.
var kinds = map[string]kind{
	"llm.chat":       {"chat", client, "LLM", 0},
	"llm.completion": {"text_completion", client, "LLM", 0},
	"llm.embedding":  {"embeddings", client, "EMBEDDING", 0},
	"agent":          {"invoke_agent", internal, "AGENT", agentName},
	"graph":          {"invoke_workflow", internal, "CHAIN", workflowName},
	"workflow":       {"invoke_workflow", internal, "CHAIN", workflowName},
	"chain":          {"", internal, "CHAIN", 0},
	"node":           {"", internal, "CHAIN", nodeID},
	"edge":           {"", internal, "CHAIN", 0},
	"middleware":     {"", internal, "CHAIN", 0},
	"tool":           {"execute_tool", internal, "TOOL", toolName},
	"retrieval":      {"retrieval", client, "RETRIEVER", 0},
	"rerank":         {"", client, "RERANKER", 0},
	"guardrail":      {"apply_guardrail", internal, "GUARDRAIL", 0}, // from a draft of the conventions
	"custom":         {"", internal, "CHAIN", 0},
}

func kindOf(name string) kind {
	if k, ok := kinds[name]; ok {
		return k
	}
	return kinds["custom"]
}

// A fact is one statement about a span, sent as one attribute.
type fact uint8

const (
	_ fact = iota
	operationName
	openInferenceKind
	mutagenKind
	agentName
	workflowName
	nodeID
	toolName
	providerName
	requestModel
	responseModel
	llmModel
	responseID
	finishReasons
	firstChunk
	inputTokens
	outputTokens
	totalTokens
	cachedTokens
	cacheWriteTokens
	reasoningTokens
	cost
	usage
	llmPromptTokens
	llmCompletionTokens
	llmTotalTokens
	llmCachedTokens
	llmCacheWriteTokens
	llmReasoningTokens
	llmCost
	sessionID
	conversationID
	userID
	tags
	errorType
	unfinished
	late
	inputMessages
	outputMessages
	toolArguments
	toolResult
	queryText
	documents
	inputValue
	inputType
	outputValue
	outputType
	truncated
	numFacts
)

// facts is the table of meaning: the attribute of each fact, its source, and its
// vocabulary. The attributes that only OpenInference viewers read can be switched off.
// A fact of the skeleton stays when memory runs short and the payload is dropped.
//
// docs/otlp.md shows the table.
var facts = [numFacts]struct {
	key, from     string
	openInference bool
	payload       bool
}{
	operationName:     {key: "gen_ai.operation.name", from: "the kind"},
	openInferenceKind: {key: "openinference.span.kind", from: "the kind", openInference: true},
	mutagenKind:       {key: "mutagent.kind", from: "the kind as it is"},
	agentName:         {key: "gen_ai.agent.name", from: "the name of an agent"},
	workflowName:      {key: "gen_ai.workflow.name", from: "the name of a graph or workflow"},
	nodeID:            {key: "graph.node.id", from: "the name of a node", openInference: true},
	toolName:          {key: "gen_ai.tool.name", from: "the name of a tool"},

	providerName:  {key: "gen_ai.provider.name", from: "Metrics.Provider"},
	requestModel:  {key: "gen_ai.request.model", from: "Metrics.Model"},
	responseModel: {key: "gen_ai.response.model", from: "Metrics.Model, once the span has ended"},
	llmModel:      {key: "llm.model_name", from: "Metrics.Model", openInference: true},
	responseID:    {key: "gen_ai.response.id", from: "the attribute of that name"},
	finishReasons: {key: "gen_ai.response.finish_reasons", from: "the finish reasons of the output's messages"},
	firstChunk:    {key: "gen_ai.response.time_to_first_chunk", from: "Metrics.TimeToFirstToken, in seconds"},

	inputTokens:      {key: "gen_ai.usage.input_tokens", from: "Metrics.InputTokens"},
	outputTokens:     {key: "gen_ai.usage.output_tokens", from: "Metrics.OutputTokens"},
	totalTokens:      {key: "gen_ai.usage.total_tokens", from: "Metrics.TotalTokens"},
	cachedTokens:     {key: "gen_ai.usage.cache_read.input_tokens", from: "Metrics.CachedInputTokens"},
	cacheWriteTokens: {key: "gen_ai.usage.cache_creation.input_tokens", from: "Metrics.CacheWriteTokens"},
	reasoningTokens:  {key: "gen_ai.usage.reasoning.output_tokens", from: "Metrics.ReasoningTokens"},
	cost:             {key: "gen_ai.usage.cost", from: "Metrics.CostUSD, or 0 if it is Free"},
	usage:            {key: "mutagent.usage", from: "`reported`, `estimated`, or `missing` from a model call"},

	llmPromptTokens:     {key: "llm.token_count.prompt", from: "Metrics.InputTokens", openInference: true},
	llmCompletionTokens: {key: "llm.token_count.completion", from: "Metrics.OutputTokens", openInference: true},
	llmTotalTokens:      {key: "llm.token_count.total", from: "Metrics.TotalTokens, or the sum", openInference: true},
	llmCachedTokens:     {key: "llm.token_count.prompt_details.cache_read", from: "Metrics.CachedInputTokens", openInference: true},
	llmCacheWriteTokens: {key: "llm.token_count.prompt_details.cache_write", from: "Metrics.CacheWriteTokens", openInference: true},
	llmReasoningTokens:  {key: "llm.token_count.completion_details.reasoning", from: "Metrics.ReasoningTokens", openInference: true},
	llmCost:             {key: "llm.cost.total", from: "Metrics.CostUSD, or 0 if it is Free", openInference: true},

	sessionID:      {key: "session.id", from: "the session"},
	conversationID: {key: "gen_ai.conversation.id", from: "the session, on what has an operation name"},
	userID:         {key: "user.id", from: "the user"},
	tags:           {key: "tag.tags", from: "the tags"},
	errorType:      {key: "error.type", from: "the attribute of that name, `_OTHER` for an error without one"},
	unfinished:     {key: "mutagent.unfinished", from: "true on a span that had not ended"},
	late:           {key: "mutagent.late", from: "true on a span that holds late events"},

	inputMessages:  {key: "gen_ai.input.messages", from: "the input's messages, or text of a model or agent", payload: true},
	outputMessages: {key: "gen_ai.output.messages", from: "the output's messages, or text of a model or agent", payload: true},
	toolArguments:  {key: "gen_ai.tool.call.arguments", from: "the input of a tool", payload: true},
	toolResult:     {key: "gen_ai.tool.call.result", from: "the output of a tool", payload: true},
	queryText:      {key: "gen_ai.retrieval.query.text", from: "the input text of a retrieval", payload: true},
	documents:      {key: "gen_ai.retrieval.documents", from: "the output's documents", payload: true},
	inputValue:     {key: "input.value", from: "the input", openInference: true, payload: true},
	inputType:      {key: "input.mime_type", from: "`text/plain` or `application/json`", openInference: true, payload: true},
	outputValue:    {key: "output.value", from: "the output", openInference: true, payload: true},
	outputType:     {key: "output.mime_type", from: "`text/plain` or `application/json`", openInference: true, payload: true},
	truncated:      {key: "mutagent.truncated", from: "true on a span that lost some of its payload", payload: true},
}

// factOf maps the key of a program's own attribute to the fact with that key. The
// program's value takes precedence.
var factOf = func() map[string]fact {
	m := make(map[string]fact, numFacts)
	for f := fact(1); f < numFacts; f++ {
		m[facts[f].key] = f
	}
	return m
}()
