// The open span: its operation, its input and output, and its status.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { span } from "mutview/data";
import { route, go, withQuery } from "mutview/route";
import { useKeys } from "mutview/keys";
import { Kind } from "mutview/list";
import { IO, JSONView } from "mutview/chat";
import { clock, cost, count, duration, pretty } from "mutview/format";

const statusWord = ["", "ok", "failed"];

export function Span({ traceID, node, tree, logs, version, close, open }) {
  const [s, setS] = useState(null);
  const [error, setError] = useState("");
  useEffect(() => {
    let gone = false;
    span(traceID, node.id).then((got) => { if (!gone) { setS(got); setError(""); } }, (e) => !gone && setError(e.message));
    return () => { gone = true; };
  }, [traceID, node.id, version]);

  const lines = logs.filter((l) => l.spanId === node.id);
  const n = (s?.events?.length || 0) + lines.length;
  const tabs = [["", "Content"], ["attributes", "Attributes"], ["log", n ? `Log ${n}` : "Log"], ["json", "JSON"]];
  const tab = route.value.query.get("tab") || "";
  const show = (key) => go(withQuery({ tab: key }), true);
  useKeys(Object.fromEntries(tabs.map(([key], i) => [String(i + 1), () => show(key)])));

  return html`<aside class="panel" aria-label=${"Span " + node.name}>
    <header class="spanhead">
      <div class="title"><${Kind} kind=${node.kind} /><h2>${node.name || node.id}</h2><span class="grow"></span>
        <button class="quiet close" aria-label="Close the span" title="Close (Esc)" onClick=${close}>✕</button></div>
      <${Facts} s=${s} node=${node} />
      <div class="tabs" role="tablist">${tabs.map(([key, word]) => html`<button role="tab" aria-selected=${tab === key} onClick=${() => show(key)}>${word}</button>`)}</div>
    </header>
    <div class="body" role="tabpanel" tabindex="0">
      ${error && html`<p class="problem" role="alert">${error}</p>`}
      ${s && html`<${Part} tab=${tab} s=${s} lines=${lines} tree=${tree} node=${node} open=${open} />`}
    </div></aside>`;
}

function Facts({ s, node }) {
  const u = s?.usage || {};
  const tokens = (u.input || 0) + (u.output || 0);
  const notes = [u.cached && count(u.cached) + " cached", u.reasoning && count(u.reasoning) + " reasoning"].filter(Boolean).join(", ");
  const fact = (name, value, title) => value && html`<div class="fact" title=${title}><dt>${name}</dt><dd>${value}</dd></div>`;
  return html`<dl class="facts">
    ${fact("Duration", node.duration < 0 ? "running" : duration(node.duration))}
    ${fact("After", duration(node.start), s && clock(Date.parse(s.start) * 1e6))}
    ${node.status > 0 && fact("Status", html`<span class=${node.status === 2 ? "bad" : "good"}>${statusWord[node.status]}</span>`)}
    ${tokens > 0 && fact("Tokens", html`${count(u.input || 0)} → ${count(u.output || 0)} ${notes && html`<small>${notes}</small>`}`)}
    ${fact("Cost", cost(u.costUsd))}${fact("Model", s?.model)}${fact("Provider", s?.provider)}</dl>`;
}

function Part({ tab, s, lines, tree, node, open }) {
  switch (tab) {
    case "attributes": return html`<${Attributes} s=${s} />`;
    case "log": return html`<${Log} s=${s} lines=${lines} node=${node} />`;
    case "json": return html`<${Copy} text=${pretty(s)} /><${JSONView} value=${s} />`;
  }
  return html`<${Content} s=${s} node=${node} tree=${tree} open=${open} />`;
}

function Content({ s, node, tree, open }) {
  const plain = route.value.query.get("text") === "plain";
  const section = (name, io, raw) => io && html`<section class="io"><h3>${name}<span class="grow"></span><${Copy} text=${raw === undefined ? pretty(io) : pretty(raw)} /></h3><${IO} io=${io} plain=${plain} /></section>`;
  const failed = s.status === 2;
  const culprit = !failed && node.failedBelow && tree.failed.find((f) => { for (let p = f; p; p = tree.byID.get(p.parent)) if (p === node) return true; });
  return html`
    ${failed && html`<${Failure} s=${s} />`}
    ${culprit && html`<p class="hint">A span below failed: <button class="link" onClick=${() => open(culprit)}>${culprit.name}</button></p>`}
    ${section("Input", s.input, s.raw.input)}${section("Output", s.output, s.raw.output)}
    ${(s.input || s.output) && html`<p class="switch"><button class="quiet" aria-pressed=${plain} onClick=${() => go(withQuery({ text: plain ? "" : "plain" }), true)}>Plain text</button></p>`}
    ${!s.input && !s.output && (s.attributes ? html`<${Attributes} s=${s} />` : html`<p class="muted">This span carries no input, output or attributes.</p>`)}`;
}

function Failure({ s }) {
  const thrown = s.events?.find((e) => e.name === "exception")?.attributes || {};
  const message = s.message || thrown["exception.message"] || s.attributes?.["error.type"] || "The span failed and said no more.";
  const stack = thrown["exception.stacktrace"];
  return html`<div class="failure" role="alert">${thrown["exception.type"] && html`<b>${thrown["exception.type"]}</b>`}<p>${message}</p>
    ${stack && html`<details><summary>Stack trace</summary><pre>${stack}</pre></details>`}</div>`;
}

function Attributes({ s }) {
  const [only, setOnly] = useState("");
  const table = (name, attrs) => {
    const list = Object.entries(attrs || {}).filter(([k, v]) => !only || (k + " " + pretty(v)).toLowerCase().includes(only.toLowerCase()));
    return list.length > 0 && html`<h3>${name}</h3><table class="attrs"><tbody>${list.map(([k, v]) => html`<tr><th scope="row">${k}</th><td>${typeof v === "object" && v ? html`<${JSONView} value=${v} />` : html`<span class="value">${String(v)}</span>`}</td></tr>`)}</tbody></table>`;
  };
  const about = { "trace id": s.traceId, "span id": s.spanId, "parent span id": s.parentId, start: s.start, end: s.end, scope: s.scope && [s.scope, s.scopeVersion].filter(Boolean).join(" ") };
  for (const k in about) if (!about[k]) delete about[k];
  return html`<input class="filter" type="search" placeholder="Filter attributes" aria-label="Filter attributes" value=${only} onInput=${(e) => setOnly(e.target.value)} />
    ${table("Attributes", s.attributes)}${table("Resource", s.resource)}${table("Identity", about)}
    ${s.links?.length > 0 && html`<h3>Links</h3><ul>${s.links.map((l) => html`<li><a href=${`/trace/${encodeURIComponent(l.traceId)}?span=${encodeURIComponent(l.spanId)}`}>${l.traceId} · ${l.spanId}</a></li>`)}</ul>`}`;
}

function Log({ s, lines, node }) {
  const all = [
    ...(s.events || []).map((e) => ({ ...e, text: e.name })),
    ...lines.map((l) => ({ ...l, at: l.at - node.start, text: typeof l.body === "string" ? l.body : JSON.stringify(l.body) })),
  ].sort((a, b) => a.at - b.at);
  if (!all.length) return html`<p class="muted">Nothing was logged during this span.</p>`;
  return html`<ol class="log">${all.map((e) => html`<li class=${(e.level || "").toLowerCase()}>
    <span class="at">+${duration(Math.max(0, e.at))}</span><span class="level">${e.level || "event"}</span>
    <div><span class="said">${e.text}</span>${e.source && html`<code class="source">${e.source}</code>`}
      ${e.attributes && Object.keys(e.attributes).length > 0 && html`<dl>${Object.entries(e.attributes).filter(([k]) => !k.startsWith("code.")).map(([k, v]) => html`<dt>${k}</dt><dd>${pretty(v)}</dd>`)}</dl>`}</div></li>`)}</ol>`;
}

export function Copy({ text }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try { await navigator.clipboard.writeText(text); setDone(true); setTimeout(() => setDone(false), 1200); } catch { /* not allowed here */ }
  };
  return html`<button class="quiet copy" onClick=${copy} aria-label="Copy">${done ? "Copied" : "Copy"}</button>`;
}
