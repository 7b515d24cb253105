package mutredact

// An automaton finds all words of a list in one pass, in any case: Aho and
// Corasick's, with a table of all transitions.
type automaton struct {
	class [256]uint8 // of bytes that are the same to it
	width int        // classes
	next  []uint16   // state and class to state
	found [][]int    // words that end in a state, the longest first
}

func newAutomaton(words []string) *automaton {
	a := &automaton{width: 1} // class 0 is in no word
	for _, w := range words {
		for i := range len(w) {
			if c := lowered(w[i]); a.class[c] == 0 {
				a.class[c] = uint8(a.width)
				a.width++
			}
		}
	}
	for c := 'A'; c <= 'Z'; c++ {
		a.class[c] = a.class[lowered(byte(c))]
	}
	a.grow()
	for n, w := range words {
		a.add(n, w)
	}
	a.link()
	return a
}

func lowered(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// grow adds a state.
func (a *automaton) grow() uint16 {
	a.next = append(a.next, make([]uint16, a.width)...)
	a.found = append(a.found, nil)
	return uint16(len(a.found) - 1)
}

// add adds the states of a word. State 0, the root, stands for no transition yet.
func (a *automaton) add(n int, w string) {
	at := uint16(0)
	for i := range len(w) {
		k := int(at)*a.width + int(a.class[w[i]])
		if a.next[k] == 0 {
			to := a.grow()
			a.next[k] = to
		}
		at = a.next[k]
	}
	a.found[at] = append(a.found[at], n)
}

// link fills in the missing transitions: where a word cannot go on, the longest end
// of what was read that begins another word does.
func (a *automaton) link() {
	fallback := make([]uint16, len(a.found))
	var queue []uint16
	for at, first := uint16(0), true; first || len(queue) > 0; first = false {
		if !first {
			at, queue = queue[0], queue[1:]
		}
		for c := range a.width {
			k := int(at)*a.width + c
			back := uint16(0)
			if !first {
				back = a.next[int(fallback[at])*a.width+c]
			}
			if to := a.next[k]; to != 0 {
				fallback[to] = back
				a.found[to] = append(a.found[to], a.found[back]...)
				queue = append(queue, to)
			} else {
				a.next[k] = back
			}
		}
	}
}

// step returns the state behind c.
func (a *automaton) step(at uint16, c byte) uint16 {
	return a.next[int(at)*a.width+int(a.class[c])]
}
