package mutredact

import (
	"slices"
	"strings"
)

// A mask hides places of a text, from left to right. A mask with only its text set is
// ready for use, and does not allocate until something is hidden.
type mask struct {
	text string
	out  strings.Builder
	done int // text[:done] is in out or hidden
	n    int
}

// hide replaces text[from:to] by label in brackets.
func (m *mask) hide(from, to int, label string) {
	m.out.WriteString(m.text[m.done:from])
	m.out.WriteByte('[')
	m.out.WriteString(label)
	m.out.WriteByte(']')
	m.done = to
	m.n++
}

func (m *mask) result() (string, int) {
	if m.n == 0 {
		return m.text, 0
	}
	m.out.WriteString(m.text[m.done:])
	return m.out.String(), m.n
}

// ownMark returns the length of a placeholder of Secrets at the beginning of text, or
// 0.
func ownMark(text string) int {
	if text == "" || text[0] != '[' {
		return 0
	}
	for _, label := range labels {
		if strings.HasPrefix(text[1:], label) && strings.HasPrefix(text[1+len(label):], "]") {
			return len(label) + 2
		}
	}
	return 0
}

// labels are all labels of Secrets.
var labels = func() (all []string) {
	for _, f := range forms {
		all = append(all, f.label)
	}
	for i := range gitleaks {
		all = append(all, gitleaks[i].label)
	}
	for _, n := range names {
		all = append(all, n.label)
	}
	slices.Sort(all)
	return append(slices.Compact(all), "credentials", "jwt")
}()
