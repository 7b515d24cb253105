// Keys work with any focus, except in text fields, where only Escape works.
import { useEffect } from "preact/hooks";

/** Registers the keys of a component while it is shown: {"j": f, "Escape": f, …}. */
export function useKeys(map) {
  useEffect(() => {
    const on = (e) => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
      const typing = e.target.matches?.("input, textarea, select");
      if (typing && e.key !== "Escape") return;
      if (!typing && (e.key === "Enter" || e.key === " ") && e.target.matches?.("button, a[href], summary")) return;
      const f = map[e.key];
      if (!f) return;
      if (typing) e.target.blur();
      else if (f(e) === false) return;
      e.preventDefault();
    };
    addEventListener("keydown", on);
    return () => removeEventListener("keydown", on);
  });
}
