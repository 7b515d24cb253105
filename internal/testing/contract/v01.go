package contract

// MaxTraces is the largest number of traces in a request.
const MaxTraces = 100

var batch01 = shape{
	need("traces", list(1, MaxTraces, trace01.check)),
}

var trace01 = shape{
	need("traceId", text(1, 255)),
	need("startTime", dateTime),
	need("spans", list(0, 0, span01.check)),
	allow("endTime", dateTime),
	allow("name", text(0, 500)),
	allow("sessionId", text(0, 255)),
	allow("source", oneOf("sdk", "langchain", "langgraph", "vercel-ai", "openai", "otel", "manual")),
	allow("environment", oneOf("production", "staging", "development")),
	allow("tags", list(0, 0, anyText)),
	allow("metadata", object),
}

var span01 = shape{
	need("spanId", text(1, 255)),
	need("name", text(1, 500)),
	need("kind", oneOf("llm.chat", "llm.completion", "llm.embedding", "chain", "agent", "graph", "node", "edge",
		"workflow", "middleware", "retrieval", "rerank", "tool", "guardrail", "custom")),
	need("startTime", dateTime),
	allow("endTime", dateTime),
	allow("parentSpanId", text(0, 255)),
	allow("tokens", shape{need("input", amount), need("output", amount)}.check),
	allow("model", text(0, 255)),
	allow("provider", text(0, 255)),
	allow("costUsd", amount),
	allow("latencyMs", amount),
	allow("ttftMs", amount),
	allow("statusMessage", anyText),
	allow("error", anyText),
	allow("attributes", object),
	allow("events", list(0, 0, event01.check)),
	allow("metadata", object),
}

var event01 = shape{
	need("name", anyText),
	need("timestamp", dateTime),
	allow("attributes", object),
}
