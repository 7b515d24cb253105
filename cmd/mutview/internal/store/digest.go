package store

import (
	"cmp"
	"sort"
	"strings"
	"time"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/genai"
	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// digest summarizes the traces whose spans have changed, and notifies listeners.
func (w *writer) digest() error {
	if !w.store.stale.Load() {
		return nil
	}
	w.digested = time.Now()
	clear(w.traces) // the next span of a trace marks it again
	var changed []string
	err := w.transaction(func() error {
		ids, err := w.staleTraces()
		for _, t := range ids {
			if err == nil {
				err = w.sumUp(t.id)
			}
			changed = append(changed, t.traceID)
		}
		return err
	})
	if w.failed = err != nil; w.failed {
		return err
	}
	w.store.stale.Store(false)
	if len(changed) > 0 {
		w.store.changed.tell(changed)
	}
	return nil
}

type staleTrace struct {
	id      int64
	traceID string
}

func (w *writer) staleTraces() (list []staleTrace, err error) {
	st, err := w.stmt("SELECT id, trace_id FROM trace WHERE stale = 1")
	if err != nil {
		return nil, err
	}
	rows, err := st.Query()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var t staleTrace
		if err := rows.Scan(&t.id, &t.traceID); err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, rows.Err()
}

// node is the part of a span that is needed for sums.
type node struct {
	row            int64
	id, parent     string
	name, kind     string
	service, model string
	status         trace.Status
	start, end     trace.Time
	usage          trace.Usage
	session, user  string
	environment    string
	tags           string
	resource       int64
}

func (w *writer) nodes(traceRow int64) (list []node, err error) {
	st, err := w.stmt(`SELECT id, span_id, parent_id, name, kind, service, model, status, start_ns, end_ns,
		tokens_in, tokens_out, tokens_cached, tokens_reasoning, cost, session, "user", environment, tags, resource FROM span WHERE trace = ?`)
	if err != nil {
		return nil, err
	}
	rows, err := st.Query(traceRow)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n node
		u := &n.usage
		if err := rows.Scan(&n.row, &n.id, &n.parent, &n.name, &n.kind, &n.service, &n.model, &n.status, &n.start, &n.end,
			&u.InputTokens, &u.OutputTokens, &u.CachedTokens, &u.ReasoningTokens, &u.CostUSD,
			&n.session, &n.user, &n.environment, &n.tags, &n.resource); err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, rows.Err()
}

const updateTrace = `UPDATE trace SET stale=0, start_ns=?, end_ns=?, spans=?, open=?, errors=?, name=?, kind=?, status=?,
 message=?, service=?, session=?, "user"=?, environment=?, tags=?, models=?, tokens_in=?, tokens_out=?, cost=?, input=?,
 output=?, resource=? WHERE id=?`

// sumUp computes the row of a trace from its spans. The values are those of the root,
// or of the first span that has them.
func (w *writer) sumUp(traceRow int64) error {
	nodes, err := w.nodes(traceRow)
	if err != nil || len(nodes) == 0 {
		if err == nil {
			_, err = w.run1("UPDATE trace SET stale = 0 WHERE id = ?", traceRow)
		}
		return err
	}
	root := rootOf(nodes)
	first := nodes[root]
	start, end, open, failures := first.start, trace.Time(0), 0, 0
	models := map[string]bool{}
	for _, n := range nodes {
		start, end = min(start, n.start), max(end, n.end, n.start)
		if n.end == 0 {
			open++
		}
		if n.status == trace.Error {
			failures++
		}
		if n.model != "" {
			models[n.model] = true
		}
	}
	if open > 0 {
		end = 0
	}
	input, output, err := w.firstWords(first)
	if err != nil {
		return err
	}
	message := ""
	if failures > 0 {
		message = w.failure(nodes, root)
	}
	borrow(&first, nodes)
	u := total(nodes)
	_, err = w.run1(updateTrace, int64(start), int64(end), len(nodes), open, failures, first.name, first.kind, int(first.status),
		message, first.service, first.session, first.user, first.environment, first.tags, strings.Join(sorted(models), separator),
		u.InputTokens, u.OutputTokens, u.CostUSD, input, output, first.resource, traceRow)
	return err
}

// firstWords returns the previews of the root's input and output. For a root whose
// parent is a span of another program, they are only in its payload.
func (w *writer) firstWords(root node) (input, output string, err error) {
	if root.parent != "" {
		s, err := w.loadByRow(root.row)
		if err != nil {
			return "", "", err
		}
		input, output = genai.FirstWords(s)
		return input, output, nil
	}
	err = w.query1("SELECT input, output FROM span WHERE id = ?", root.row).Scan(&input, &output)
	return input, output, err
}

// borrow fills fields that the root lacks from the first span that has them: some
// senders set session and user on model calls only.
func borrow(root *node, nodes []node) {
	for _, n := range nodes {
		root.session = cmp.Or(root.session, n.session)
		root.user = cmp.Or(root.user, n.user)
		root.environment = cmp.Or(root.environment, n.environment)
		root.tags = cmp.Or(root.tags, n.tags)
	}
}

// failure returns the message of the root if it failed, or else that of the failed span
// that started last. This is usually the span where the failure originated.
func (w *writer) failure(nodes []node, root int) string {
	last := root
	if nodes[root].status != trace.Error {
		for i, n := range nodes {
			if n.status == trace.Error && (nodes[last].status != trace.Error || n.start >= nodes[last].start) {
				last = i
			}
		}
	}
	s, err := w.loadByRow(nodes[last].row)
	switch {
	case err != nil:
		return ""
	case s.Message == "" || last == root:
		return s.Message
	}
	return s.Name + ": " + s.Message
}

// rootOf returns the first span without a parent, or else the first whose parent is not
// stored.
func rootOf(nodes []node) int {
	here := make(map[string]bool, len(nodes))
	for _, n := range nodes {
		here[n.id] = true
	}
	rank := func(n node) int {
		switch {
		case n.parent == "":
			return 0
		case !here[n.parent]:
			return 1
		}
		return 2
	}
	best := 0
	for i, n := range nodes {
		b := nodes[best]
		if rank(n) < rank(b) || rank(n) == rank(b) && n.start < b.start {
			best = i
		}
	}
	return best
}

// total adds usage from the leaves up: the figures of a span count only if no span
// below it has any, because many senders repeat the usage of model calls on the agent's
// span.
func total(nodes []node) trace.Usage {
	children := make(map[string][]int, len(nodes))
	here := make(map[string]bool, len(nodes))
	for i, n := range nodes {
		here[n.id] = true
		children[n.parent] = append(children[n.parent], i)
	}
	seen := make([]bool, len(nodes))
	var sum func(i int) trace.Usage
	sum = func(i int) trace.Usage {
		if seen[i] { // a cycle sent by a faulty program
			return trace.Usage{}
		}
		seen[i] = true
		var below trace.Usage
		for _, c := range children[nodes[i].id] {
			below = below.Add(sum(c))
		}
		if below.InputTokens+below.OutputTokens == 0 {
			below.InputTokens, below.OutputTokens = nodes[i].usage.InputTokens, nodes[i].usage.OutputTokens
		}
		if below.CostUSD == 0 {
			below.CostUSD = nodes[i].usage.CostUSD
		}
		return below
	}
	var all trace.Usage
	for i, n := range nodes {
		if n.parent == "" || !here[n.parent] {
			all = all.Add(sum(i))
		}
	}
	return all
}

func sorted(set map[string]bool) []string {
	list := make([]string, 0, len(set))
	for s := range set {
		list = append(list, s)
	}
	sort.Strings(list)
	return list
}
