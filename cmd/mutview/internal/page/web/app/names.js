// Percentiles by name: which steps are slow or expensive, and whether they get worse.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { names } from "mutview/data";
import { Kind } from "mutview/list";
import { go, route, withQuery } from "mutview/route";
import { cost, count, duration, family } from "mutview/format";

const measures = { duration: ["Duration", duration], tokens: ["Tokens", count], cost: ["Cost", cost] };
const columns = [["count", "Spans"], ["errors", "Failed"], ["p50", "p50"], ["p95", "p95"], ["p99", "p99"], ["costUsd", "Cost in all"]];

export function Names() {
  const [list, setList] = useState(null);
  const [error, setError] = useState("");
  const [by, setBy] = useState("count");
  useEffect(() => {
    document.title = "Latency · mutview";
    names().then((got) => setList(got.names), (e) => setError(e.message));
  }, []);
  const asked = route.value.query.get("of");
  const of = Object.hasOwn(measures, asked) ? asked : "duration";
  const show = measures[of][1];
  const value = (n, key) => (key in n ? n[key] : n[of][key]) || 0;
  const sorted = (list || []).filter((n) => n[of]).sort((a, b) => value(b, by) - value(a, by));
  return html`<main class="list names">${error && html`<p class="problem" role="alert">${error}</p>`}
    ${list && !list.length && html`<div class="empty"><h2>No spans yet</h2></div>`}
    ${list?.length > 0 && html`<div class="filters">${Object.entries(measures).map(([key, [word]]) => html`<button class=${"chip" + (of === key ? " on" : "")} aria-pressed=${of === key} onClick=${() => go(withQuery({ of: key === "duration" ? "" : key }))}>${word}</button>`)}</div>
    <div class="scroll"><table class="stats"><caption>${measures[of][0]} in the newest 100,000 spans by name</caption><thead><tr><th scope="col">Name</th>
      ${columns.map(([key, word]) => html`<th scope="col" class="num" aria-sort=${by === key ? "descending" : null}><button onClick=${() => setBy(key)}>${word}${by === key ? " ↓" : ""}</button></th>`)}<th scope="col">Last 60</th></tr></thead>
      <tbody>${sorted.map((n) => html`<tr key=${n.kind + " " + n.name}><th scope="row"><${Kind} kind=${n.kind} /> ${n.name}</th><td class="num">${count(n.count)}</td><td class=${"num" + (n.errors ? " bad" : "")}>${n.errors ? count(n.errors) : ""}</td>
        ${["p50", "p95", "p99"].map((q) => html`<td class="num">${show(n[of][q])}</td>`)}<td class="num">${cost(n.costUsd)}</td><td><${Spark} list=${n[of].recent} kind=${n.kind} show=${show} /></td></tr>`)}</tbody></table></div>`}
  </main>`;
}

function Spark({ list, kind, show }) {
  const most = list.reduce((a, b) => Math.max(a, b), 0) || 1;
  return html`<svg class=${"spark " + family(kind)} viewBox="0 0 120 22" width="120" height="22" role="img" aria-label=${`the last ${list.length}, at most ${show(most)}`}>
    ${list.map((d, i) => html`<rect x=${i * 2} y=${22 - Math.max(1, (d / most) * 22)} width="1.4" height=${Math.max(1, (d / most) * 22)} />`)}</svg>`;
}
