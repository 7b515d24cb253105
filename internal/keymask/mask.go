package keymask

import "strings"

// mask replaces all matches of a pattern in text, with escapes decoded or not.
func mask(text string, p *patterns) string {
	var edges []int // by byte: matches that begin there, minus those that end
	for _, escapes := range []bool{false, true} {
		if escapes && !strings.ContainsAny(text, `%\&`) {
			break
		}
		l := read(text, escapes)
		for i := range l.text {
			if n := p.at(l.text[i:]); n > 0 {
				if edges == nil {
					edges = make([]int, len(text)+1)
				}
				edges[l.from[i]]++
				edges[l.to[i+n-1]]--
			}
		}
	}
	if edges == nil {
		return text
	}
	return replaced(text, edges)
}

// at returns the length of the pattern at the beginning of text, or 0.
func (p *patterns) at(text []byte) int {
	if p.head != "" && len(text) >= len(p.head) && string(text[:len(p.head)]) == p.head {
		return len(p.head)
	}
	if len(text) >= p.size && p.pieces[string(text[:p.size])] {
		return p.size
	}
	return 0
}

func replaced(text string, edges []int) string {
	var b strings.Builder
	within := 0
	for i := range len(text) {
		before := within
		within += edges[i]
		switch {
		case within == 0:
			b.WriteByte(text[i])
		case before == 0:
			b.WriteString(mark)
		}
	}
	return b.String()
}
