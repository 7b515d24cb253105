package keymask

import (
	"strconv"
	"strings"
)

// farApart is the largest distance in bytes between two letters of a key.
const farApart = 24

// letters are the letters and digits of a text in lower case, and their positions. A
// zero byte separates letters that are too far apart.
type letters struct {
	text     []byte
	from, to []int
}

func (l *letters) add(c byte, from, to int) {
	if n := len(l.to); n > 0 && from-l.to[n-1] > farApart {
		l.text, l.from, l.to = append(l.text, 0), append(l.from, from), append(l.to, from)
	}
	l.text, l.from, l.to = append(l.text, c), append(l.from, from), append(l.to, to)
}

// read returns the letters of text. With escapes it decodes escapes, otherwise it reads
// their letters as they are written.
func read(text string, escapes bool) *letters {
	n := len(text)
	l := &letters{text: make([]byte, 0, n), from: make([]int, 0, n), to: make([]int, 0, n)}
	for i := 0; i < len(text); {
		c, n := text[i], 1
		if escapes {
			c, n = unescape(text[i:])
		}
		if c = letter(c); c != 0 {
			l.add(c, i, i+n)
		}
		i += n
	}
	return l
}

// unescape returns the first byte of text and its encoded length. %41, \x41, \u0041,
// &#65; and &#x41; are all an A; \n and &quot; are no letter.
func unescape(text string) (c byte, n int) {
	switch {
	case text[0] == '%':
		return coded(text, 1, 2, 16)
	case text[0] == '\\' && len(text) > 1:
		switch text[1] {
		case 'x':
			return coded(text, 2, 2, 16)
		case 'u':
			return coded(text, 2, 4, 16)
		case 'n', 'r', 't', 'b', 'f':
			return 0, 2
		}
	case text[0] == '&':
		return entity(text)
	}
	return text[0], 1
}

// coded returns the byte whose number is text[from:from+n].
func coded(text string, from, n, base int) (byte, int) {
	if len(text) >= from+n {
		if v, err := strconv.ParseUint(text[from:from+n], base, 16); err == nil {
			if v > 0xff {
				v = 0
			}
			return byte(v), from + n
		}
	}
	return text[0], 1
}

func entity(text string) (byte, int) {
	const longest = 8
	end := strings.IndexByte(text[:min(len(text), longest)], ';')
	switch {
	case end < 2:
		return text[0], 1
	case text[1] != '#':
		return 0, end + 1
	}
	digits, base := text[2:end], 10
	if strings.HasPrefix(digits, "x") || strings.HasPrefix(digits, "X") {
		digits, base = digits[1:], 16
	}
	if v, err := strconv.ParseUint(digits, base, 8); err == nil {
		return byte(v), end + 1
	}
	return text[0], 1
}
