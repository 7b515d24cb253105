package mutredact

// An automaton finds all words of a list in one pass, ignoring case. It uses the
// algorithm of Aho and Corasick with a table of all transitions.
type automaton struct {
	class [256]uint8 // byte to class; bytes of a class are equivalent
	width int        // number of classes
	next  []uint16   // state and class to state
	found [][]int    // words that end in a state, longest first
}

func newAutomaton(words []string) *automaton {
	a := &automaton{width: 1} // bytes of class 0 are in no word
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

// add adds the states of a word. In the table, state 0, the root, means that there is
// no transition yet.
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

// link fills in the missing transitions. Where a word does not continue, the transition
// leads to the longest suffix read so far that begins another word.
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

// step returns the next state after c.
func (a *automaton) step(at uint16, c byte) uint16 {
	return a.next[int(at)*a.width+int(a.class[c])]
}
