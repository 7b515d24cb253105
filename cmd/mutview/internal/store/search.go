package store

import (
	"context"
	"strconv"
	"strings"
	"unicode"
)

// maxMatches is how many of the newest matches a search looks at. What is
// beyond is older, and the question too wide.
const maxMatches = 5000

// matching returns the rows of the traces that have a span or a log record
// with the text.
func (s *Store) matching(ctx context.Context, text string) ([]string, error) {
	query := ftsQuery(text)
	if query == "" {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, `
		WITH hit AS (SELECT rowid AS id FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?)
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

// SpansWith returns the ids of the spans of one trace that hold the text,
// themselves or in a log record.
func (s *Store) SpansWith(ctx context.Context, traceID, text string) ([]string, error) {
	query := ftsQuery(text)
	if query == "" {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, `
		SELECT span_id FROM span JOIN trace ON trace.id = span.trace
			WHERE trace.trace_id = ? AND span.id*2 IN (SELECT rowid FROM search WHERE search MATCH ?)
		UNION SELECT span_id FROM log WHERE trace_id = ? AND trace_id <> ''
			AND id*2+1 IN (SELECT rowid FROM search WHERE search MATCH ?)`, traceID, query, traceID, query)
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

// ftsQuery makes a query of what a person typed: all words, each as the
// beginning of a word; "quoted" words as they are, in this order. A word such
// as gpt-4o is the phrase of its parts, as the index has it.
func ftsQuery(text string) string {
	var terms []string
	for i, piece := range strings.Split(text, `"`) {
		if i%2 == 1 {
			terms = appendTerm(terms, piece, false)
			continue
		}
		for _, word := range strings.Fields(piece) {
			terms = appendTerm(terms, strings.TrimSuffix(word, "*"), true)
		}
	}
	return strings.Join(terms, " AND ")
}

func appendTerm(terms []string, words string, prefix bool) []string {
	if !strings.ContainsFunc(words, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		return terms
	}
	term := `"` + strings.ReplaceAll(words, "\x00", "") + `"`
	if prefix {
		term += "*"
	}
	return append(terms, term)
}
