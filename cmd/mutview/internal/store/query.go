package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	maxQueryRows  = 1000
	maxQueryBytes = 16 << 20
	maxQueryTime  = 5 * time.Second
)

// A QueryError is an error in a user's query.
type QueryError struct{ Err error }

func (e *QueryError) Error() string { return e.Err.Error() }
func (e *QueryError) Unwrap() error { return e.Err }

// A Table is the answer to a query.
type Table struct {
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
	More    bool     `json:"more,omitempty"` // there are more rows than an answer may have
}

// Query executes one SELECT of a user or an agent. It can only read. It is limited to 5
// seconds, values of 8 MiB, and 1,000 rows or 16 MiB. Queries run one at a time. An
// error in the query is a *QueryError.
func (s *Store) Query(ctx context.Context, query string) (Table, error) {
	if err := s.Settle(ctx); err != nil {
		return Table{}, err
	}
	within, cancel := context.WithTimeout(ctx, maxQueryTime)
	defer cancel()
	t, err := s.table(within, query)
	switch {
	case err == nil:
		return t, nil
	case ctx.Err() != nil:
		return t, ctx.Err()
	case errors.Is(within.Err(), context.DeadlineExceeded):
		return t, &QueryError{fmt.Errorf("the query took longer than %v, or waited for another one: ask for less", maxQueryTime)}
	}
	return t, &QueryError{err}
}

func (s *Store) table(ctx context.Context, query string) (t Table, err error) {
	conn, err := s.guard.Conn(ctx)
	if err != nil {
		return t, err
	}
	defer conn.Close()
	rows, err := s.in.ask(ctx, conn, query)
	if err != nil {
		return t, err
	}
	defer rows.Close()
	if t.Columns, err = rows.Columns(); err != nil {
		return t, err
	}
	if len(t.Columns) == 0 {
		return t, errors.New("this is no SELECT; nothing else is allowed")
	}
	t.Rows = [][]any{}
	size := 0
	for rows.Next() {
		if t.More = len(t.Rows) == maxQueryRows || size > maxQueryBytes; t.More {
			break
		}
		values := make([]any, len(t.Columns))
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return t, err
		}
		for i, v := range values {
			switch v := v.(type) {
			case []byte: // payloads are JSON in a blob
				values[i] = string(v)
				size += len(v)
			case string:
				size += len(v)
			}
			size += 16
		}
		t.Rows = append(t.Rows, values)
	}
	return t, rows.Err()
}
