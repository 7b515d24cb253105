package mutredact

import (
	"math/bits"
	"strings"
)

// value returns the value at i: the text in quotes, all strings of a list, as in Go's
// printed headers, or the text up to a space.
func value(text string, i int) (from, to int) {
	if i < len(text) && text[i] == '[' {
		from, to, ok := literal(text, space.run(text, i+1))
		if !ok || ownMark(text[from:]) > 0 {
			return i, i
		}
		return from, listEnd(text, to)
	}
	if from, to, ok := literal(text, i); ok {
		return from, to
	}
	return i, bare(text, i)
}

// listEnd returns the end of the last string of a list, of which one string ends at i.
func listEnd(text string, i int) int {
	for {
		comma := backslash.run(text, i) + 1
		if comma >= len(text) || text[comma] != ',' {
			return i
		}
		_, to, ok := literal(text, space.run(text, comma+1))
		if !ok {
			return i
		}
		i = to
	}
}

// literal returns the text in the quotes of the string that begins at i.
func literal(text string, i int) (from, to int, ok bool) {
	if i+1 < len(text) && stringPrefix[text[i]] && quote[text[i+1]] {
		i++
	}
	k := backslash.run(text, i)
	if k == len(text) || !quote[text[k]] {
		return 0, 0, false
	}
	return k + 1, closing(text, k+1, text[k], bits.Len(uint(k-i))), true
}

var stringPrefix = setOf("bBfFrRuU@$") // b"…" in Python, $"…" in C#

func quoted(text string, from int) bool { return from > 0 && quote[text[from-1]] }

// closing returns the end of the string that q opened before i. depth is the number of
// strings around it. A string that is cut off ends with its line.
func closing(text string, i int, q byte, depth int) int {
	slashes := 0
	for ; i < len(text) && text[i] != '\n'; i++ {
		switch text[i] {
		case '\\':
			slashes++
			continue
		case q:
			if own := closes(slashes, depth); own >= 0 {
				return i - own
			}
		}
		slashes = 0
	}
	return i
}

// closes returns how many of the backslashes before a quote belong to it, if it closes
// a string at depth or one around it. It returns -1 if the quote is inside the string.
// Each surrounding string halves the backslashes.
func closes(slashes, depth int) int {
	for d := 0; d <= depth; d++ {
		if slashes%2 == 0 {
			return 1<<d - 1
		}
		slashes /= 2
	}
	return -1
}

// bare returns the end of an unquoted value that begins at i.
func bare(text string, i int) int {
	if i < len(text) && opening[text[i]] || refers(text[i:]) {
		return i
	}
	for ; i < len(text) && !space[text[i]] && !quote[text[i]]; i++ {
		switch c := text[i]; {
		case c == '\\':
			k := backslash.run(text, i)
			if k < len(text) && (valueEscape[text[k]] || quote[text[k]]) {
				return i
			}
			i = k - 1
		case c == '-' && strings.HasPrefix(text[i:], pemBegin), between[c] && endsValue(text, i+1):
			return i
		}
	}
	return i
}

var (
	opening = setOf("{[<") // an object, an array, a placeholder
	between = setOf(",;&|)}]<")

	// What ends a value after backslashes: a line, a tab, the & in \u0026.
	backslash    = setOf(`\`)
	valueEscape  = setOf("nrtu")
	headerEscape = setOf("nr")
)

// endsValue reports whether a value ends at a comma or similar byte before i: the end
// of the text, a space, another such byte, or the next pair follows.
func endsValue(text string, i int) bool {
	if i == len(text) || space[text[i]] || quote[text[i]] || between[text[i]] || text[i] == '/' || text[i] == '\\' {
		return true
	}
	end := nameChars.run(text, i)
	return end > i && end < len(text) && (text[end] == '=' || text[end] == ':')
}
