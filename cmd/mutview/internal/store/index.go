package store

import (
	"context"
	"encoding/json"
	"strings"
)

// maxText bounds what the index takes of one span.
const maxText = 64 << 10

const (
	// indexIdle is how many spans are indexed at a time while nothing waits: ingestion
	// waits no longer than for these.
	indexIdle = 200
	// indexBusy is how many are when the index is behind. The fewer transactions, the
	// fewer pieces it has to merge.
	indexBusy = 2000
)

// indexSome feeds some more to the index.
func (w *writer) indexSome() {
	if w.backlog > 4*indexBusy {
		w.index(indexBusy)
		return
	}
	w.index(indexIdle)
}

// index feeds up to n spans and n log records to the full-text index.
func (w *writer) index(n int) {
	done := 0
	err := w.transaction(func() error {
		spans, err := w.indexTable(`SELECT span.id*2, span.name, payload.body FROM span
			JOIN payload ON payload.span = span.id WHERE indexed = 0 ORDER BY span.id LIMIT ?`,
			"UPDATE span SET indexed = 1 WHERE id = ?", n)
		if err != nil {
			return err
		}
		logs, err := w.indexTable("SELECT id*2+1, '', body FROM log WHERE indexed = 0 ORDER BY id LIMIT ?",
			"UPDATE log SET indexed = 1 WHERE id = ?", n)
		done = spans + logs
		return err
	})
	if err != nil || done == 0 {
		w.backlog = 0 // nothing is left, or the index is broken: ingestion goes on without it
		return
	}
	w.backlog = max(1, w.backlog-done) // 1: look once more before resting
}

func (w *writer) indexTable(query, mark string, n int) (int, error) {
	st, err := w.stmt(query)
	if err != nil {
		return 0, err
	}
	rows, err := st.Query(n)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	type entry struct {
		id   int64
		text string
	}
	var list []entry
	for rows.Next() {
		var id int64
		var name string
		var body []byte
		if err := rows.Scan(&id, &name, &body); err != nil {
			return 0, err
		}
		list = append(list, entry{id, name + "\n" + textOf(body)})
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	for _, e := range list {
		if _, err := w.run1(w.store.in.insertText(), e.id, w.store.in.entry(e.text)); err != nil {
			return 0, err
		}
		if _, err := w.run1(mark, e.id/2); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

// textOf is every text and key in a JSON value, and JSON in texts opened up.
func textOf(body []byte) string {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return ""
	}
	var b strings.Builder
	collect(&b, v, 0)
	return b.String()
}

func collect(b *strings.Builder, v any, depth int) {
	if b.Len() > maxText || depth > 64 {
		return
	}
	switch v := v.(type) {
	case string:
		b.WriteString(v[:min(len(v), maxText)])
		b.WriteByte('\n')
	case float64, bool:
		text, _ := json.Marshal(v)
		b.Write(text)
		b.WriteByte('\n')
	case []any:
		for _, item := range v {
			collect(b, item, depth+1)
		}
	case map[string]any:
		for key, item := range v {
			if len(key) > 1 { // one letter is a key of the payload itself
				b.WriteString(key)
				b.WriteByte(' ')
			}
			collect(b, item, depth+1)
		}
	}
}

// indexed reports whether the index has everything.
func (s *Store) indexed() (bool, error) {
	var left int
	err := s.read.QueryRowContext(context.Background(), "SELECT (SELECT count(*) FROM span WHERE indexed=0) + (SELECT count(*) FROM log WHERE indexed=0)").Scan(&left)
	return left == 0, err
}
