// Conversations: the traces that share a session.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { sessions, onChange } from "mutview/data";
import { ago, clock, cost, count } from "mutview/format";

export function Sessions() {
  const [list, setList] = useState(null);
  const [error, setError] = useState("");
  useEffect(() => {
    document.title = "Sessions · mutview";
    let gone = false, waiting = false;
    const load = () => sessions().then((got) => !gone && setList(got.sessions), (e) => !gone && setError(e.message));
    load();
    const stop = onChange(() => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => { waiting = false; load(); }, 300);
    });
    return () => { gone = true; stop(); };
  }, []);
  return html`<main class="list sessions">${error && html`<p class="problem" role="alert">${error}</p>`}
    ${list && !list.length && html`<div class="empty"><h2>No sessions yet</h2><p>A trace that says <code>session.id</code> appears here with its neighbours.</p></div>`}
    ${list?.length > 0 && html`<div class="table" role="list"><div class="head" aria-hidden="true"><span>Session</span><span>Began with</span><span class="num">Traces</span><span class="num">Tokens</span><span class="num">Cost</span><span class="num">Last</span></div>
      ${list.map((s) => html`<div class=${"row " + (s.errors ? "error" : "ok")} role="listitem" key=${s.id}>
        <div class="what"><a class="name" href=${"/?session=" + encodeURIComponent(s.id)}><b>${s.id}</b>${s.errors > 0 && html`<span class="bad">${s.errors} failed</span>`}</a>${s.user && html`<span class="chips"><span class="chip">${s.user}</span></span>`}</div>
        <div class="about"><span class="in">${s.input}</span></div><span class="num strong">${count(s.traces)}</span>
        <span class="num">${(s.inputTokens || s.outputTokens) ? count((s.inputTokens || 0) + (s.outputTokens || 0)) : ""}</span><span class="num">${cost(s.costUsd)}</span><time class="num" title=${clock(s.last)}>${ago(s.last)}</time></div>`)}</div>`}
  </main>`;
}
