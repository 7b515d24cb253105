// One trace: the tree with its waterfall, and the open span beside it.
import { html } from "htm/preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { trace, events, search, exportLink, onChange, embedded } from "mutview/data";
import { route, go, withQuery } from "mutview/route";
import { useKeys } from "mutview/keys";
import { build, visible, steps, real } from "mutview/tree";
import { Kind } from "mutview/list";
import { Span } from "mutview/span";
import { ago, clock, cost, count, duration, family } from "mutview/format";

const rowHeight = 30; // as in the style sheet

/** Loads the trace, and reloads it when it has changed. */
export function Trace({ id }) {
  const [loaded, setLoaded] = useState(null);
  const [error, setError] = useState("");
  useEffect(() => {
    let gone = false, waiting = false;
    const load = () => trace(id).then((view) => {
      if (gone) return;
      setLoaded((l) => ({ view, version: (l?.version || 0) + 1 }));
      setError("");
    }, (e) => !gone && setError(e.message));
    load();
    const stop = onChange((changed) => {
      if (waiting || !changed(id)) return;
      waiting = true;
      setTimeout(() => { waiting = false; load(); }, 100);
    });
    return () => { gone = true; stop(); };
  }, [id]);
  if (loaded) return html`<${Shown} id=${id} view=${loaded.view} version=${loaded.version} />`;
  if (error) return html`<main class="empty"><h2>This trace cannot be shown</h2><p>${error}</p><p><a href="/">All traces</a></p></main>`;
  return html`<main class="empty" aria-busy="true"></main>`;
}

function Shown({ id, view, version }) {
  const { query } = route.value;
  const [folded, setFolded] = useState(new Set());
  const q = query.get("find") || "";
  const withLines = query.get("log") === "1";
  const found = useFound(id, q, version);
  const lines = useLines(id, view, withLines, version);
  const tree = useMemo(() => build(view), [view]);
  const rows = useMemo(() => visible(tree, folded, found, lines), [tree, folded, found, lines]);
  useEffect(() => { document.title = `${view.trace.name} · mutview`; }, [view.trace.name]);

  // Keys may arrive faster than the page renders, so they read the address.
  const selected = () => tree.byID.get(route.value.query.get("span")) || null;
  const current = selected();
  const open = (n) => go(withQuery({ span: n?.id }), true);
  const fold = (n, shut) => {
    if (!n?.children.length || folded.has(n.id) === shut) return false;
    const next = new Set(folded);
    if (shut) next.add(n.id); else next.delete(n.id);
    setFolded(next);
  };
  const step = (by) => () => {
    const spans = rows.filter((r) => !r.line);
    const i = spans.indexOf(selected());
    open(spans[Math.max(0, Math.min(spans.length - 1, i < 0 ? 0 : i + by))]);
  };
  const nextFailed = () => {
    if (!tree.failed.length) return;
    setFolded(new Set());
    open(tree.failed[(tree.failed.indexOf(selected()) + 1) % tree.failed.length]);
  };
  useTraceKeys({ step, fold, selected, tree, open, nextFailed, q });

  return html`<main class=${"trace" + (current ? " opened" : "")}>
    <${Head} t=${view.trace} tree=${tree} nextFailed=${nextFailed} />
    <div class="split">
      <section class="treepane" aria-label="Spans">
        <${Tools} q=${q} found=${found} tree=${tree} folded=${folded} setFolded=${setFolded} withLines=${withLines} hasLines=${hasLines(view)} />
        <${Waterfall} tree=${tree} rows=${rows} current=${current} open=${open} fold=${fold} folded=${folded} found=${found} scale=${query.get("scale")} />
      </section>
      ${current && html`<${Span} key=${current.id} traceID=${id} node=${current} tree=${tree} logs=${view.logs} version=${version} close=${() => open(null)} open=${open} />`}
    </div>
  </main>`;
}

/** The IDs of the spans that contain the text; null without a search. */
function useFound(id, q, version) {
  const [found, setFound] = useState(null);
  useEffect(() => {
    if (!q) { setFound(null); return; }
    let gone = false;
    const timer = setTimeout(() => search(id, q).then((ids) => !gone && setFound(new Set(ids)), () => {}), 120);
    return () => { gone = true; clearTimeout(timer); };
  }, [q, id, version]);
  return found;
}

const hasLines = (view) => view.logs.length > 0 || view.spans.some((row) => row[12] > 0);

function useTraceKeys({ step, fold, selected, tree, open, nextFailed, q }) {
  useKeys({
    j: step(1), ArrowDown: step(1), k: step(-1), ArrowUp: step(-1), PageDown: step(15), PageUp: step(-15),
    Home: () => open(tree.order[0]), End: () => open(tree.order[tree.order.length - 1]),
    ArrowLeft: () => { const n = selected(); if (fold(n, true) === false && n?.parent) open(tree.byID.get(n.parent)); },
    ArrowRight: () => { const n = selected(); if (fold(n, false) === false && n?.children[0]) open(n.children[0]); },
    Enter: () => selected() || open(tree.order[0]),
    e: nextFailed,
    l: () => go(withQuery({ log: route.value.query.get("log") ? "" : "1" }), true),
    s: () => go(withQuery({ scale: route.value.query.get("scale") ? "" : "steps" }), true),
    Escape: () => {
      if (selected()) open(null);
      else if (q) go(withQuery({ find: "" }), true);
      else if (!embedded) go("/");
    },
  });
}

/** Log records and events by span, loaded on demand. */
function useLines(id, view, wanted, version) {
  const [lines, setLines] = useState(null);
  useEffect(() => {
    if (!wanted || !view) { setLines(null); return; }
    let gone = false;
    const starts = new Map(view.spans.map((row) => [row[0], row[5]]));
    events(id).then(({ events }) => {
      if (gone) return;
      const all = [
        ...events.map((e) => ({ spanId: e.spanId, at: (starts.get(e.spanId) || 0) + e.at, level: e.level, text: e.name, source: e.source })),
        ...view.logs.map((l) => ({ spanId: starts.has(l.spanId) ? l.spanId : "", at: l.at, level: l.level, text: typeof l.body === "string" ? l.body : JSON.stringify(l.body), source: l.source })),
      ].sort((a, b) => a.at - b.at);
      const by = new Map();
      for (const line of all) by.set(line.spanId, [...(by.get(line.spanId) || []), line]);
      setLines(by);
    }, () => {});
    return () => { gone = true; };
  }, [id, wanted, version]);
  return lines;
}

function Head({ t, tree, nextFailed }) {
  const tokens = (t.inputTokens || 0) + (t.outputTokens || 0);
  const fact = (name, value, title) => value && html`<div class="fact" title=${title}><dt>${name}</dt><dd>${value}</dd></div>`;
  const list = (key, value) => html`<a href=${embedded ? null : `/?${key}=${encodeURIComponent(value)}`}>${value}</a>`;
  return html`<div class="tracehead">
    <div class="title"><${Kind} kind=${t.kind} /><h1>${t.name || t.traceId}</h1>
      ${t.open > 0 && html`<span class="running">running</span>`}
      ${tree.failed.length > 0 && html`<button class="bad" onClick=${nextFailed} title="Go to the next failed span (e)">${tree.failed.length} failed ↓</button>`}
      <span class="grow"></span>
      ${!embedded && html`<details class="menu"><summary class="button">Export</summary><div>
        <a href=${exportLink(t.traceId, "html")} download>One HTML file</a><a href=${exportLink(t.traceId, "json")} download>JSON</a><a href=${exportLink(t.traceId, "otlp")} download>OTLP</a></div></details>`}
    </div>
    <dl class="facts">
      ${fact("Duration", t.open ? "…" : duration(t.end - t.start))}${fact("Spans", count(t.spans))}
      ${tokens > 0 && fact("Tokens", html`${count(tokens)} <small>${count(t.inputTokens || 0)} → ${count(t.outputTokens || 0)}</small>`)}
      ${fact("Cost", cost(t.costUsd))}${t.models && fact("Model", t.models.join(", "))}
      ${t.service && fact("Service", list("service", t.service))}${t.session && fact("Session", list("session", t.session))}${t.user && fact("User", list("user", t.user))}
      ${t.tags && fact("Tags", t.tags.join(", "))}${fact("Started", ago(t.start), clock(t.start))}
    </dl></div>`;
}

function Tools({ q, found, tree, folded, setFolded, withLines, hasLines }) {
  const scale = route.value.query.get("scale");
  const type = (e) => go(withQuery({ find: e.target.value }), true);
  const allFolded = folded.size > 0;
  const foldAll = () => setFolded(allFolded ? new Set() : new Set(tree.nodes.filter((n) => n.children.length && n.depth > 0).map((n) => n.id)));
  return html`<div class="tools">
    <span class="find"><input type="search" placeholder="Find in this trace" aria-label="Find in this trace" value=${q} onInput=${type} />
      ${found && html`<span role="status">${found.size} found</span>`}</span>
    <span class="grow"></span>
    ${tree.nodes.some((n) => n.depth > 0 && n.children.length) && html`<button class="quiet" onClick=${foldAll}>${allFolded ? "Unfold" : "Fold"}</button>`}
    ${hasLines && html`<button class="quiet" aria-pressed=${withLines} title="Log lines in the tree (l)" onClick=${() => go(withQuery({ log: withLines ? "" : "1" }), true)}>Logs</button>`}
    <button class="quiet" aria-pressed=${scale === "steps"} title="Steps of equal width (s)" onClick=${() => go(withQuery({ scale: scale ? "" : "steps" }), true)}>Steps</button>
  </div>`;
}

/** Only visible rows are in the document, however long the trace is. */
function Waterfall({ tree, rows, current, open, fold, folded, found, scale }) {
  const pane = useRef();
  const [span, setSpan] = useState({ top: 0, height: 800 });
  const measure = () => pane.current && setSpan({ top: pane.current.scrollTop, height: pane.current.clientHeight });
  useLayoutEffect(() => {
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(pane.current);
    return () => watch.disconnect();
  }, []);
  useEffect(() => {
    const i = rows.indexOf(current);
    if (i < 0) return;
    const top = i * rowHeight, p = pane.current;
    if (top < p.scrollTop) p.scrollTop = top;
    else if (top + rowHeight > p.scrollTop + p.clientHeight - rowHeight) p.scrollTop = top + 2 * rowHeight - p.clientHeight;
  }, [current, rows.length]);

  const place = useMemo(() => (scale === "steps" ? steps(tree) : real(tree)), [tree, scale]);
  const from = Math.max(0, Math.floor(span.top / rowHeight) - 8);
  const to = Math.min(rows.length, Math.ceil((span.top + span.height) / rowHeight) + 8);
  return html`<div class="waterfall" ref=${pane} onScroll=${measure} role="tree" aria-label="Spans of the trace" tabindex="0">
    <div class="ruler" aria-hidden="true"><span></span><span class="scale">${scale === "steps" ? html`<i>steps</i>` : [0, 0.25, 0.5, 0.75].map((x) => html`<i style=${{ left: x * 100 + "%" }}>${x ? duration(Math.round(tree.total * x)) : "0"}</i>`)}</span></div>
    <div class="rows" style=${{ height: rows.length * rowHeight + "px" }}>
      <div class="window" style=${{ transform: `translateY(${from * rowHeight}px)` }}>
      ${rows.slice(from, to).map((r, i) => r.line
        ? html`<${Line} key=${"l" + (from + i)} r=${r} tree=${tree} open=${open} scale=${scale} />`
        : html`<${Row} key=${r.id} n=${r} on=${r === current} place=${place} folded=${folded.has(r.id)} fold=${fold} open=${open} hit=${found?.has(r.id)} />`)}
      </div></div></div>`;
}

const indent = (depth) => Math.min(depth, 24) * 14 + 6 + "px";

function Row({ n, on, place, folded, fold, open, hit }) {
  const [left, width] = place(n);
  const toggle = (e) => { e.stopPropagation(); fold(n, !folded); };
  return html`<div class=${"span" + (on ? " on" : "") + (n.status === 2 ? " error" : n.failedBelow ? " leads" : "") + (hit ? " hit" : "")}
    role="treeitem" aria-level=${n.depth + 1} aria-selected=${on} aria-expanded=${n.children.length ? !folded : null} onClick=${() => open(n)}>
    <span class="label" style=${{ paddingLeft: indent(n.depth) }}>
      ${n.children.length ? html`<button class="caret" tabindex="-1" aria-label=${folded ? "Unfold" : "Fold"} onClick=${toggle}>${folded ? "▸" : "▾"}</button>` : html`<i class="caret"></i>`}
      <i class=${"mark " + family(n.kind)} title=${n.kind || "span"}></i><span class="name">${n.name || n.id}</span>
      ${folded && html`<small>${n.size - 1} below</small>`}
      <span class="grow"></span>
      ${n.allTokens > 0 && html`<small class="tok" title=${n.summed ? "tokens of the spans below" : "tokens"}>${n.summed ? "Σ " : ""}${count(n.allTokens)}</small>`}
    </span>
    <span class="track"><i class=${"bar " + family(n.kind) + (n.critical ? " critical" : "") + (n.duration < 0 ? " open" : "")} style=${{ left: left * 100 + "%", width: width * 100 + "%" }}></i>
      <span class=${"time" + (inside(left, width) ? " inside" : "")} style=${timePlace(left, width)}>${n.duration < 0 ? "running" : duration(n.duration)}</span></span>
  </div>`;
}

// The duration is shown after its bar, before it if there is no room, and
// inside it if the bar takes the full width.
const inside = (left, width) => left + width > 0.8 && left < 0.2;
const timePlace = (left, width) =>
  inside(left, width) ? { left: left * 100 + "%" } : left + width > 0.8 ? { right: (1 - left) * 100 + "%" } : { left: (left + width) * 100 + "%" };

function Line({ r, tree, open, scale }) {
  const { line } = r;
  return html`<div class=${"span line " + (line.level || "").toLowerCase()} onClick=${() => r.span && open(r.span)} role="none">
    <span class="label" style=${{ paddingLeft: indent(r.depth) }}><i class="caret"></i><small class="level">${line.level || "event"}</small><span class="name">${line.text}</span></span>
    <span class="track">${scale !== "steps" && html`<i class="tick" style=${{ left: Math.max(0, Math.min(1, line.at / tree.total)) * 100 + "%" }}></i>`}</span></div>`;
}
