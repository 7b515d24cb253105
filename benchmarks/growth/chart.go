package main

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// A chart is one picture. It is as easy to read on a dark page as on a light one.
type chart struct {
	name    string
	title   string
	notes   []string
	columns int
	bands   []string // names of equal parts of the x axis
	panels  []panel
}

// A panel has the lines of one kind of figure.
type panel struct {
	name  string
	title string
	x, y  axis
}

// Sizes in pixels.
const (
	pictureWidth = 800
	plotHeight   = 170
	headHeight   = 42 // a panel's title, and the names of bands
	footHeight   = 46 // ticks and label of the x axis
	tickWidth    = 58 // of the y axis
	letterWidth  = 6.6
	lineHeight   = 15
)

const style = `<style>
svg { font: 12px system-ui, sans-serif; background: #fff }
text { fill: #1f2328 } .soft { fill: #59636e } .title { font-size: 15px; font-weight: 600 } .head { font-weight: 600 }
.page { fill: #fff } .band { fill: #f1f3f5 } .grid { stroke: #d9dee3; stroke-width: 1 }
.line { fill: none; stroke-width: 2; stroke-linejoin: round } .dashed { stroke-dasharray: 6 4 }
.ours { stroke: #0757b3 } .theirs { stroke: #b34700 } text.ours { fill: #0757b3; stroke: none } text.theirs { fill: #b34700; stroke: none }
circle.ours { fill: #0757b3 } circle.theirs { fill: #b34700 }
@media (prefers-color-scheme: dark) {
svg { background: #0d1117 } text { fill: #e6edf3 } .soft { fill: #9aa4af } .page { fill: #0d1117 } .band { fill: #1a212a } .grid { stroke: #30373f }
.ours { stroke: #6cb6ff } .theirs { stroke: #ffa657 } text.ours { fill: #6cb6ff } text.theirs { fill: #ffa657 }
circle.ours { fill: #6cb6ff } circle.theirs { fill: #ffa657 }
}
</style>
`

// draw returns the chart as SVG.
func (c chart) draw(points []point) string {
	var b strings.Builder
	top := 30 + lineHeight*len(c.notes)
	rows := (len(c.panels) + c.columns - 1) / c.columns
	each := headHeight + plotHeight + footHeight
	height := top + rows*each
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="%[3]s">`+"\n",
		pictureWidth, height, html.EscapeString(c.title))
	b.WriteString(style)
	fmt.Fprintf(&b, `<rect class="page" width="%d" height="%d"/>`+"\n", pictureWidth, height)
	text(&b, 10, 22, "title", c.title)
	for i, note := range c.notes {
		text(&b, 10, float64(40+i*lineHeight), "soft", note)
	}
	for i, p := range c.panels {
		left := float64(i % c.columns * pictureWidth / c.columns)
		p.draw(&b, c, left, float64(top+i/c.columns*each), pointsOf(points, c.name, p.name))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// A line is what is drawn as one.
type line struct {
	name   string
	points []point
}

// pointsOf returns the lines of a panel.
func pointsOf(points []point, chart, panel string) (lines []line) {
	for _, p := range points {
		if p.chart != chart || p.panel != panel {
			continue
		}
		i := slices.IndexFunc(lines, func(l line) bool { return l.name == p.line })
		if i < 0 {
			i = len(lines)
			lines = append(lines, line{name: p.line})
		}
		lines[i].points = append(lines[i].points, p)
	}
	return lines
}

func (p panel) draw(b *strings.Builder, c chart, left, top float64, lines []line) {
	text(b, left+10, top+18, "head", p.title)
	if len(lines) == 0 {
		return
	}
	x, y := p.axes(lines)
	right := left + float64(pictureWidth/c.columns) - letterWidth*float64(longest(lines)) - 14
	x = x.between(left+tickWidth, right)
	y = y.between(top+headHeight+plotHeight, top+headHeight)
	drawBands(b, c.bands, &x, &y)
	drawGrid(b, &x, &y)
	for i, l := range lines {
		drawLine(b, l, i, &x, &y)
	}
	nameLines(b, lines, &x, &y)
}

// axes returns the axes that all points fit on.
func (p panel) axes(lines []line) (x, y axis) {
	first := lines[0].points[0]
	lowX, highX, lowY, highY := first.x, first.x, first.y, first.y
	for _, l := range lines {
		for _, at := range l.points {
			lowX, highX = min(lowX, at.x), max(highX, at.x)
			lowY, highY = min(lowY, at.y), max(highY, at.y)
		}
	}
	return p.x.over(lowX, highX), p.y.over(lowY, highY)
}

func longest(lines []line) (letters int) {
	for _, l := range lines {
		letters = max(letters, len(l.name))
	}
	return letters
}

func drawBands(b *strings.Builder, bands []string, x, y *axis) {
	width := (x.to - x.from) / float64(len(bands))
	for i, name := range bands {
		if name == "" {
			continue
		}
		from := x.from + float64(i)*width
		if i%2 == 1 {
			fmt.Fprintf(b, `<rect class="band" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`+"\n", from, y.to, width, y.from-y.to)
		}
		text(b, from+3, y.to-4, "soft", name)
	}
}

func drawGrid(b *strings.Builder, x, y *axis) {
	for _, v := range y.ticks() {
		fmt.Fprintf(b, `<path class="grid" d="M%.1f %.1fH%.1f"/>`+"\n", x.from, y.at(v), x.to)
		anchored(b, x.from-6, y.at(v)+4, "end", "soft", y.unit(v))
	}
	for _, v := range x.ticks() {
		fmt.Fprintf(b, `<path class="grid" d="M%.1f %.1fv4"/>`+"\n", x.at(v), y.from)
		anchored(b, x.at(v), y.from+17, "middle", "soft", x.unit(v))
	}
	anchored(b, (x.from+x.to)/2, y.from+33, "middle", "soft", x.label)
}

// class is how a line looks.
func class(name string) string {
	if strings.HasPrefix(name, ours) {
		return "ours"
	}
	return "theirs"
}

// drawLine draws the points too if there are few.
func drawLine(b *strings.Builder, l line, number int, x, y *axis) {
	look := class(l.name)
	dashed := ""
	if number > 1 {
		dashed = " dashed"
	}
	fmt.Fprintf(b, `<polyline class="line %s%s" points="`, look, dashed)
	for _, p := range l.points {
		fmt.Fprintf(b, "%.1f,%.1f ", x.at(p.x), y.at(p.y))
	}
	b.WriteString(`"/>` + "\n")
	if len(l.points) > 10 {
		return
	}
	for _, p := range l.points {
		fmt.Fprintf(b, `<circle class="%s" cx="%.1f" cy="%.1f" r="3"/>`+"\n", look, x.at(p.x), y.at(p.y))
	}
}

// nameLines writes each name beside the end of its line, and none over another.
func nameLines(b *strings.Builder, lines []line, x, y *axis) {
	end := func(l line) float64 { return y.at(l.points[len(l.points)-1].y) + 4 }
	lines = slices.SortedStableFunc(slices.Values(lines), func(l, m line) int { return int(end(l)*10) - int(end(m)*10) })
	places := make([]float64, len(lines))
	for i, l := range lines {
		places[i] = end(l)
		if i > 0 {
			places[i] = max(places[i], places[i-1]+lineHeight)
		}
	}
	if last := len(places) - 1; places[last] > y.from+4 { // below the axis
		for i := range places {
			places[i] -= places[last] - (y.from + 4)
		}
	}
	for i, l := range lines {
		text(b, x.to+6, places[i], class(l.name), l.name)
	}
}

func text(b *strings.Builder, x, y float64, class, s string) { anchored(b, x, y, "start", class, s) }

func anchored(b *strings.Builder, x, y float64, anchor, class, s string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`+"\n", x, y, anchor, class, html.EscapeString(s))
}
