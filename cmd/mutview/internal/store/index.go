package store

import (
	"context"
	"database/sql"
)

const (
	// maxTexts limits the memory for texts that are indexed together.
	maxTexts = 8 << 20
)

const (
	// indexIdle is the number of spans indexed at a time while no data waits. Ingestion
	// waits at most for these.
	indexIdle = 200
	// indexBusy is the number of spans indexed at a time when the index is behind. Fewer
	// transactions produce fewer segments to merge.
	indexBusy = 2000
)

// indexSome adds some more spans to the index.
func (w *writer) indexSome() {
	if w.backlog > 4*indexBusy {
		w.index(indexBusy)
		return
	}
	w.index(indexIdle)
}

// index adds up to n spans and n log records to the full-text index.
func (w *writer) index(n int) {
	done := 0
	err := w.transaction(func() error {
		spans, err := w.indexTable(`SELECT span.id*2, span.name, payload.body FROM span
			JOIN payload ON payload.span = span.id WHERE indexed = 0 ORDER BY span.id LIMIT ?`,
			"UPDATE span SET indexed = 1 WHERE indexed = 0 AND id BETWEEN ? AND ?", n)
		if err != nil {
			return err
		}
		logs, err := w.indexTable("SELECT id*2+1, '', body FROM log WHERE indexed = 0 ORDER BY id LIMIT ?",
			"UPDATE log SET indexed = 1 WHERE indexed = 0 AND id BETWEEN ? AND ?", n)
		done = spans + logs
		return err
	})
	if err != nil || done == 0 {
		w.backlog = 0 // the index is complete, or broken: ingestion continues without it
		return
	}
	w.backlog = max(1, w.backlog-done) // 1: check once more before resting
}

// An entry is a text to be added to the index.
type entry struct {
	id   int64
	text string
}

// indexTable adds the first n results of query, and marks the rows from the first to
// the last of them as indexed.
func (w *writer) indexTable(query, mark string, n int) (int, error) {
	list, err := w.entries(query, n)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	for _, e := range list {
		if _, err := w.run1(w.store.in.insertText(), e.id, w.store.in.entry(e.text)); err != nil {
			return 0, err
		}
	}
	_, err = w.run1(mark, list[0].id/2, list[len(list)-1].id/2)
	return len(list), err
}

func (w *writer) entries(query string, n int) (list []entry, err error) {
	st, err := w.stmt(query)
	if err != nil {
		return nil, err
	}
	rows, err := st.Query(n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for size := 0; size < maxTexts && rows.Next(); {
		var e entry
		var name string
		var body sql.RawBytes
		if err := rows.Scan(&e.id, &name, &body); err != nil {
			return nil, err
		}
		e.text = name[:min(len(name), maxText)] + "\n" + textOf(body)
		size += len(e.text)
		list = append(list, e)
	}
	return list, rows.Err()
}

// indexed reports whether the index is complete.
func (s *Store) indexed() (bool, error) {
	var left int
	err := s.read.QueryRowContext(context.Background(), "SELECT (SELECT count(*) FROM span WHERE indexed=0) + (SELECT count(*) FROM log WHERE indexed=0)").Scan(&left)
	return left == 0, err
}
