// The live list of traces, the newest first.
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { traces, onChange } from "mutview/data";
import { route, go, withQuery } from "mutview/route";
import { useKeys } from "mutview/keys";
import { ago, clock, cost, count, duration, family, kindWord } from "mutview/format";

export const Kind = ({ kind }) => html`<span class=${"kind " + family(kind)}>${kindWord(kind)}</span>`;

const statusOf = (t) => (t.errors ? "error" : t.open ? "open" : "ok");
const statusWord = { error: "failed", open: "running", ok: "ok" };

const filters = { kind: "kind", status: "status", service: "service", session: "session", user: "user", tag: "tag", model: "model", environment: "environment", name: "name", min: "longer than", since: "within" };

function Filters() {
  const { query } = route.value;
  const add = (key, value, word) => html`<a class="chip" aria-pressed=${query.get(key) === value} href=${withQuery({ [key]: query.get(key) === value ? "" : value })}>${word}</a>`;
  return html`<div class="filters" role="group" aria-label="Filters">
    ${add("status", "error", "failed")}${add("status", "open", "running")}${add("min", "1s", "> 1 s")}${add("min", "10s", "> 10 s")}${add("since", "1h", "last hour")}
    ${Object.keys(filters).filter((key) => query.get(key) && !/^(status|min|since)$/.test(key)).map((key) => html`
      <a class="chip on" href=${withQuery({ [key]: "" })} title="Remove this filter">${filters[key]}: <b>${query.get(key)}</b> ×</a>`)}
  </div>`;
}

export function List({ query }) {
  const [page, setPage] = useState(null);
  const [error, setError] = useState("");
  const [at, setAt] = useState(-1);
  const [picked, setPicked] = useState([]);
  const asked = useRef(0);
  const size = useRef(50);

  const load = async () => {
    const mine = ++asked.current;
    try {
      const got = await traces(query + (query ? "&" : "") + "limit=" + size.current);
      if (mine === asked.current) { setPage(got); setError(""); }
    } catch (e) {
      if (mine === asked.current) setError(e.message);
    }
  };
  useEffect(() => { size.current = 50; setAt(-1); load(); }, [query]);
  useEffect(() => {
    document.title = "Traces · mutview";
    // Changes during a request are combined.
    let waiting = false;
    return onChange(() => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => { waiting = false; load(); }, 60);
    });
  }, [query]);
  useEffect(() => {
    const tick = setInterval(() => setPage((p) => p && { ...p }), 10_000); // updates "3 s ago"
    return () => clearInterval(tick);
  }, []);

  const list = page?.traces || [];
  const move = (n) => () => {
    const next = Math.max(0, Math.min(list.length - 1, at + n));
    setAt(next);
    document.querySelectorAll(".row")[next]?.scrollIntoView({ block: "nearest" });
  };
  const open = () => { if (list[at]) go("/trace/" + encodeURIComponent(list[at].traceId)); else return false; };
  useKeys({ j: move(1), ArrowDown: move(1), k: move(-1), ArrowUp: move(-1), Enter: open });

  const pick = (id) => setPicked((p) => (p.includes(id) ? p.filter((x) => x !== id) : [...p, id].slice(-2)));
  const more = () => { size.current = Math.min(500, size.current + 100); load(); };

  return html`<main class="list">
    <div class="toolbar"><${Filters} /><span class="grow"></span>
      ${picked.length > 0 && html`<a class="button" aria-disabled=${picked.length < 2} href=${picked.length === 2 ? `/compare?a=${encodeURIComponent(picked[0])}&b=${encodeURIComponent(picked[1])}` : null}>Compare ${picked.length} of 2</a>`}
    </div>
    ${error && html`<p class="problem" role="alert">${error}</p>`}
    ${page && !list.length && !error && html`<${Empty} filtered=${!!query} />`}
    ${list.length > 0 && html`<div class="table" role="list">
      <div class="head" aria-hidden="true"><span></span><span>Trace</span><span>About</span><span class="num">Duration</span><span class="num">Tokens</span><span class="num">Cost</span><span class="num">When</span></div>
      ${list.map((t, i) => html`<${Row} key=${t.traceId} t=${t} on=${i === at} picked=${picked.includes(t.traceId)} pick=${pick} />`)}
    </div>`}
    ${page?.next && list.length < 500 && html`<p class="more"><button onClick=${more}>Show more</button></p>`}
  </main>`;
}

function Row({ t, on, picked, pick }) {
  const status = statusOf(t);
  const chip = (key, value) => html`<a class="chip" href=${withQuery({ [key]: value })} title=${"Only " + filters[key] + " " + value}>${value}</a>`;
  return html`<div class=${"row " + status + (on ? " on" : "")} role="listitem">
    <label class="pick"><input type="checkbox" checked=${picked} onChange=${() => pick(t.traceId)} aria-label=${"Compare " + t.name} /><i class="dot" title=${statusWord[status]}></i></label>
    <div class="what">
      <a class="name" href=${"/trace/" + encodeURIComponent(t.traceId)}><${Kind} kind=${t.kind} /><b>${t.name || t.traceId}</b>
        ${t.errors > 0 && html`<span class="bad">${t.errors} failed</span>`}${t.open > 0 && html`<span class="running">running</span>`}</a>
      <span class="chips">${t.session && chip("session", t.session)}${t.user && chip("user", t.user)}${t.service && chip("service", t.service)}
        ${(t.tags || []).map((tag) => chip("tag", tag))}${(t.models || []).map((m) => chip("model", m))}</span>
    </div>
    <div class="about"><span class="in">${t.input}</span><span class="out">${t.message && t.errors ? t.message : t.output}</span></div>
    <span class="num strong">${t.open ? "…" : duration(t.end - t.start)}<small>${count(t.spans)} span${t.spans === 1 ? "" : "s"}</small></span>
    <span class="num">${(t.inputTokens || t.outputTokens) ? html`${count((t.inputTokens || 0) + (t.outputTokens || 0))}<small>${count(t.inputTokens || 0)} → ${count(t.outputTokens || 0)}</small>` : ""}</span>
    <span class="num">${cost(t.costUsd)}</span>
    <time class="num" title=${clock(t.start)}>${ago(t.start)}</time>
  </div>`;
}

function Empty({ filtered }) {
  if (filtered) return html`<div class="empty"><h2>Nothing matches</h2><p><a href="/">Show all traces</a></p></div>`;
  const origin = location.origin;
  return html`<div class="empty"><h2>Waiting for the first trace</h2>
    <p>Point a program here; no key is needed.</p>
    <pre><span class="muted"># mutagent for Go, or the vendor's own SDK</span>\nexport MUTAGENT_SERVER_URL=${origin} MUTAGENT_API_KEY=mt_local\n\n<span class="muted"># any OpenTelemetry program</span>\nexport OTEL_EXPORTER_OTLP_ENDPOINT=${origin} OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf</pre></div>`;
}
