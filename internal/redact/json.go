package redact

import (
	"encoding/json"
	"strings"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
	"github.com/mutagent-io/mutagent-go/internal/jsontext"
)

// json redacts the strings in raw, including keys, and long numbers. The key of a value
// is that of its object's member; elements of an array have the key of the array.
func (p *pass) json(key string, raw freeze.JSON) freeze.JSON {
	if raw == "" {
		return raw
	}
	w := jsonWalk{pass: p, src: string(raw), keys: []string{key}}
	return freeze.JSON(w.run())
}

// A jsonWalk scans valid JSON, or the beginning of it, literal by literal. It copies it
// from the first change on.
type jsonWalk struct {
	*pass
	src  string
	at   int
	keys []string // keys of the current value and those around it
	dst  []byte   // redacted form of src[:done]; nil while nothing has changed
	done int
}

func (w *jsonWalk) run() string {
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
	return string(append(w.dst, w.src[w.done:]...))
}

// string handles a string. It is a key if a colon follows.
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
	text := w.src[from+1 : w.at-1]
	if escaped && json.Unmarshal([]byte(w.src[from:w.at]), &text) != nil {
		panic("redact: invalid JSON") // recovered; then nothing of it is sent
	}
	inside := &w.keys[len(w.keys)-1]
	if w.isKey() {
		*inside = text
		w.replace(from, text, w.text("", text))
		return
	}
	w.replace(from, text, w.text(*inside, text))
}

// cutString handles a string whose end was cut off, possibly within an escape.
func (w *jsonWalk) cutString(from int) {
	w.at = len(w.src)
	const longestEscape = len(`\ud83d\ude00`)
	for end := len(w.src); end >= max(from+1, len(w.src)-longestEscape); end-- {
		var text string
		if json.Unmarshal([]byte(w.src[from:end]+`"`), &text) == nil {
			w.replace(from, text, w.text(w.keys[len(w.keys)-1], text))
			return
		}
	}
	panic("redact: invalid JSON") // recovered; then nothing of it is sent
}

// isKey reports whether a colon follows a string.
func (w *jsonWalk) isKey() bool {
	return strings.HasPrefix(strings.TrimLeft(w.src[w.at:], " \t\n\r"), ":")
}

func (w *jsonWalk) literal() {
	from := w.at
	for w.at < len(w.src) && isNumeral(w.src[w.at]) {
		w.at++
	}
	digits := w.src[from:w.at]
	w.replace(from, digits, w.number(w.keys[len(w.keys)-1], digits))
}

func isNumeral(c byte) bool {
	return '0' <= c && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
}

// replace replaces the literal from offset from to the current one by the string clean,
// unless clean equals before.
func (w *jsonWalk) replace(from int, before, clean string) {
	if clean == before {
		return
	}
	w.dst = append(w.dst, w.src[w.done:from]...)
	w.dst = jsontext.AppendString(w.dst, clean)
	w.done = w.at
}
