package redact

import (
	"encoding/json"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/jsontext"
)

// json masks the strings in raw, also those that are keys, and long numbers. A
// value stands under the key of its object; the elements of an array stand under
// the key of the array.
func (p *pass) json(key string, raw freeze.JSON) freeze.JSON {
	if len(raw) == 0 {
		return raw
	}
	w := jsonWalk{pass: p, src: raw, keys: []string{key}}
	return w.run()
}

// A jsonWalk goes through valid JSON, or the beginning of such, once, from literal to
// literal, and copies it from the first change on.
type jsonWalk struct {
	*pass
	src  []byte
	at   int
	keys []string // of the value at hand and those around it
	dst  []byte   // what src[:done] became; nil while nothing changed
	done int
}

func (w *jsonWalk) run() freeze.JSON {
	for w.at < len(w.src) {
		switch c := w.src[w.at]; {
		case c == '"':
			w.string()
			continue
		case c == '-' || '0' <= c && c <= '9':
			w.literal()
			continue
		case c == '{' || c == '[':
			w.keys = append(w.keys, w.keys[len(w.keys)-1])
		case c == '}' || c == ']':
			w.keys = w.keys[:len(w.keys)-1]
		}
		w.at++
	}
	if w.dst == nil {
		return w.src
	}
	return append(w.dst, w.src[w.done:]...)
}

// string deals with a string, which is a key if a colon follows.
func (w *jsonWalk) string() {
	from, escaped := w.at, false
	for w.at++; w.at < len(w.src) && w.src[w.at] != '"'; w.at++ {
		if w.src[w.at] == '\\' {
			escaped = true
			w.at++
		}
	}
	if w.at >= len(w.src) {
		w.cutString(from)
		return
	}
	w.at++
	text := string(w.src[from+1 : w.at-1])
	if escaped && json.Unmarshal(w.src[from:w.at], &text) != nil {
		panic("redact: invalid JSON") // nothing of it leaves
	}
	inside := &w.keys[len(w.keys)-1]
	if w.isKey() {
		*inside = text
		w.replace(from, text, w.text("", text))
		return
	}
	w.replace(from, text, w.text(*inside, text))
}

// cutString deals with a string whose end was cut off, perhaps within an escape.
func (w *jsonWalk) cutString(from int) {
	w.at = len(w.src)
	const longestEscape = len(`\ud83d\ude00`)
	for end := len(w.src); end >= max(from+1, len(w.src)-longestEscape); end-- {
		var text string
		if json.Unmarshal([]byte(string(w.src[from:end])+`"`), &text) == nil {
			w.replace(from, text, w.text(w.keys[len(w.keys)-1], text))
			return
		}
	}
	panic("redact: invalid JSON") // nothing of it leaves
}

// isKey looks for a colon after a string.
func (w *jsonWalk) isKey() bool {
	for _, c := range w.src[w.at:] {
		switch c {
		case ' ', '\t', '\n', '\r':
			continue
		}
		return c == ':'
	}
	return false
}

func (w *jsonWalk) literal() {
	from := w.at
	for w.at < len(w.src) && isNumeral(w.src[w.at]) {
		w.at++
	}
	digits := string(w.src[from:w.at])
	w.replace(from, digits, w.number(w.keys[len(w.keys)-1], digits))
}

func isNumeral(c byte) bool {
	return '0' <= c && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}

// replace puts clean, as a string, in place of what lies between from and here, if
// it is not what was there before.
func (w *jsonWalk) replace(from int, before, clean string) {
	if clean == before {
		return
	}
	w.dst = append(w.dst, w.src[w.done:from]...)
	w.dst = jsontext.AppendString(w.dst, clean)
	w.done = w.at
}
