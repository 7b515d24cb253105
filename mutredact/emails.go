package mutredact

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Emails hides e-mail addresses in any script, also with %40 for the at sign as in
// URLs. It keeps texts with an at sign that are not addresses: user@localhost,
// @scope/package, package@1.2.3, git@host:path, icon@2x.png.
func Emails(_, text string) (redacted string, masked int) {
	if strings.IndexByte(text, '@') < 0 && !strings.Contains(text, "%40") {
		return text, 0
	}
	m := mask{text: text}
	for i := 0; ; {
		at, after := nextAt(text, i)
		if at < 0 {
			return m.result()
		}
		if from, to := address(text, m.done, at, after); to > 0 {
			m.hide(from, to, "email")
			after = to
		}
		i = after
	}
}

// nextAt returns the start and the end of the next at sign.
func nextAt(text string, i int) (at, after int) {
	for ; i < len(text); i++ {
		k := strings.IndexAny(text[i:], "@%")
		if k < 0 {
			break
		}
		i += k
		if text[i] == '@' {
			return i, i + 1
		}
		if strings.HasPrefix(text[i:], "%40") {
			return i, i + len("%40")
		}
	}
	return -1, 0
}

// address returns the address around the at sign, or 0.
func address(text string, done, at, after int) (from, to int) {
	from = localPart(text, done, at)
	to = domain(text, after)
	local := text[from:at]
	if to == 0 || strings.Trim(local, ".'-") == "" || local == "git" || strings.HasPrefix(text[to:], "(") {
		return 0, 0
	}
	return from, to
}

// localPart returns the start of the local part before the at sign at end.
func localPart(text string, done, end int) int {
	i := end
	for i > done {
		r, size := utf8.DecodeLastRuneInString(text[done:i])
		if !isWide(r) && !strings.ContainsRune("._+-'&", r) || i < end && escapeBefore(text, i) {
			break
		}
		i -= size
	}
	for i < end && text[i] == '\'' { // a quote before the address
		i++
	}
	return i
}

// domain returns the end of the domain that begins at i, or 0 if there is none.
func domain(text string, i int) int {
	end, dot := i, 0 // dot is the position after the last dot
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if r == '.' {
			if end == i || text[end-1] == '.' {
				break
			}
			dot = end + 1
		} else if !isWide(r) && r != '-' || r == '_' {
			break
		}
		end += size
	}
	for end > i && (text[end-1] == '.' || text[end-1] == '-') {
		end--
	}
	if dot > end {
		dot = strings.LastIndexByte(text[i:end], '.') + 1 + i
	}
	if dot <= i || !topLevel(text[dot:end]) {
		return 0
	}
	return end
}

// topLevel reports whether label may be a top-level domain: it has at least two
// letters, and is not a file extension.
func topLevel(label string) bool {
	if strings.HasPrefix(label, "xn--") {
		return true
	}
	n := 0
	for _, r := range label {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			return false
		}
		n++
	}
	switch label {
	case "png", "jpg", "jpeg", "gif", "svg", "webp", "js", "mjs", "ts", "json", "css", "html", "tgz":
		return false
	}
	return n >= 2
}

// isWide reports whether r can be part of a name in any script.
func isWide(r rune) bool {
	return r == '_' || r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}
