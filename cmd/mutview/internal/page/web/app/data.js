// All requests to the server. In an exported file the answers are in the file
// itself.
import { signal } from "@preact/signals";

const script = document.getElementById("trace");

/** {view, spans} of an exported file; null on the served page. */
export const embedded = script ? JSON.parse(script.textContent) : null;

/** "live", "lost" or "off": whether the page receives new traces. */
export const connection = signal(embedded ? "off" : "lost");

async function get(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.message || `${answer.status} ${answer.statusText}`);
  return body;
}

const id = encodeURIComponent;

export const traces = (query) => get("/api/view/traces?" + query);
export const sessions = () => get("/api/view/sessions");
export const names = () => get("/api/view/names");
export const trace = async (t) => (embedded ? embedded.view : get(`/api/view/traces/${id(t)}`));
export const events = async (t) => (embedded ? eventsOf(embedded.spans) : get(`/api/view/traces/${id(t)}/events`));
export const span = async (t, s) => (embedded ? embedded.spans[s] : get(`/api/view/traces/${id(t)}/spans/${id(s)}`));
export const exportLink = (t, format) => `/api/view/traces/${id(t)}/export?format=${format}`;

/** The IDs of the spans that contain the text. */
export async function search(t, text) {
  if (!embedded) return (await get(`/api/view/traces/${id(t)}/search?q=${id(text)}`)).spans;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return Object.values(embedded.spans)
    .filter((s) => ((all) => words.every((w) => all.includes(w)))(JSON.stringify(s).toLowerCase()))
    .map((s) => s.spanId);
}

const eventsOf = (spans) => ({
  events: Object.values(spans).flatMap((s) => (s.events || []).map((e) => ({ ...e, spanId: s.spanId }))),
});

const listeners = new Set();

/** Calls f with a test for trace ids whenever something has changed. */
export function onChange(f) {
  listeners.add(f);
  return () => listeners.delete(f);
}

if (!embedded) {
  const stream = new EventSource("/api/view/live");
  let wasLost = false;
  stream.onopen = () => {
    connection.value = "live";
    if (wasLost) for (const f of listeners) f(() => true); // any trace may have changed
    wasLost = false;
  };
  stream.onerror = () => {
    connection.value = "lost";
    wasLost = true;
  };
  stream.addEventListener("change", (e) => {
    const { traces, more } = JSON.parse(e.data);
    const changed = new Set(traces);
    for (const f of listeners) f((id) => more || changed.has(id));
  });
  addEventListener("pagehide", () => stream.close());
}
