package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textQuery converts a user's search text to a query: all words, each as a prefix;
// "quoted" words form a phrase. A word such as gpt-4o is a phrase of its parts, because
// the index splits it.
func (l *sqlite) textQuery(ctx context.Context, s *Store, text string) (string, error) {
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
			term, err := prefix(ctx, s, word)
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

// prefix returns a query for words with the same beginning. FTS5's own prefix query
// reads all index entries of each word before it returns the first match. Named words
// are read only as far as matches are requested.
func prefix(ctx context.Context, s *Store, word string) (string, error) {
	head, last := cutLast(word)
	if last == "" {
		return phrase(word) + "*", nil
	}
	words, all, err := wordsLike(ctx, s, last)
	if err != nil || !all {
		return phrase(word) + "*", err
	}
	if len(words) == 0 {
		return phrase(word), nil // which matches nothing
	}
	for i, w := range words {
		words[i] = phrase(head + " " + w)
	}
	return "(" + strings.Join(words, " OR ") + ")", nil
}

// cutLast splits off the last word in lower case, as it is in the index. The word is
// empty if it is not ASCII, because the folding of other characters is internal to the
// index.
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

// maxWords is the maximum number of words that a search names.
const maxWords = 100

// wordsLike returns the words of the index with the same beginning, unless there are
// too many.
func wordsLike(ctx context.Context, s *Store, start string) (words []string, all bool, err error) {
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
		words, from = append(words, word), word+"\x01" // no word contains this character
	}
	return nil, false, nil
}

func (l *sqlite) match() string            { return "search MATCH ?" }
func (l *sqlite) entry(text string) string { return text }
func (l *sqlite) insertText() string {
	return "INSERT OR REPLACE INTO search (rowid, text) VALUES (?,?)"
}
