// Traces in the form of real programs: an agent by OTLP with GenAI names, a RAG
// answer with OpenInference names, a trace in OpenLLMetry's form, one that fails,
// one that is still running, and one that tries to inject markup.
const hex = (n) => Array.from({ length: n }, () => Math.floor(Math.random() * 16).toString(16)).join("");

const value = (v) =>
  typeof v === "string" ? { stringValue: v } : Number.isInteger(v) ? { intValue: String(v) } : typeof v === "number" ? { doubleValue: v }
  : typeof v === "boolean" ? { boolValue: v } : Array.isArray(v) ? { arrayValue: { values: v.map(value) } } : { stringValue: JSON.stringify(v) };
const attributes = (o) => Object.entries(o).map(([key, v]) => ({ key, value: value(v) }));

/** Builds the spans of a trace from a nested description; times are milliseconds. */
export function otlp(root, { service = "demo", start = Date.now(), traceId = hex(32) } = {}) {
  const spans = [], logs = [];
  const ns = (ms) => String(BigInt(Math.round((start + ms) * 1000)) * 1000n);
  const walk = (s, parent) => {
    const spanId = hex(16);
    spans.push({
      traceId, spanId, parentSpanId: parent, name: s.name, kind: s.kind ?? 1, startTimeUnixNano: ns(s.at), endTimeUnixNano: s.for == null ? undefined : ns(s.at + s.for),
      attributes: attributes(s.attrs || {}), status: s.error ? { code: 2, message: s.error } : { code: s.for == null ? 0 : 1 },
      events: (s.events || []).map((e) => ({ name: e.name, timeUnixNano: ns(e.at), attributes: attributes(e.attrs || {}) })),
    });
    for (const l of s.logs || []) logs.push({ traceId, spanId, timeUnixNano: ns(l.at), severityNumber: l.n ?? 9, severityText: l.level ?? "INFO", body: { stringValue: l.text }, attributes: attributes({ "code.file.path": l.file ?? "agent.go", "code.line.number": l.line ?? 42, ...(l.attrs || {}) }) });
    for (const c of s.spans || []) walk(c, spanId);
  };
  walk(root, "");
  const resource = { attributes: attributes({ "service.name": service, "service.version": "1.4.2" }) };
  return { traceId, spans: { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "demo", version: "1" }, spans }] }] }, logs: { resourceLogs: [{ resource, scopeLogs: [{ logRecords: logs }] }] } };
}

const json = JSON.stringify;
const chat = (name, at, ms, model, messages, out, tokens, extra = {}) => ({
  name, at, for: ms, kind: 3, attrs: { "gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic", "gen_ai.request.model": model, "gen_ai.usage.input_tokens": tokens[0], "gen_ai.usage.output_tokens": tokens[1],
    "gen_ai.usage.cost": tokens[0] * 3e-6 + tokens[1] * 15e-6, "gen_ai.input.messages": json(messages), "gen_ai.output.messages": json([out]), ...extra.attrs }, ...extra.span });

const ask = (text) => ({ role: "user", parts: [{ type: "text", content: text }] });
const say = (text) => ({ role: "assistant", parts: [{ type: "text", content: text }], finish_reason: "stop" });

export function agent(start) {
  const system = { role: "system", parts: [{ type: "text", content: "You are the support agent of a shop for bicycles. Look orders up before you answer. Be brief and kind." }] };
  const question = "My order 4711 was due on Monday. Where is it, and can I still change the address?";
  const call = { role: "assistant", parts: [{ type: "reasoning", content: "The customer wants the state of an order; I need the orders tool first." }, { type: "tool_call", id: "call_7f", name: "lookup_order", arguments: { order: 4711, fields: ["state", "address", "carrier"] } }], finish_reason: "tool_call" };
  const result = { role: "tool", parts: [{ type: "tool_call_response", id: "call_7f", response: { state: "in transit", carrier: "DHL", expected: "2026-11-26", address: { street: "Rue de Rivoli 12", city: "Paris" } } }] };
  const answer = "Your order **4711** is on its way with DHL and should arrive on **Thursday, 26 November**.\n\nThe address can no longer be changed by us, but you can:\n\n- redirect the parcel in the `DHL` app until the evening before, or\n- have it held at the nearest pick-up point.\n\nShall I send you the tracking link?";
  return otlp({
    name: "support-agent", at: 0, for: 4820, attrs: { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "support", "session.id": "chat-2291", "user.id": "mira", "tag.tags": ["beta", "web"], "input.value": question, "output.value": answer },
    logs: [{ at: 3, text: "picked a tool", file: "agent/loop.go", line: 88, attrs: { tool: "lookup_order" } }, { at: 4700, text: "answer ready", file: "agent/loop.go", line: 131 }],
    spans: [
      { name: "check input", at: 4, for: 38, attrs: { "openinference.span.kind": "GUARDRAIL", "input.value": question, "output.value": json({ allowed: true, rules: 12 }) } },
      chat("plan", 45, 1420, "claude-sonnet-4-5", [system, ask(question)], call, [812, 96]),
      { name: "lookup_order", at: 1470, for: 640, attrs: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "lookup_order", "gen_ai.tool.call.id": "call_7f", "gen_ai.tool.call.arguments": json({ order: 4711 }), "gen_ai.tool.call.result": json(result.parts[0].response) },
        logs: [{ at: 1502, level: "WARN", n: 13, text: "cache miss, asking the database", file: "orders/store.go", line: 57 }],
        spans: [{ name: "SELECT orders", at: 1510, for: 540, kind: 3, attrs: { "db.system.name": "postgresql", "db.query.text": "SELECT state, address FROM orders WHERE id = $1" } }] },
      { name: "find policy", at: 2120, for: 310, attrs: { "openinference.span.kind": "RETRIEVER", "input.value": "change delivery address after dispatch",
        "retrieval.documents.0.document.id": "policy/shipping#7", "retrieval.documents.0.document.content": "After dispatch the address can be changed by the recipient in the carrier's app until the evening before delivery.", "retrieval.documents.0.document.score": 0.91,
        "retrieval.documents.1.document.id": "policy/shipping#3", "retrieval.documents.1.document.content": "Parcels that cannot be delivered are held at a pick-up point for seven days.", "retrieval.documents.1.document.score": 0.78 },
        spans: [{ name: "embed query", at: 2124, for: 80, kind: 3, attrs: { "gen_ai.operation.name": "embeddings", "gen_ai.request.model": "text-embedding-3-small", "gen_ai.usage.input_tokens": 9 } }] },
      chat("answer", 2440, 2290, "claude-sonnet-4-5", [system, ask(question), call, result], say(answer), [1204, 143], { attrs: { "gen_ai.usage.cache_read.input_tokens": 812 } }),
    ],
  }, { service: "support", start });
}

export const failing = (start) => otlp({
  name: "refund-agent", at: 0, for: 2210, attrs: { "gen_ai.operation.name": "invoke_agent", "session.id": "chat-2291", "user.id": "mira", "input.value": "Refund order 4711, please.", "output.value": "I am sorry, the refund did not go through. A colleague will call you." },
  spans: [
    chat("plan", 10, 900, "claude-sonnet-4-5", [ask("Refund order 4711, please.")], { role: "assistant", parts: [{ type: "tool_call", id: "c1", name: "refund", arguments: { order: 4711, amount: 129.9 } }] }, [640, 41]),
    { name: "refund", at: 930, for: 420, error: "card declined: issuer unavailable", attrs: { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "refund", "gen_ai.tool.call.arguments": json({ order: 4711, amount: 129.9 }) },
      events: [{ name: "exception", at: 1340, attrs: { "exception.type": "PaymentError", "exception.message": "card declined: issuer unavailable", "exception.stacktrace": "pay.go:91 main.charge\nrefund.go:24 main.refund\nagent.go:77 main.run" } }] },
    chat("apologise", 1360, 840, "claude-sonnet-4-5", [ask("Tool refund failed.")], say("I am sorry, the refund did not go through. A colleague will call you."), [702, 38]),
  ],
}, { service: "support", start });

export const rag = (start) => otlp({
  name: "docs-qa", at: 0, for: 1730, attrs: { "openinference.span.kind": "CHAIN", "session.id": "docs-17", "input.value": "How do I flush before a Lambda freezes?", "output.value": "Call Flush(ctx) before the handler returns." },
  spans: [{ name: "ChatOpenAI", at: 120, for: 1580, attrs: { "openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-mini", "llm.token_count.prompt": 1873, "llm.token_count.completion": 64,
    "llm.input_messages.0.message.role": "system", "llm.input_messages.0.message.content": "Answer from the documents.", "llm.input_messages.1.message.role": "user", "llm.input_messages.1.message.content": "How do I flush before a Lambda freezes?",
    "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "Call `Flush(ctx)` before the handler returns:\n\n```go\ndefer mutagent.Flush(ctx)\n```" } }],
}, { service: "docs", start });

export const openllmetry = (start) => otlp({
  name: "joke.workflow", at: 0, for: 960, attrs: { "traceloop.span.kind": "workflow", "traceloop.entity.name": "joke", "traceloop.entity.input": json({ topic: "tracing" }), "traceloop.entity.output": json("Why did the span cross the wire?") },
  spans: [{ name: "openai.chat", at: 30, for: 900, attrs: { "llm.request.type": "chat", "gen_ai.system": "OpenAI", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.prompt_tokens": 18, "gen_ai.usage.completion_tokens": 22,
    "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Tell a joke about tracing", "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "Why did the span cross the wire?", "gen_ai.completion.0.finish_reason": "stop" } }],
}, { service: "jokes", start });

export const running = (start) => otlp({ name: "nightly-report", at: 0, for: null, attrs: { "gen_ai.operation.name": "invoke_workflow", "input.value": "All tickets of yesterday" }, spans: [{ name: "collect", at: 10, for: 5200, attrs: {} }, { name: "summarise", at: 5300, for: null, attrs: { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o" } }] }, { service: "reports", start });

/** Markup in every text field. */
export const evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
export const hostile = (start) => otlp({
  name: evil, at: 0, for: 100, attrs: { [evil]: evil, "session.id": evil, "user.id": evil, "tag.tags": [evil], "input.value": evil, "output.value": "javascript:alert(1) " + evil },
  logs: [{ at: 5, text: evil, file: evil, level: evil, attrs: { [evil]: evil } }],
  spans: [chat(evil, 1, 50, evil, [{ role: evil, parts: [{ type: "text", content: evil }, { type: evil, content: evil }, { type: "tool_call", id: evil, name: evil, arguments: { [evil]: evil } }] }, ask("**" + evil + "**\n\n```" + evil + "\n" + evil + "\n```\n\n# " + evil + "\n\n- `" + evil + "`")], say(evil), [1, 1]),
    { name: evil, at: 60, for: 10, error: evil, attrs: {}, events: [{ name: "exception", at: 61, attrs: { "exception.type": evil, "exception.message": evil, "exception.stacktrace": evil } }, { name: evil, at: 62, attrs: { [evil]: evil } }] }],
}, { service: evil, start });

export const big = (n, start) => {
  const root = { name: "big", at: 0, for: n, attrs: { "gen_ai.operation.name": "invoke_agent" }, spans: [] };
  for (let i = 0; i < n / 10; i++) root.spans.push({ name: "step " + i, at: i * 10, for: 10, attrs: {}, spans: Array.from({ length: 9 }, (_, k) => ({ name: "call " + k, at: i * 10 + k, for: 1, attrs: { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 3 } })) });
  return otlp(root, { service: "big", start });
};

export async function post(base, trace) {
  for (const [path, body] of [["/v1/traces", trace.spans], ["/v1/logs", trace.logs]]) {
    const r = await fetch(base + path, { method: "POST", headers: { "content-type": "application/json" }, body: json(body) });
    if (!r.ok) throw new Error(`${path}: ${r.status} ${await r.text()}`);
  }
  return trace.traceId;
}
