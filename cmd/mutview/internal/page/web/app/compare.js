// Two traces side by side. Spans are matched by position: same name and kind,
// same index among siblings of that name, below matched parents.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { trace } from "mutview/data";
import { build } from "mutview/tree";
import { Kind } from "mutview/list";
import { cost, count, duration, family } from "mutview/format";

/** Rows of [left, right]; one of them is null if the other has no match. */
export function match(left, right) {
  const rows = [];
  // The roots are always matched, regardless of their names.
  const stack = [[left.roots[0], right.roots[0], 0], ...pair(left.roots.slice(1), right.roots.slice(1))].reverse();
  while (stack.length) {
    const [a, b, depth] = stack.pop();
    rows.push({ a, b, depth });
    for (const next of pair(a?.children || [], b?.children || [], depth + 1).reverse()) stack.push(next);
  }
  return rows;
}

function pair(as, bs, depth = 0) {
  const left = [...bs], out = [];
  for (const a of as) {
    const i = left.findIndex((b) => b.name === a.name && b.kind === a.kind);
    const b = i < 0 ? null : left.splice(i, 1)[0];
    out.push([a, b, depth]);
  }
  for (const b of left) out.push([null, b, depth]);
  return out.sort((x, y) => (x[0] || x[1]).start - (y[0] || y[1]).start);
}

export function Compare({ a, b }) {
  const [both, setBoth] = useState(null);
  const [error, setError] = useState("");
  useEffect(() => {
    document.title = "Compare · mutview";
    Promise.all([trace(a), trace(b)]).then(setBoth, (e) => setError(e.message));
  }, [a, b]);
  if (error) return html`<main class="empty"><h2>These traces cannot be compared</h2><p>${error}</p></main>`;
  if (!both) return html`<main class="empty" aria-busy="true"></main>`;
  const [l, r] = both.map((v) => v.trace);
  const rows = match(build(both[0]), build(both[1])).slice(0, 2000);
  const link = (t, n, text) => html`<a href=${`/trace/${encodeURIComponent(t.traceId)}${n ? "?span=" + encodeURIComponent(n.id) : ""}`}>${text}</a>`;
  const tokens = (t) => (t.inputTokens || 0) + (t.outputTokens || 0);
  return html`<main class="list compare"><div class="scroll"><table class="stats">
    <thead><tr><th scope="col">Span</th><th scope="col" class="num">${link(l, null, l.name + " (left)")}</th><th scope="col" class="num">${link(r, null, r.name + " (right)")}</th><th scope="col" class="num">Difference</th><th scope="col" class="num">Tokens</th></tr></thead>
    <tbody><tr class="sum"><th scope="row">Whole trace</th><td class="num">${duration(l.end - l.start)}</td><td class="num">${duration(r.end - r.start)}</td><td class="num"><${Diff} a=${l.end - l.start} b=${r.end - r.start} show=${duration} /></td>
      <td class="num">${count(tokens(l))} → ${count(tokens(r))} <small>${cost(l.costUsd)} → ${cost(r.costUsd)}</small></td></tr>
    ${rows.map(({ a: x, b: y, depth }) => html`<tr class=${!x ? "added" : !y ? "gone" : x.status !== y.status ? "changed" : ""}>
      <th scope="row" style=${{ paddingLeft: depth * 14 + 8 + "px" }}><i class=${"mark " + family((x || y).kind)}></i> ${(x || y).name}${x && y && x.name !== y.name && ` / ${y.name}`}${!x && html` <small>right only</small>`}${!y && html` <small>left only</small>`}</th>
      <td class=${"num" + (x?.status === 2 ? " bad" : "")}>${x && link(l, x, duration(x.duration))}</td><td class=${"num" + (y?.status === 2 ? " bad" : "")}>${y && link(r, y, duration(y.duration))}</td>
      <td class="num">${x && y && html`<${Diff} a=${x.duration} b=${y.duration} show=${duration} />`}</td><td class="num">${x?.allTokens || y?.allTokens ? `${count(x?.allTokens || 0)} → ${count(y?.allTokens || 0)}` : ""}</td></tr>`)}</tbody></table></div></main>`;
}

function Diff({ a, b, show }) {
  const d = b - a;
  if (Math.abs(d) < 0.02 * Math.max(a, b)) return html`<span class="muted">same</span>`;
  return html`<span class=${d > 0 ? "bad" : "good"}>${d > 0 ? "+" : "−"}${show(Math.abs(d))}</span>`;
}
