package mutredact

// A set is a set of bytes.
type set [256]bool

func setOf(chars string) *set {
	s := new(set)
	for i := range len(chars) {
		s[chars[i]] = true
	}
	return s
}

const (
	digits  = "0123456789"
	upper   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lower   = "abcdefghijklmnopqrstuvwxyz"
	letters = upper + lower
)

var (
	hex      = setOf(digits + "abcdefABCDEF")
	capitals = setOf(digits + upper)
	alnum    = setOf(digits + letters)
	word     = setOf(digits + letters + "_")
	dashed   = setOf(digits + letters + "_-")
	dotted   = setOf(digits + letters + "_-.")
	pathlike = setOf(digits + letters + "_-/")
	base64ed = setOf(digits + letters + "+/=_-")
	opaque   = setOf(digits + letters + "-._~+/=") // RFC 6750, section 2.1
	blank    = setOf(" \t")
	space    = setOf(" \t\r\n")
	quote    = setOf("\"'`")
)

// run returns the end of the run of bytes of s that begins at i.
func (s *set) run(text string, i int) int {
	for i < len(text) && s[text[i]] {
		i++
	}
	return i
}

// startsWord reports whether a word may begin at i: at the start of text, after a byte
// that is not part of words, and after an escape of a JSON string or a URL. The last
// letter of an escape does not belong to the word.
func startsWord(text string, i int) bool {
	return i == 0 || !word[text[i-1]] || escapeBefore(text, i)
}

func escapeBefore(text string, i int) bool {
	switch {
	case i >= 2 && text[i-2] == '\\':
		return text[i-1] == 'n' || text[i-1] == 'r' || text[i-1] == 't'
	case i >= 3 && text[i-3] == '%':
		return hex[text[i-2]] && hex[text[i-1]]
	case i >= 6 && text[i-6] == '\\' && text[i-5] == 'u':
		return hex.run(text[:i], i-4) == i
	}
	return false
}
