// Package terminal prints traces as trees.
package terminal

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Span is a row of the tree.
type Span struct {
	ID, Parent   string
	Name, Kind   string
	Failed       bool
	Message      string
	Start        time.Duration // since the start of the trace
	Duration     time.Duration // negative while it has not ended
	InputTokens  int64
	OutputTokens int64
	CostUSD      float64
}

// A Style describes the capabilities of the terminal.
type Style struct {
	Color bool
	ASCII bool
	Width int // columns; 0 is 100
}

const barCells = 24

// Tree prints the spans, each below its parent, with a bar for its time. Spans without
// a stored parent are at the top level.
func Tree(w io.Writer, spans []Span, style Style) error {
	if style.Width == 0 {
		style.Width = 100
	}
	p := printer{w: w, style: style, children: map[string][]int{}, spans: spans}
	here := map[string]bool{}
	for i, s := range spans {
		here[s.ID] = true
		p.total = max(p.total, s.Start+max(0, s.Duration))
		p.children[s.Parent] = append(p.children[s.Parent], i)
	}
	for i, s := range spans {
		if s.Parent == "" || !here[s.Parent] || s.Parent == s.ID {
			p.print(i, "", "")
		}
	}
	return p.err
}

type printer struct {
	w        io.Writer
	style    Style
	spans    []Span
	children map[string][]int
	printed  map[int]bool
	total    time.Duration
	err      error
}

func (p *printer) print(i int, first, rest string) {
	if p.printed == nil {
		p.printed = map[int]bool{}
	}
	if p.printed[i] || p.err != nil { // a cycle sent by a faulty program
		return
	}
	p.printed[i] = true
	p.line(p.spans[i], first)
	below := p.children[p.spans[i].ID]
	for n, c := range below {
		if n == len(below)-1 {
			p.print(c, rest+p.glyph("└─ ", "`- "), rest+"   ")
		} else {
			p.print(c, rest+p.glyph("├─ ", "|- "), rest+p.glyph("│  ", "|  "))
		}
	}
}

func (p *printer) glyph(s, ascii string) string {
	if p.style.ASCII {
		return ascii
	}
	return s
}

func (p *printer) line(s Span, lead string) {
	const facts = barCells + 12 + 16 + 10 // columns after the name
	room := max(16, p.style.Width-facts)
	name := Clean(s.Name)
	if s.Kind != "" {
		name += p.paint(dim, " "+Clean(s.Kind))
	}
	left := lead + name
	if gap := room - width(left); gap >= 0 {
		left += strings.Repeat(" ", gap)
	} else {
		left = cut(lead+Clean(s.Name), room)
	}
	color := cyan
	if s.Failed {
		color = red
		left = p.paint(red, strip(left))
	}
	line := left + " " + p.paint(color, p.bar(s)) + fmt.Sprintf(" %10s", Duration(s.Duration))
	if s.InputTokens+s.OutputTokens > 0 {
		line += fmt.Sprintf(" %14s", fmt.Sprintf("%d%s%d", s.InputTokens, p.glyph("→", ">"), s.OutputTokens))
		if s.CostUSD > 0 {
			line += fmt.Sprintf(" %9s", Cost(s.CostUSD))
		}
	}
	if s.Failed && s.Message != "" {
		line += "  " + p.paint(red, cut(Clean(s.Message), 80))
	}
	_, err := fmt.Fprintln(p.w, strings.TrimRight(line, " "))
	if p.err == nil {
		p.err = err
	}
}

func (p *printer) bar(s Span) string {
	if p.total <= 0 {
		return strings.Repeat(p.glyph("▉", "="), barCells)
	}
	from := int(int64(barCells) * int64(s.Start) / int64(p.total))
	length := barCells - from
	if s.Duration >= 0 {
		length = int(int64(barCells) * int64(s.Duration) / int64(p.total))
	}
	from = min(max(0, from), barCells-1)
	length = min(max(1, length), barCells-from)
	return strings.Repeat(" ", from) + strings.Repeat(p.glyph("━", "="), length) + strings.Repeat(" ", barCells-from-length)
}

const (
	red  = "31"
	cyan = "36"
	dim  = "2"
)

func (p *printer) paint(code, s string) string {
	if !p.style.Color || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// width counts characters, without colours.
func width(s string) int { return utf8.RuneCountInString(strip(s)) }

func strip(s string) string {
	for {
		at := strings.Index(s, "\x1b[")
		if at < 0 {
			return s
		}
		end := strings.IndexByte(s[at:], 'm')
		s = s[:at] + s[at+end+1:]
	}
}

func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// Clean makes a text safe on one line of a terminal: it removes control characters, and
// therefore escape sequences of the traced program.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r) || r == utf8.RuneError || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}

// Duration formats d for people.
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return "running"
	case d < time.Microsecond:
		return d.String()
	case d < time.Millisecond:
		return d.Round(100 * time.Nanosecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	case d < time.Minute:
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// Cost formats an amount of US dollars; it is empty if the cost is unknown.
func Cost(usd float64) string {
	switch {
	case usd == 0:
		return ""
	case usd < 0.1:
		return fmt.Sprintf("$%.4f", usd)
	}
	return fmt.Sprintf("$%.2f", usd)
}
