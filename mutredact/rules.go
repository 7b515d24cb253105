package mutredact

import (
	"regexp"
	"strings"
	"sync"
)

// A rule describes secrets of one issuer with a regular expression. Expressions are
// slow, so a rule is tried only at its keywords, and on little of the text there.
type rule struct {
	label    string
	keywords []string // in lower case
	named    bool     // a keyword is the name of the value, not part of it
	before   int      // bytes of the secret before its keyword
	min      int      // length of the shortest secret
	entropy  float64  // minimum in bits per byte; a value with less is a placeholder
	expr     string
	allowed  string // expression for harmless values
}

// end matches what may follow a secret of a fixed length. A parenthesis would follow
// the name of a function.

const end = `(?:\.?(?:[^\w.+/=~(-]|$))`

// A matcher is a compiled rule.
type matcher struct {
	*rule
	compile func() (re, allowed *regexp.Regexp)
}

func (r *rule) matcher() *matcher {
	return &matcher{rule: r, compile: sync.OnceValues(func() (re, allowed *regexp.Regexp) {
		expr := "(" + r.expr + ")"
		if body, ok := strings.CutSuffix(r.expr, end); ok {
			expr = "(" + body + ")" + end
		}
		expr = "^(?:" + expr + ")"
		if r.allowed != "" {
			allowed = regexp.MustCompile(r.allowed)
		}
		return regexp.MustCompile(expr), allowed
	})}
}

// reach returns the number of bytes checked from the beginning of a secret.
func (m *matcher) reach() int { return 3*m.min + 256 }

// match returns the end of the secret that begins at i, or 0.
func (m *matcher) match(text string, i int) int {
	near := text[i:min(len(text), i+m.reach())]
	if len(near) < m.min || !unbroken(near[:m.min]) {
		return 0
	}
	re, allowed := m.compile()
	loc := re.FindStringSubmatchIndex(near)
	if loc == nil {
		return 0
	}
	secret := near[loc[2]:loc[3]]
	if entropy(secret) <= m.entropy || m.named && isWord(secret) || allowed != nil && allowed.MatchString(secret) {
		return 0
	}
	return dashed.run(text, i+loc[3])
}

func unbroken(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == '"' {
			return false
		}
	}
	return true
}

// assigned returns the start of the value assigned to a name of which a part ends at i,
// or 0.
func assigned(text string, i int) int {
	i = within(text, nameRest, i, 20)
	i = within(text, closingQuote, i, 8)
	op := operator(text[i:])
	if op == 0 {
		return 0
	}
	return within(text, openingQuote, i+op, 8)
}

var (
	nameRest     = setOf(digits + letters + "_-. \t")
	closingQuote = setOf(" \t\r\n\f'\"\\")
	openingQuote = setOf(" \t\r\n\f'\"\\`=")
)

// within returns the end of the run of at most n bytes of s that begins at i.
func within(text string, s *set, i, n int) int { return s.run(text[:min(len(text), i+n)], i) }

// operator returns the length of an assignment operator at the beginning of text, or 0.
func operator(text string) int {
	for _, op := range []string{":::=", "::=", ":=", "=>", "?=", "||", "=", ":", ">", ","} {
		if strings.HasPrefix(text, op) {
			return len(op)
		}
	}
	return 0
}
