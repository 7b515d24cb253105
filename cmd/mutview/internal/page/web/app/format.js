// Numbers and times in readable form.

/** Nanoseconds: 12 µs, 340 ms, 2.51 s, 3 m 05 s. */
export function duration(ns) {
  if (ns == null || ns < 0) return "…";
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${digits(ns / 1e3)} µs`;
  if (ns < 1e9) return `${digits(ns / 1e6)} ms`;
  if (ns < 60e9) return `${digits(ns / 1e9)} s`;
  const s = Math.round(ns / 1e9);
  if (s < 3600) return `${Math.floor(s / 60)} m ${String(s % 60).padStart(2, "0")} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} m`;
}

const digits = (n) => (n < 10 ? n.toFixed(2).replace(/\.?0+$/, "") : n < 100 ? n.toFixed(1).replace(/\.0$/, "") : String(Math.round(n)));

/** 950, 12.3k, 1.2M */
export function count(n) {
  if (n < 10_000) return n.toLocaleString("en");
  if (n < 1e6) return digits(n / 1e3) + "k";
  return digits(n / 1e6) + "M";
}

export function cost(usd) {
  if (!usd) return "";
  if (usd < 0.0001) return "<$0.0001";
  return "$" + (usd < 0.1 ? usd.toFixed(4) : usd.toFixed(2));
}

/** Nanoseconds since 1970, relative to now. */
export function ago(ns, now = Date.now()) {
  const s = (now - ns / 1e6) / 1000;
  if (s < 5) return "now";
  if (s < 60) return `${Math.floor(s)} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  const at = new Date(ns / 1e6);
  const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (at.toDateString() === new Date(now).toDateString()) return time;
  return at.toLocaleDateString([], { month: "short", day: "numeric" }) + " " + time;
}

export const clock = (ns) => new Date(ns / 1e6).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" });

const families = {
  agent: "agent", "llm.chat": "llm", "llm.completion": "llm", "llm.embedding": "embed", tool: "tool", retrieval: "find", rerank: "find",
  guardrail: "guard", evaluator: "guard", http: "net", db: "net", rpc: "net", messaging: "net",
};
const words = { "llm.chat": "chat", "llm.completion": "completion", "llm.embedding": "embedding" };

/** The colour group of a kind; a class in the style sheet. */
export const family = (kind) => "k-" + (families[kind] || (kind?.startsWith("llm.") ? "llm" : "plain"));
/** The short name of a kind; "span" for a span without a kind. */
export const kindWord = (kind) => words[kind] || kind || "span";

/** A text unchanged, any other value as indented JSON. */
export const pretty = (v) => (typeof v === "string" ? v : JSON.stringify(v, null, 2));
