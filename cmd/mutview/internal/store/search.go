package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMatches is how many of the newest matches a search looks at. What is
// beyond is older, and the question too wide.
const maxMatches = 5000

// matching returns the rows of the traces that have a span or a log record
// with the text.
func (s *Store) matching(ctx context.Context, text string) ([]string, error) {
	query, err := s.ftsQuery(ctx, text)
	if err != nil || query == "" {
		return nil, err
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
	query, err := s.ftsQuery(ctx, text)
	if err != nil || query == "" {
		return nil, err
	}
	// The spans of a trace most often came together: the index is read from the
	// first of them to the last.
	var first, last int64
	err = s.read.QueryRowContext(ctx, `WITH entry AS (
		SELECT span.id*2 AS id FROM span JOIN trace ON trace.id = span.trace WHERE trace.trace_id = ?
		UNION ALL SELECT id*2+1 FROM log WHERE trace_id = ? AND trace_id <> '')
		SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM entry`, traceID, traceID).Scan(&first, &last)
	if err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, `
		WITH hit AS MATERIALIZED (SELECT rowid AS id FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ?)
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

// ftsQuery makes a query of what a person typed: all words, each as the
// beginning of a word; "quoted" words as they are, in this order. A word such
// as gpt-4o is the phrase of its parts, as the index has it.
func (s *Store) ftsQuery(ctx context.Context, text string) (string, error) {
	var terms []string
	for i, piece := range strings.Split(text, `"`) {
		if i%2 == 1 {
			if isWord(piece) {
				terms = append(terms, phrase(piece))
			}
			continue
		}
		for _, word := range strings.Fields(piece) {
			if word = strings.TrimSuffix(word, "*"); !isWord(word) {
				continue
			}
			term, err := s.prefix(ctx, word)
			if err != nil {
				return "", err
			}
			terms = append(terms, term)
		}
	}
	return strings.Join(terms, " AND "), nil
}

func isWord(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
}

func phrase(words string) string { return `"` + strings.ReplaceAll(words, "\x00", "") + `"` }

// prefix is a query for words that begin like one. FTS5's own reads all of what
// the index has of each of them before it gives the first match; words that are
// named it reads as far as matches are asked for.
func (s *Store) prefix(ctx context.Context, word string) (string, error) {
	head, last := cutLast(word)
	if last == "" {
		return phrase(word) + "*", nil
	}
	words, all, err := s.wordsLike(ctx, last)
	if err != nil || !all {
		return phrase(word) + "*", err
	}
	if len(words) == 0 {
		return phrase(word), nil // which nothing has
	}
	for i, w := range words {
		words[i] = phrase(head + " " + w)
	}
	return "(" + strings.Join(words, " OR ") + ")", nil
}

// cutLast parts the last word from those before it, in lower case, as the index
// has it. It is empty if it is not ASCII: how the index folds others is its own
// business.
func cutLast(text string) (head, last string) {
	text = strings.TrimRightFunc(text, func(r rune) bool { return r < utf8.RuneSelf && !isASCIIWord(r) })
	at := strings.LastIndexFunc(text, func(r rune) bool { return !isASCIIWord(r) })
	if at >= 0 && text[at] >= utf8.RuneSelf {
		return "", ""
	}
	return text[:at+1], strings.ToLower(text[at+1:])
}

func isASCIIWord(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// maxWords is how many words a search names.
const maxWords = 100

// wordsLike returns the words of the index that begin like one, unless they are
// too many.
func (s *Store) wordsLike(ctx context.Context, start string) (words []string, all bool, err error) {
	st, err := s.read.PrepareContext(ctx, "SELECT term FROM word WHERE term >= ? AND term < ? LIMIT 1")
	if err != nil {
		return nil, false, err
	}
	defer st.Close()
	for from := start; len(words) < maxWords; {
		var word string
		err := st.QueryRowContext(ctx, from, start+"\U0010FFFF").Scan(&word)
		if errors.Is(err, sql.ErrNoRows) {
			return words, true, nil
		} else if err != nil {
			return nil, false, err
		}
		words, from = append(words, word), word+"\x01" // no word has such a letter
	}
	return nil, false, nil
}
