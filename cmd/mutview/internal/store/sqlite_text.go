package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// textQuery makes a query of what a person typed: all words, each as the
// beginning of a word; "quoted" words as they are, in this order. A word such
// as gpt-4o is the phrase of its parts, as the index has it.
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

// prefix is a query for words that begin like one. FTS5's own reads all of what
// the index has of each of them before it gives the first match; words that are
// named it reads as far as matches are asked for.
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
		words, from = append(words, word), word+"\x01" // no word has such a letter
	}
	return nil, false, nil
}

func (l *sqlite) match() string            { return "search MATCH ?" }
func (l *sqlite) entry(text string) string { return text }
func (l *sqlite) insertText() string {
	return "INSERT OR REPLACE INTO search (rowid, text) VALUES (?,?)"
}
