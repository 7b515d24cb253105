// The state of the page is in its address: the path selects the view, and the
// query has its filters and selection. An exported file has no address of its
// own, so its state is in memory.
import { signal } from "@preact/signals";
import { embedded } from "mutview/data";

const read = () => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export const route = signal(
  embedded ? { path: "/trace/" + encodeURIComponent(embedded.view.trace.traceId), query: new URLSearchParams() } : read(),
);

if (!embedded) addEventListener("popstate", () => (route.value = read()));

/** Goes to a path or address of this page. replace adds no history entry. */
export function go(href, replace = false) {
  const url = new URL(href, embedded ? "http://export" : location.href);
  if (embedded) {
    if (url.pathname !== route.value.path) return;
    route.value = { path: url.pathname, query: url.searchParams };
    return;
  }
  if (url.href === location.href) return;
  history[replace ? "replaceState" : "pushState"](null, "", url);
  route.value = read();
}

/** The current address with changes to its query; empty values are removed. */
export function withQuery(changes) {
  const query = new URLSearchParams(route.value.query);
  for (const [key, value] of Object.entries(changes)) {
    if (value) query.set(key, value);
    else query.delete(key);
  }
  const text = query.toString();
  return route.value.path + (text ? "?" + text : "");
}

/** Follows a click on a link within the page; the browser handles other clicks. */
export function onLink(e) {
  const a = e.target.closest?.("a[href]");
  if (!a || e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey || a.target || a.hasAttribute("download")) return;
  const href = a.getAttribute("href");
  if (!href.startsWith("/") || href.startsWith("/api/")) return;
  e.preventDefault();
  go(href);
}
