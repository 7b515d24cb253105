package mutredact

import (
	"math"
	"strings"
)

// longestPlaceholder keeps the time linear, because a harmless value is scanned again
// from the next name in it on.
const longestPlaceholder = 256

// standsFor reports whether s is a placeholder for a secret in documentation, such as
// xxxxxxxx, ******** or AKIAIOSFODNN7EXAMPLE.
func standsFor(s string) bool {
	if len(s) > longestPlaceholder {
		return false
	}
	if len(s) >= 12 && entropy(s) < 2.5 || strings.Contains(s, "EXAMPLE") {
		return true
	}
	run := 0
	for i := range len(s) {
		if i > 0 && s[i] != s[i-1] {
			run = 0
		}
		if run++; run >= 6 && filler[s[i]] {
			return true
		}
	}
	return false
}

var filler = setOf("xX*#._-")

// entropy returns the Shannon entropy of the bytes of s, in bits: 0 for a single
// repeated letter, 4 for random hex digits.
func entropy(s string) (bits float64) {
	var count [256]int
	for i := range len(s) {
		count[s[i]]++
	}
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(s))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}

// isWord reports whether s has only letters, all lower case or all upper case.
func isWord(s string) bool {
	small, capital := 0, 0
	for i := range len(s) {
		switch {
		case 'a' <= s[i] && s[i] <= 'z':
			small++
		case 'A' <= s[i] && s[i] <= 'Z':
			capital++
		}
	}
	return small == len(s) || capital == len(s)
}

// refers reports whether v begins like a reference to the place of a value.
func refers(v string) bool {
	for _, prefix := range []string{"${", "{{", "$(", "os.", "process.env", "var.", "ENC[", "<"} {
		if strings.HasPrefix(v, prefix) {
			return true
		}
	}
	return variable(v)
}

// variable reports whether v is a shell variable: $API_KEY, $2, %PASSWORD%.
func variable(v string) bool {
	if len(v) < 2 {
		return false
	}
	switch v[0] {
	case '$':
		return shellName.run(v, 1) == len(v)
	case '%':
		return word.run(v, 1) == len(v)-1 && v[len(v)-1] == '%'
	}
	return false
}

var shellName = setOf(digits + upper + "_")
