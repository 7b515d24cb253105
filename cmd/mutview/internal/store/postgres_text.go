package store

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

func (p *postgres) match() string { return "text @@ CAST(? AS tsquery)" }

func (p *postgres) insertText() string {
	return "INSERT INTO search (rowid, text) VALUES (?, to_tsvector('simple', ?)) ON CONFLICT (rowid) DO UPDATE SET text = excluded.text"
}

// entry returns the words of a text. PostgreSQL treats an address or a path as one
// token; here each of its words is found, as in SQLite.
func (p *postgres) entry(text string) string { return strings.Join(wordsOf(text), " ") }

// wordsOf returns the words of a text, in lower case and without accents.
func wordsOf(text string) []string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			return unicode.ToLower(r)
		}
		return ' '
	}, norm.NFD.String(text))
	return slices.DeleteFunc(strings.Fields(text), func(word string) bool { return len(word) > maxWord })
}

// maxWord is the length of the longest word that PostgreSQL has a place for.
const maxWord = 2046

func (p *postgres) textQuery(_ context.Context, _ *Store, text string) (string, error) {
	var terms []string
	for i, piece := range strings.Split(text, `"`) {
		if i%2 == 1 {
			terms = appendPhrase(terms, wordsOf(piece), "")
			continue
		}
		for _, word := range strings.Fields(piece) {
			terms = appendPhrase(terms, wordsOf(word), ":*")
		}
	}
	return strings.Join(terms, " & "), nil
}

// appendPhrase appends words as a phrase, the last of them with a mark. The words
// contain no special characters of a query.
func appendPhrase(terms, words []string, mark string) []string {
	if len(words) == 0 {
		return terms
	}
	return append(terms, "('"+strings.Join(words, "' <-> '")+"'"+mark+")")
}
