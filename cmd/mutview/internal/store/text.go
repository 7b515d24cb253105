package store

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxText is the maximum size in bytes of the indexed text of one span.
const maxText = 64 << 10

// textOf returns every text, number and key in a JSON value, in order.
func textOf(body []byte) string {
	var b strings.Builder
	b.Grow(min(len(body), maxText))
	for i := 0; i < len(body) && b.Len() <= maxText; {
		switch c := body[i]; {
		case c == '"':
			text, n := literal(body[i:])
			i += n
			text = text[:min(len(text), maxText)]
			if isKey(body[i:]) {
				if len(text) > 1 { // a key of one letter belongs to the payload itself
					b.WriteString(text)
					b.WriteByte(' ')
				}
				continue
			}
			b.WriteString(text)
			b.WriteByte('\n')
		case isScalar(c):
			n := 1
			for i+n < len(body) && isScalar(body[i+n]) {
				n++
			}
			if word := body[i : i+n]; string(word) != "null" {
				b.Write(word)
				b.WriteByte('\n')
			}
			i += n
		default:
			i++
		}
	}
	return b.String()
}

// literal parses a quoted string, and returns its length including quotes.
func literal(body []byte) (text string, n int) {
	n = 1
	escaped := false
	for n < len(body) && body[n] != '"' {
		if body[n] == '\\' {
			escaped = true
			n++
		}
		n++
	}
	n = min(n+1, len(body))
	if !escaped {
		return string(body[1:max(1, n-1)]), n
	}
	_ = json.Unmarshal(body[:n], &text) // an invalid string is empty
	return text, n
}

// isKey reports whether the bytes after a string make it a key.
func isKey(rest []byte) bool {
	rest = bytes.TrimLeft(rest, " \t\r\n")
	return len(rest) > 0 && rest[0] == ':'
}

// isScalar reports whether a byte is part of a number, of true, false or null.
func isScalar(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}
