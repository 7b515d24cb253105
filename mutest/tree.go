package mutest

import (
	"io"
	"strings"
)

// Tree returns the [Recorder.Traces] as text, one tree per trace, for comparison with
// an expected tree:
//
//	agent support-agent ok
//	│ in  Where is order 7?
//	│ out It arrives on Friday.
//	├─ guardrail input-check ok
//	└─ llm.chat chat gpt-4o error: overloaded [gpt-4o, 150→50 tokens]
//	     attempt=1
//	     · WARN trying again after=1s
//
// A span has lines for kind, name, status and usage; for input and output; for
// attributes, sorted by key; and for events. IDs, times and stack traces are left out.
// Long texts are shortened, and terminal control characters are escaped as in Go. Spans
// are ordered by start time: spans that start at the same time in different goroutines
// may change places between runs. A span whose parent was not received is printed as a
// root.
func (r *Recorder) Tree() string { return draw(r.Traces(), style{}) }

// WriteTree writes [Recorder.Tree] to w for people: with durations, and in colour if w
// is a terminal and the environment variable NO_COLOR is not set.
func (r *Recorder) WriteTree(w io.Writer) error {
	traces := r.Traces()
	if len(traces) == 0 {
		_, err := io.WriteString(w, "no traces\n")
		return err
	}
	_, err := io.WriteString(w, draw(traces, style{durations: true, colour: isTerminal(w)}))
	return err
}

func draw(traces []Trace, st style) string {
	d := drawing{style: st}
	for i, t := range traces {
		if i > 0 {
			d.out.WriteByte('\n')
		}
		d.trace(t)
	}
	return d.out.String()
}

// A drawing is the text of trees, as far as it is drawn.
type drawing struct {
	style
	out      strings.Builder
	children map[string][]Span // of the trace being drawn, by the parent's id
}

func (d *drawing) trace(t Trace) {
	received := map[string]bool{}
	for _, s := range t.Spans {
		received[s.SpanID] = true
	}
	var roots []Span
	d.children = map[string][]Span{}
	for _, s := range t.Spans {
		if received[s.ParentID] {
			d.children[s.ParentID] = append(d.children[s.ParentID], s)
		} else {
			roots = append(roots, s)
		}
	}
	for _, s := range roots {
		d.span(s, "", "")
	}
}

// span draws s and what is under it. The first line begins with head, the others
// with rest.
func (d *drawing) span(s Span, head, rest string) {
	children := d.children[s.SpanID]
	d.line(head, d.title(s))
	margin := rest + "  "
	if len(children) > 0 {
		margin = rest + "│ "
	}
	for _, text := range d.details(s) {
		d.line(margin, text)
	}
	for i, c := range children {
		if i == len(children)-1 {
			d.span(c, rest+"└─ ", rest+"   ")
		} else {
			d.span(c, rest+"├─ ", rest+"│  ")
		}
	}
}

func (d *drawing) line(margin, text string) {
	d.out.WriteString(d.faint(margin))
	d.out.WriteString(text)
	d.out.WriteByte('\n')
}
