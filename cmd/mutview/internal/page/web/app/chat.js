// Input and output in readable form. Everything is shown as text: model output
// never becomes markup, a link, or a request.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { pretty } from "mutview/format";

/** Longer texts are cut until the user expands them. */
const long = 2400;

export function Text({ text, plain }) {
  const [all, setAll] = useState(false);
  const cut = !all && text.length > long * 1.3;
  const shown = cut ? text.slice(0, long) : text;
  return html`<div class=${plain ? "text" : "text prose"}>${plain ? shown : markdown(shown)}
    ${cut && html`<button class="quiet" onClick=${() => setAll(true)}>Show all ${text.length.toLocaleString("en")} characters</button>`}</div>`;
}

/** JSON in colour; long values can be folded. */
export function JSONView({ value }) {
  const [all, setAll] = useState(false);
  const text = pretty(value) ?? "";
  const cut = !all && text.length > long * 1.3;
  return html`<div class="json"><pre>${paint(cut ? text.slice(0, long) : text)}</pre>
    ${cut && html`<button class="quiet" onClick=${() => setAll(true)}>Show all ${text.length.toLocaleString("en")} characters</button>`}</div>`;
}

const token = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

function paint(text) {
  const out = [];
  let at = 0;
  for (const m of text.matchAll(token)) {
    if (m.index > at) out.push(text.slice(at, m.index));
    out.push(html`<span class=${m[2] ? "key" : m[1] ? "str" : m[3] ? "word" : "num"}>${m[1] || m[3] || m[4]}</span>`);
    if (m[2]) out.push(m[2]);
    at = m.index + m[0].length;
  }
  out.push(text.slice(at));
  return out;
}

/** A small subset of Markdown: headings, lists, fences, bold, code. */
function markdown(text) {
  const out = [];
  for (const [i, piece] of text.split(/^```/m).entries()) {
    if (i % 2) {
      const end = piece.indexOf("\n");
      out.push(html`<pre class="code">${end < 0 ? piece : piece.slice(end + 1).replace(/\n$/, "")}</pre>`);
    } else out.push(...paragraphs(piece));
  }
  return out;
}

function paragraphs(text) {
  return text.split(/\n{2,}/).filter((p) => p.trim()).map((p) => {
    const heading = /^(#{1,6}) +(.+)$/.exec(p.trim());
    if (heading) return html`<p class="heading">${inline(heading[2])}</p>`;
    const lines = p.replace(/^\n|\n$/g, "").split("\n");
    if (lines.length > 0 && lines.every((l) => /^\s*([-*]|\d+[.)]) +/.test(l)))
      return html`<ul>${lines.map((l) => html`<li class=${/^\s*\d/.test(l) ? "numbered" : ""}>${/^\s*\d/.test(l) ? inline(l.trim()) : inline(l.replace(/^\s*[-*] +/, ""))}</li>`)}</ul>`;
    return html`<p>${inline(lines.join("\n"))}</p>`;
  });
}

function inline(text) {
  return text.split(/(\*\*[^*\n]+\*\*|`[^`\n]+`)/).map((piece) => {
    if (piece.startsWith("**") && piece.length > 4) return html`<b>${piece.slice(2, -2)}</b>`;
    if (piece.startsWith("`") && piece.length > 2) return html`<code>${piece.slice(1, -1)}</code>`;
    return piece;
  });
}

const empty = (v) => v == null || v === "" || (typeof v === "object" && !Object.keys(v).length);

export function ToolCall({ call, results }) {
  const result = call.result ?? results?.get(call.id);
  return html`<div class="toolcall"><div class="toolname"><span class="kind k-tool">tool</span><b>${call.name || "result"}</b>${call.id && html`<small class="id">${call.id}</small>`}</div>
    ${!empty(call.arguments) && html`<${JSONView} value=${call.arguments} />`}
    ${!empty(result) && html`<div class="result"><small>result</small>${typeof result === "string" ? html`<${Text} text=${result} plain />` : html`<${JSONView} value=${result} />`}</div>`}</div>`;
}

function Part({ part, results, plain }) {
  switch (part.type) {
    case "text": return part.text ? html`<${Text} text=${part.text} plain=${plain} />` : null;
    case "reasoning": return html`<details class="reasoning"><summary>Reasoning</summary><${Text} text=${part.text || ""} plain=${plain} /></details>`;
    case "tool_call": case "tool_result": return html`<${ToolCall} call=${part.tool} results=${results} />`;
  }
  return html`<div class="file"><span class="kind k-plain">${part.type}</span> ${part.text}</div>`;
}

/** A conversation. Results of tools are shown with their calls if both are present. */
export function Messages({ list, plain }) {
  const results = new Map();
  const called = new Set(list.flatMap((m) => (m.parts || []).filter((p) => p.type === "tool_call").map((p) => p.tool.id)));
  for (const m of list) for (const p of m.parts || []) if (p.type === "tool_result" && p.tool.id && called.has(p.tool.id)) results.set(p.tool.id, p.tool.result);
  const shown = list.map((m) => ({ ...m, parts: (m.parts || []).filter((p) => !(p.type === "tool_result" && results.has(p.tool.id))) })).filter((m, i) => m.parts.length || !(list[i].parts || []).length);
  return html`<div class="chat">${shown.map((m) => html`<article class=${"message r-" + ({ system: "system", developer: "system", user: "user", assistant: "assistant", model: "assistant", tool: "tool" }[m.role] || "other")}>
    <header><b>${m.role}</b>${m.name && html`<span>${m.name}</span>`}${m.finish && m.finish !== "stop" && html`<small>${m.finish}</small>`}</header>
    ${m.parts.map((p) => html`<${Part} part=${p} results=${results} plain=${plain} />`)}</article>`)}</div>`;
}

export function Documents({ list }) {
  return html`<ol class="documents">${list.map((d, i) => html`<li><header><b>${d.id || "Document " + (i + 1)}</b>
    ${d.score != null && html`<span class="score" title="score"><i style=${{ width: Math.max(2, Math.min(100, d.score * 100)) + "%" }}></i></span><small>${+d.score.toFixed(4)}</small>`}</header>
    ${d.content && html`<${Text} text=${d.content} plain />`}${!empty(d.metadata) && html`<${JSONView} value=${d.metadata} />`}</li>`)}</ol>`;
}

/** Input or output in any of its forms. */
export function IO({ io, plain }) {
  return html`${io.text && html`<${Text} text=${io.text} plain=${plain} />`}
    ${io.messages && html`<${Messages} list=${io.messages} plain=${plain} />`}
    ${io.toolCalls && io.toolCalls.map((call) => html`<${ToolCall} call=${call} />`)}
    ${io.documents && html`<${Documents} list=${io.documents} />`}
    ${io.raw !== undefined && html`<${JSONView} value=${io.raw} />`}`;
}
