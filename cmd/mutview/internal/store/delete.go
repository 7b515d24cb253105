package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// Delete removes a trace with its log records, or returns ErrNotFound.
func (s *Store) Delete(ctx context.Context, traceID string) error {
	return s.act(ctx, func(w *writer) error {
		var row int64
		err := w.query1("SELECT id FROM trace WHERE trace_id = ?", traceID).Scan(&row)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		} else if err != nil {
			return err
		}
		return w.transaction(func() error { return w.remove(row, traceID) })
	})
}

func (s *Store) act(ctx context.Context, f func(*writer) error) error {
	return s.do(ctx, &write{action: f, done: make(chan error, 1)})
}

func (w *writer) remove(row int64, traceID string) error {
	clear(w.traces)
	for _, q := range []string{
		"DELETE FROM search WHERE rowid IN (SELECT id*2 FROM span WHERE trace = ?)",
		"DELETE FROM payload WHERE span IN (SELECT id FROM span WHERE trace = ?)",
		"DELETE FROM span WHERE trace = ?",
		"DELETE FROM trace WHERE id = ?",
	} {
		if _, err := w.run1(q, row); err != nil {
			return err
		}
	}
	for _, q := range []string{
		"DELETE FROM search WHERE rowid IN (SELECT id*2+1 FROM log WHERE trace_id = ? AND trace_id <> '')",
		"DELETE FROM log WHERE trace_id = ? AND trace_id <> ''",
	} {
		if _, err := w.run1(q, traceID); err != nil {
			return err
		}
	}
	return nil
}

// Retain deletes the oldest traces: those that arrived before age, if it is not zero,
// and as many as necessary to reduce the store to size bytes, if that is not zero. Log
// records without a trace are deleted in the same way. It returns the number of deleted
// traces and log records.
func (s *Store) Retain(ctx context.Context, age time.Duration, size int64) (deleted int, err error) {
	for {
		n := 0
		err = s.act(ctx, func(w *writer) error {
			n, err = w.retain(age, size)
			return err
		})
		deleted += n
		if err != nil || n == 0 {
			return deleted, err
		}
	}
}

// retain deletes up to a hundred traces, so that ingestion is not blocked. It also
// deletes free log records, and returns the number of both.
func (w *writer) retain(age time.Duration, size int64) (n int, err error) {
	before := trace.Time(0)
	if age > 0 {
		before = trace.At(time.Now().Add(-age))
	}
	used, err := w.store.in.size(w)
	if err != nil {
		return 0, err
	}
	over := size > 0 && used > size
	st, err := w.stmt("SELECT id, trace_id FROM trace WHERE ? OR arrived_ns < ? ORDER BY arrived_ns LIMIT 100")
	if err != nil {
		return 0, err
	}
	rows, err := st.Query(over, int64(before))
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var list []staleTrace
	for rows.Next() {
		var t staleTrace
		if err := rows.Scan(&t.id, &t.traceID); err != nil {
			return 0, err
		}
		list = append(list, t)
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	free := int64(0)
	err = w.transaction(func() error {
		for _, t := range list {
			if err := w.remove(t.id, t.traceID); err != nil {
				return err
			}
		}
		free, err = w.removeFreeLogs(before, over)
		return err
	})
	return len(list) + int(free), err
}

// removeFreeLogs deletes up to a thousand of the oldest log records without a trace.
func (w *writer) removeFreeLogs(before trace.Time, over bool) (int64, error) {
	const old = "(SELECT id FROM log WHERE trace_id = '' AND (? OR time_ns < ?) ORDER BY id LIMIT 1000)"
	if _, err := w.run1("DELETE FROM search WHERE rowid IN (SELECT id*2+1 FROM log WHERE id IN "+old+")", over, int64(before)); err != nil {
		return 0, err
	}
	result, err := w.run1("DELETE FROM log WHERE id IN "+old, over, int64(before))
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
