package mutredact

import (
	"encoding/base64"
	"strings"
)

// webToken returns the JSON Web Token whose first dot is at i. Searching from the dot
// reads each byte only once, because the text before it belongs to no other dot. "eyJ"
// is {" in base64. The signature may be missing.
func webToken(text string, done, i int) (from, to int) {
	const shortest = 10
	from = i
	for from > done && dashed[text[from-1]] {
		from--
	}
	for ; i-from >= shortest; from++ {
		if text[from] == 'e' && strings.HasPrefix(text[from:], "eyJ") && (from == done || startsWord(text, from)) {
			break
		}
	}
	body := dashed.run(text[:min(len(text), i+1+shortest)], i+1)
	if i-from < shortest || body-i <= shortest {
		return 0, 0
	}
	to = dotted.run(text, i)
	for text[to-1] == '.' {
		to--
	}
	return from, to
}

// authScheme returns the credentials after the word Bearer or Basic at i.
func authScheme(text string, i int) (from, to int) {
	switch {
	case hasPrefixFold(text[i:], "bearer"):
		from = credentials(text, i+len("bearer"))
		to = opaque.run(text, from)
		if to-from < 16 || !hasDigit(text[from:to]) {
			return 0, 0
		}
	case hasPrefixFold(text[i:], "basic"):
		from = credentials(text, i+len("basic"))
		to = base64ed.run(text, from)
		if !holdsPassword(text[from:to]) {
			return 0, 0
		}
	default:
		return 0, 0
	}
	for text[to-1] == '.' {
		to--
	}
	return from, to
}

// credentials returns the start of the credentials for a scheme that ends at i. A
// space, or an encoded space in a URL, must be between them.
func credentials(text string, i int) int {
	from := blank.run(text, i)
	for strings.HasPrefix(text[from:], "%20") {
		from += len("%20")
	}
	if from == i {
		return len(text)
	}
	return from
}

// holdsPassword reports whether encoded is the base64 of user:password. It checks only
// the beginning.
func holdsPassword(encoded string) bool {
	var in [512]byte
	var out [384]byte
	n := copy(in[:], strings.TrimRight(encoded, "="))
	if n < 6 {
		return false
	}
	if n%4 == 1 { // cut off
		n--
	}
	k, err := base64.RawStdEncoding.Decode(out[:], in[:n])
	colon := false
	for _, c := range out[:k] {
		if c < ' ' {
			return false
		}
		colon = colon || c == ':'
	}
	return err == nil && colon
}

const pemBegin = "-----BEGIN "

// shortestKey is the minimum length of a private key's text.
const shortestKey = 64

// privateKey returns the end of the PEM block of a private key that begins at i, or 0.
// A block without an end extends to the end of the text.
func privateKey(text string, i int) int {
	const end, dashes = "-----END ", "-----"
	if !strings.HasPrefix(text[i:], pemBegin) {
		return 0
	}
	label := text[i+len(pemBegin):]
	label = label[:min(len(label), 64)]
	name, _, _ := strings.Cut(label, dashes)
	if !strings.Contains(name, "PRIVATE KEY") {
		return 0
	}
	i += len(pemBegin) + len(name)
	k := strings.Index(text[i:], end)
	switch {
	case k < 0:
		return len(text)
	case k < shortestKey:
		return 0
	}
	i += k + len(end)
	if k = strings.Index(text[i:], dashes); k < 0 {
		return len(text)
	}
	return i + k + len(dashes)
}

// withPrivateKey returns the end of text[from:to], extended to the end of a private key
// that begins in it. Dashes and the first line of a PEM block may be part of a secret.
func withPrivateKey(text string, from, to int) int {
	near := text[from:min(len(text), to+len(pemBegin)-1)]
	if k := strings.Index(near, pemBegin); k >= 0 {
		return max(to, privateKey(text, from+k))
	}
	return to
}

// userinfo returns user:password of a URL whose "://" is at i.
func userinfo(text string, i int) (from, to int) {
	if !strings.HasPrefix(text[i:], "://") {
		return 0, 0
	}
	from = i + len("://")
	colon := false
	for k := from; k < len(text) && !authorityEnd[text[k]]; k++ {
		switch text[k] {
		case ':':
			colon = true
		case '@':
			if colon {
				to = k
			}
		}
	}
	return from, to
}

var authorityEnd = setOf("/?#\"'`<>\\ \t\r\n")

func hasPrefixFold(text, prefix string) bool {
	return len(text) >= len(prefix) && strings.EqualFold(text[:len(prefix)], prefix)
}
