// The frame around every view.
import { render } from "preact";
import { html } from "htm/preact";
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { route, go, withQuery, onLink } from "mutview/route";
import { connection, embedded } from "mutview/data";
import { useKeys } from "mutview/keys";
import { List } from "mutview/list";
import { Trace } from "mutview/trace";
import { Sessions } from "mutview/sessions";
import { Names } from "mutview/names";
import { Compare } from "mutview/compare";

const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private window */ } };

const theme = signal(stored("theme") || "auto");
const help = signal(false);

function setTheme(next) {
  theme.value = next;
  store("theme", next);
  document.documentElement.dataset.theme = next;
}
document.documentElement.dataset.theme = theme.value;

const themes = { auto: ["light", "◐", "as the system"], light: ["dark", "○", "light"], dark: ["auto", "●", "dark"] };

function Top() {
  const box = useRef();
  const { path, query } = route.value;
  const inTrace = path.startsWith("/trace/");
  // Text being typed is newer than the address, and is kept.
  const typing = box.current && document.activeElement === box.current;
  const tab = (href, word) =>
    html`<a href=${href} aria-current=${(path === href || (href === "/" && inTrace)) ? "page" : null}>${word}</a>`;
  useKeys({
    "/": () => (box.current ?? document.querySelector(".find input"))?.focus(),
    "?": () => (help.value = !help.value),
  });
  return html`<header class="top">
    <a class="brand" href="/" aria-label="mutview, list of traces"><i aria-hidden="true"></i><b>mutview</b></a>
    ${!embedded && html`<nav aria-label="Views">${tab("/", "Traces")}${tab("/sessions", "Sessions")}${tab("/names", "Latency")}</nav>`}
    ${path === "/" && html`<input ref=${box} class="search" type="search" placeholder="Search everything   /" aria-label="Search in all traces"
      value=${typing ? box.current.value : query.get("q") || ""} onInput=${later((text) => go(withQuery({ q: text }), true))} />`}
    <span class="grow"></span>
    ${!embedded && html`<span class=${"live " + connection.value} role="status"><i aria-hidden="true"></i>${connection.value === "live" ? "live" : "connecting"}</span>`}
    <button class="quiet" title="Colours: ${themes[theme.value][2]}" aria-label="Colours: ${themes[theme.value][2]}. Change" onClick=${() => setTheme(themes[theme.value][0])}>${themes[theme.value][1]}</button>
    <button class="quiet" title="Keys (?)" aria-label="Keys" onClick=${() => (help.value = !help.value)}>?</button>
  </header>`;
}

// later calls f when typing pauses.
let timer;
const later = (f) => (e) => {
  const text = e.target.value;
  clearTimeout(timer);
  timer = setTimeout(() => f(text), 150);
};

const keys = [
  ["j k ↓ ↑", "next, previous"], ["Enter", "open"], ["Esc", "close, back"], ["/", "search"], ["← →", "fold, unfold"],
  ["e", "next failed span"], ["l", "log lines in the tree"], ["s", "steps of equal width"], ["1 2 3 4", "parts of a span"], ["?", "this list"],
];

function Help() {
  const close = () => (help.value = false);
  useEffect(() => document.querySelector(".help button")?.focus(), []);
  useKeys({ Escape: close });
  return html`<div class="veil" onClick=${close}><div class="help" role="dialog" aria-modal="true" aria-label="Keys" onClick=${(e) => e.stopPropagation()}>
    <h2>Keys</h2><dl>${keys.map(([key, what]) => html`<dt>${key.split(" ").map((k) => html`<kbd>${k}</kbd>`)}</dt><dd>${what}</dd>`)}</dl>
    <button onClick=${close}>Close</button></div></div>`;
}

function View() {
  const { path, query } = route.value;
  const [, name, id] = path.split("/");
  switch (name) {
    case "": return html`<${List} query=${query.toString()} />`;
    case "trace": return html`<${Trace} key=${id} id=${decodeURIComponent(id || "")} />`;
    case "sessions": return html`<${Sessions} />`;
    case "names": return html`<${Names} />`;
    case "compare": return html`<${Compare} key=${query.toString()} a=${query.get("a")} b=${query.get("b")} />`;
  }
  return html`<main class="empty"><h2>There is no such page</h2><p><a href="/">All traces</a></p></main>`;
}

const App = () => html`<div class="app" onClick=${onLink}><${Top} /><${View} />${help.value && html`<${Help} />`}</div>`;

render(html`<${App} />`, document.getElementById("app"));
