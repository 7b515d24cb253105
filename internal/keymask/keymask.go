// Package keymask hides one known secret, the API key, in any text: a server's
// response, an error, a debug line. Because it knows the key, it does not guess
// formats, and also finds the key when it is changed: in another case, between other
// quotes, broken by line ends, escaped for JSON, HTML or a URL, and in pieces.
//
// It does not find the key reversed, in base64, as a hash, or its last four letters
// alone.
package keymask

import "strings"

// mark replaces the key.
const mark = "[key]"

const (
	// piece is the number of consecutive letters and digits of a key that are masked
	// wherever they occur. Shorter pieces occur in ordinary words.
	piece = 8
	// head is the number of characters that are masked after the prefix that all keys
	// of a service share. Servers identify a key by its first letters.
	head = 4
	// least is the number of letters and digits that a key must have to be masked. A
	// shorter key would occur in every text.
	least = 4
)

// A Key masks one key. The zero value masks nothing. Printing a Key does not print the
// key, because only the closure holds it. It is safe for concurrent use.
type Key struct{ mask func(string) string }

// New returns a Key that masks key. A key with fewer than 4 letters and digits, such as
// the empty one, is not masked.
func New(key string) Key {
	patterns := patternsOf(key)
	if patterns == nil {
		return Key{}
	}
	return Key{mask: func(text string) string { return mask(text, patterns) }}
}

// Mask returns text with the key and its pieces replaced by [key]. A text without them
// is returned unchanged. Mask takes time linear in the text.
func (k Key) Mask(text string) string {
	if k.mask == nil {
		return text
	}
	return k.mask(text)
}

// patterns are the lower-case letters and digits to look for in a text.
type patterns struct {
	pieces map[string]bool // all have the same length
	size   int
	head   string // "" if pieces covers it
}

func patternsOf(key string) *patterns {
	whole := lettersOf(key)
	if len(whole) < least {
		return nil
	}
	shared := lettersOf(key[:sharedBy(key)])
	if len(whole)-len(shared) < piece {
		shared = "" // the rest is a word, as in test keys
	}
	own := whole[len(shared):]
	p := &patterns{size: min(piece, len(own)), pieces: map[string]bool{}}
	for i := 0; i+p.size <= len(own); i++ {
		p.pieces[own[i:i+p.size]] = true
	}
	if shared != "" {
		p.head = whole[:len(shared)+head]
	}
	return p
}

// sharedBy returns the length of the prefix that other keys have too: words of letters
// with separators, as in mt_live_.
func sharedBy(key string) int {
	n := 0
	for i := range len(key) {
		switch c := key[i]; {
		case c == '_' || c == '-':
			n = i + 1
		case c < 'A':
			return n
		}
	}
	return n
}

func lettersOf(key string) string {
	var b strings.Builder
	for i := range len(key) {
		if c := letter(key[i]); c != 0 {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// letter returns c as a lower-case letter or a digit, or 0.
func letter(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c + 'a' - 'A'
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		return c
	}
	return 0
}
