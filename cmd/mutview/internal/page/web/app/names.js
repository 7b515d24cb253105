// Percentiles by name: which step is slow, and is it getting slower.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { names } from "mutview/data";
import { Kind } from "mutview/list";
import { cost, count, duration, family } from "mutview/format";

const columns = [["count", "Spans"], ["errors", "Failed"], ["p50", "p50"], ["p95", "p95"], ["p99", "p99"], ["tokens", "Tokens p50"], ["costUsd", "Cost"]];

export function Names() {
  const [list, setList] = useState(null);
  const [error, setError] = useState("");
  const [by, setBy] = useState("count");
  useEffect(() => {
    document.title = "Latency · mutview";
    names().then((got) => setList(got.names), (e) => setError(e.message));
  }, []);
  const sorted = [...(list || [])].sort((a, b) => (b[by] || 0) - (a[by] || 0));
  return html`<main class="list names">${error && html`<p class="problem" role="alert">${error}</p>`}
    ${list && !list.length && html`<div class="empty"><h2>No spans yet</h2></div>`}
    ${sorted.length > 0 && html`<div class="scroll"><table class="stats"><caption>The newest 100,000 spans by name</caption><thead><tr><th scope="col">Name</th>
      ${columns.map(([key, word]) => html`<th scope="col" class="num" aria-sort=${by === key ? "descending" : null}><button onClick=${() => setBy(key)}>${word}${by === key ? " ↓" : ""}</button></th>`)}<th scope="col">Last 60</th></tr></thead>
      <tbody>${sorted.map((n) => html`<tr key=${n.kind + " " + n.name}><th scope="row"><${Kind} kind=${n.kind} /> ${n.name}</th><td class="num">${count(n.count)}</td><td class=${"num" + (n.errors ? " bad" : "")}>${n.errors ? count(n.errors) : ""}</td>
        <td class="num">${duration(n.p50)}</td><td class="num">${duration(n.p95)}</td><td class="num">${duration(n.p99)}</td><td class="num">${n.tokens ? count(n.tokens) : ""}</td><td class="num">${cost(n.costUsd)}</td><td><${Spark} list=${n.recent} kind=${n.kind} /></td></tr>`)}</tbody></table></div>`}
  </main>`;
}

function Spark({ list, kind }) {
  const most = Math.max(...list, 1);
  return html`<svg class=${"spark " + family(kind)} viewBox="0 0 120 22" width="120" height="22" role="img" aria-label=${`last ${list.length} durations, at most ${duration(most)}`}>
    ${list.map((d, i) => html`<rect x=${i * 2} y=${22 - Math.max(1, (d / most) * 22)} width="1.4" height=${Math.max(1, (d / most) * 22)} />`)}</svg>`;
}
