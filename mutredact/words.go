package mutredact

import (
	"slices"
	"strings"
	"sync"
)

// A clue lists what may begin with a word found in a text.
type clue struct {
	word   string
	forms  []form
	rules  []*matcher // by the length of the shortest secret, longest first
	scheme bool       // a scheme of HTTP authentication
}

// A lexicon has all words that may begin a secret.
type lexicon struct {
	*automaton
	clues   []clue
	longest int
}

// words is created on first use.
var words = sync.OnceValue(func() *lexicon {
	l := new(lexicon)
	index := map[string]int{}
	at := func(word string) *clue {
		word = strings.ToLower(word)
		n, ok := index[word]
		if !ok {
			n = len(l.clues)
			index[word] = n
			l.clues = append(l.clues, clue{word: word})
			l.longest = max(l.longest, len(word))
		}
		return &l.clues[n]
	}
	for _, f := range forms {
		c := at(f.prefix)
		c.forms = append(c.forms, f)
	}
	for i := range gitleaks {
		m := gitleaks[i].matcher()
		for _, k := range m.keywords {
			c := at(k)
			c.rules = append(c.rules, m)
		}
	}
	at("bearer").scheme = true
	at("basic").scheme = true
	list := make([]string, len(l.clues))
	for n := range l.clues {
		c := &l.clues[n]
		list[n] = c.word
		slices.SortStableFunc(c.rules, func(a, b *matcher) int { return b.min - a.min })
	}
	l.automaton = newAutomaton(list)
	return l
})

// secret returns the secret that c describes, if the word at i begins one.
func (c *clue) secret(text string, done, i int) (from, to int, label string) {
	if i <= done || startsWord(text, i) {
		if from, to, label = c.key(text, i); to > 0 {
			return from, to, label
		}
		if c.scheme {
			from, to = authScheme(text, i)
			return from, to, "token"
		}
	}
	value := -1 // not yet looked for
	for _, m := range c.rules {
		switch {
		case m.named:
			if value < 0 {
				value = c.assigned(text, i)
			}
			from = value
		case m.before > 0 && i-m.before >= done && startsWord(text, i-m.before):
			from = i - m.before
		default:
			continue
		}
		if from == 0 && m.named {
			continue
		}
		if to = m.match(text, from); to > 0 {
			return from, to, m.label
		}
	}
	return 0, 0, ""
}

// assigned returns the start of the value assigned to the name at i, or 0. The name of
// an issuer must consist of whole words: okta is not in rookTable, nor sumo in sumOf.
func (c *clue) assigned(text string, i int) int {
	end := i + len(c.word)
	if !beginsWord(text, i) && !escapeBefore(text, i) || beginsWord(text, end-1) {
		return 0
	}
	return assigned(text, end)
}

// key returns the key that begins at i with the word of c.
func (c *clue) key(text string, i int) (from, to int, label string) {
	for k := range c.forms {
		if to = c.forms[k].match(text, i); to > 0 {
			return i, to, c.forms[k].label
		}
	}
	for _, m := range c.rules {
		if m.named || m.before > 0 {
			continue
		}
		if to = m.match(text, i); to > 0 {
			return i, to, m.label
		}
	}
	return 0, 0, ""
}

// keyAt returns the key or token that begins at i.
func keyAt(text string, i int) (from, to int, label string) {
	l := words()
	state := uint16(0)
	for k := i; k < min(len(text), i+l.longest); k++ {
		state = l.step(state, text[k])
		for _, n := range l.found[state] {
			if c := &l.clues[n]; k+1-len(c.word) == i {
				if from, to, label = c.key(text, i); to > 0 {
					return from, to, label
				}
				if c.scheme {
					if from, to = authScheme(text, i); to > 0 {
						return from, to, "token"
					}
				}
			}
		}
	}
	return 0, 0, ""
}
