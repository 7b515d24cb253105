package store

import (
	"context"
	"strconv"
)

// maxMatches is how many of the newest matches a search considers. A search with more
// matches is too broad.
const maxMatches = 5000

// matching returns the rows of the traces with a span or a log record that matches
// text.
func (s *Store) matching(ctx context.Context, text string) ([]string, error) {
	query, err := s.in.textQuery(ctx, s, text)
	if err != nil || query == "" {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, `
		WITH hit AS (SELECT rowid AS id FROM search WHERE `+s.in.match()+` ORDER BY rowid DESC LIMIT ?)
		SELECT DISTINCT span.trace FROM hit JOIN span ON hit.id % 2 = 0 AND span.id = hit.id/2
		UNION SELECT trace.id FROM hit JOIN log ON hit.id % 2 = 1 AND log.id = hit.id/2
			JOIN trace ON trace.trace_id = log.trace_id`, query, maxMatches)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, strconv.FormatInt(id, 10))
	}
	return ids, rows.Err()
}

// SpansWith returns the IDs of the spans of one trace that match text, themselves or
// through a log record.
func (s *Store) SpansWith(ctx context.Context, traceID, text string) ([]string, error) {
	query, err := s.in.textQuery(ctx, s, text)
	if err != nil || query == "" {
		return nil, err
	}
	// The spans of a trace usually arrived together, so the index is read from the first
	// to the last of them.
	var first, last int64
	err = s.read.QueryRowContext(ctx, `WITH entry AS (
		SELECT span.id*2 AS id FROM span JOIN trace ON trace.id = span.trace WHERE trace.trace_id = ?
		UNION ALL SELECT id*2+1 FROM log WHERE trace_id = ? AND trace_id <> '')
		SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM entry`, traceID, traceID).Scan(&first, &last)
	if err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, `
		WITH hit AS MATERIALIZED (SELECT rowid AS id FROM search WHERE `+s.in.match()+` AND rowid BETWEEN ? AND ?)
		SELECT span_id FROM span JOIN trace ON trace.id = span.trace WHERE trace.trace_id = ? AND span.id*2 IN (SELECT id FROM hit)
		UNION SELECT span_id FROM log WHERE trace_id = ? AND trace_id <> '' AND id*2+1 IN (SELECT id FROM hit)`,
		query, first, last, traceID, traceID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	ids := []string{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
