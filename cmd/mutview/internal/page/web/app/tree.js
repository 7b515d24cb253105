// Builds the tree of a trace from its rows: depth, sums, the critical path, and
// the path to the failed span.

/** The fields of a row, in the order in which the server writes them. */
const fields = ["id", "parent", "name", "kind", "status", "start", "duration", "model", "service", "input", "output", "cost", "events"];

export function build(view) {
  const nodes = (view.spans || []).map((row) => {
    const n = { children: [], depth: 0, failedBelow: false, critical: false };
    fields.forEach((f, i) => (n[f] = row[i]));
    return n;
  });
  const byID = new Map(nodes.map((n) => [n.id, n]));
  const roots = [];
  for (const n of nodes) {
    const parent = byID.get(n.parent);
    if (parent && parent !== n) parent.children.push(n);
    else roots.push(n);
  }
  const now = nodes.reduce((end, n) => Math.max(end, n.start + Math.max(0, n.duration)), 1);
  for (const n of nodes) n.end = n.duration < 0 ? now : n.start + n.duration;
  const order = preorder(roots);
  for (const n of nodes) if (!n.seen) { roots.push(n); order.push(...preorder([n])); } // a cycle sent by a faulty program
  for (let i = order.length - 1; i >= 0; i--) sumUp(order[i]);
  if (roots[0]) markCritical(roots.find((n) => !n.parent) || roots[0]);
  return { nodes, byID, roots, order, total: now, failed: order.filter((n) => n.status === 2) };
}

// preorder sets depths and breaks cycles. It is not recursive: traces can be
// ten thousand spans deep.
function preorder(roots) {
  const order = [], stack = roots.map((n) => [n, 0]).reverse();
  while (stack.length) {
    const [n, depth] = stack.pop();
    if (n.seen) continue;
    n.seen = true;
    n.depth = depth;
    order.push(n);
    n.children = n.children.filter((c) => !c.seen);
    for (let i = n.children.length - 1; i >= 0; i--) stack.push([n.children[i], depth + 1]);
  }
  return order;
}

// sumUp adds usage from the leaves up: the figures of a span count only if no span
// below it has any, because many senders repeat the usage of model calls on the agent.
function sumUp(n) {
  let tokens = 0, cost = 0;
  n.size = 1;
  for (const c of n.children) {
    tokens += c.allTokens;
    cost += c.allCost;
    n.size += c.size;
    if (c.status === 2 || c.failedBelow) n.failedBelow = true;
  }
  n.summed = tokens > 0;
  n.allTokens = tokens || n.input + n.output;
  n.allCost = cost || n.cost;
}

// markCritical goes back from the end: at each moment, the parent waited for
// the child that ended last.
function markCritical(root) {
  const stack = [root];
  while (stack.length) {
    const n = stack.pop();
    n.critical = true;
    let until = n.end;
    for (const c of [...n.children].sort((a, b) => b.end - a.end)) {
      if (c.end > until || c.duration < 0) continue;
      stack.push(c);
      until = c.start;
    }
  }
}

/** The visible rows: none below a folded span; in a search only matches and their ancestors. */
export function visible(tree, folded, found, lines) {
  const keep = found && new Set();
  if (found) {
    for (const id of found) {
      for (let n = tree.byID.get(id); n && !keep.has(n.id); n = tree.byID.get(n.parent)) keep.add(n.id);
    }
  }
  const rows = [];
  let hiddenBelow = Infinity;
  for (const n of tree.order) {
    if (n.depth > hiddenBelow) continue;
    hiddenBelow = Infinity;
    if (keep && !keep.has(n.id)) continue;
    rows.push(n);
    if (folded.has(n.id)) hiddenBelow = n.depth;
    for (const line of lines?.get(n.id) || []) rows.push({ line, span: n, depth: n.depth + 1 });
  }
  for (const line of lines?.get("") || []) rows.push({ line, span: null, depth: 0 });
  return rows;
}

/** Steps of equal width, in order of start, so that a short call beside a long one is visible. */
export function steps(tree) {
  const starts = [...new Set(tree.nodes.flatMap((n) => [n.start, n.end]))].sort((a, b) => a - b);
  const place = new Map(starts.map((t, i) => [t, i]));
  const last = Math.max(1, starts.length - 1);
  return (n) => [place.get(n.start) / last, Math.max(1, place.get(n.end) - place.get(n.start)) / last];
}

export const real = (tree) => (n) => [n.start / tree.total, (n.end - n.start) / tree.total];
