// Package keymask hides one known secret, the API key, in any text: a server's
// response, an error, a debug line. Because it knows the key, it does not guess
// formats, and also finds the key when it is changed: in another case, between other
// quotes, broken by line ends, escaped for JSON, HTML or a URL, and in pieces.
//
// It does not find the key reversed, in base64, as a hash, or its last four letters
// alone.
package keymask

import "strings"

// mark stands where the key was.
const mark = "[key]"

const (
	// piece is how many letters and digits of a key in a row are hidden wherever they
	// stand. Fewer are in ordinary words.
	piece = 8
	// head is how many behind the beginning that all keys of a service share are
	// hidden together with it: servers name a key by its first letters.
	head = 4
	// least is what a key must have to be masked. Less is found in everything.
	least = 4
)

// A Key masks one key. The zero value masks nothing. Nothing prints the key that it
// holds: it is in the closure alone. It may be used from any goroutine.
type Key struct{ mask func(string) string }

// New returns what masks key. A key of fewer than 4 letters and digits, such as the
// empty one, is not masked.
func New(key string) Key {
	patterns := patternsOf(key)
	if patterns == nil {
		return Key{}
	}
	return Key{mask: func(text string) string { return mask(text, patterns) }}
}

// Mask returns text with [key] in place of the key and of its pieces. A text without
// any comes back as it is. It takes time in proportion to the text.
func (k Key) Mask(text string) string {
	if k.mask == nil {
		return text
	}
	return k.mask(text)
}

// patterns are what to look for in the letters and digits of a text, in small
// letters.
type patterns struct {
	pieces map[string]bool // all of one length
	size   int
	head   string // "" if the pieces say it all
}

func patternsOf(key string) *patterns {
	whole := lettersOf(key)
	if len(whole) < least {
		return nil
	}
	shared := lettersOf(key[:sharedBy(key)])
	if len(whole)-len(shared) < piece {
		shared = "" // what is left is a word, as in the keys of tests
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

// sharedBy returns the length of what other keys begin with, too: words of letters
// and a separator, as in mt_live_.
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

// letter returns the small letter or the digit that c is, or 0.
func letter(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c + 'a' - 'A'
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		return c
	}
	return 0
}
