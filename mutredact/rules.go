package mutredact

import (
	"regexp"
	"strings"
	"sync"
)

// A rule is how secrets of one issuer look, as an expression. It is tried where one
// of its keywords stands, and on little of the text there: expressions are slow.
type rule struct {
	label    string
	keywords []string // in small letters
	named    bool     // a keyword is what the value is assigned to, not part of it
	before   int      // bytes of the secret in front of its keyword
	min      int      // length of the shortest secret
	entropy  float64  // bits of a byte; what has less is a placeholder
	expr     string
	allowed  string // expression of secrets that are none
}

// end is what follows a secret of a fixed length. A parenthesis follows the name of
// a function.

const end = `(?:\.?(?:[^\w.+/=~(-]|$))`

// A matcher is a rule that has been used.
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

// reach returns how much of a text is looked at from the beginning of a secret.
func (m *matcher) reach() int { return 3*m.min + 256 }

// match returns where the secret ends that begins at i, or 0.
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

// assigned returns where the value begins that is assigned to a name of which
// something ends at i, or 0.
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

// within returns where at most n bytes of s end that begin at i.
func within(text string, s *set, i, n int) int { return s.run(text[:min(len(text), i+n)], i) }

// operator returns the length of the operator of an assignment with which text
// begins, or 0.
func operator(text string) int {
	for _, op := range []string{":::=", "::=", ":=", "=>", "?=", "||", "=", ":", ">", ","} {
		if strings.HasPrefix(text, op) {
			return len(op)
		}
	}
	return 0
}
