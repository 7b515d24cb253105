// Package leak finds spans that a program never ends, or uses after their end, and
// reports where they were started. It is for debugging, because it captures the stack
// for every span.
package leak

import (
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A Leak is one finding.
type Leak struct {
	Problem string
	Kind    string
	Name    string
	File    string
	Line    int
}

// The possible problems.
const (
	Collected  = "was garbage-collected before it had ended"
	Old        = "has been open for more than 10 minutes"
	Open       = "had not ended at the shutdown"
	Orphan     = "is below a span that never ended"
	EndedTwice = "was ended twice"
	Late       = "was written after its end"
)

// old is the age at which an open span is reported.
const old = 10 * time.Minute

// A Detector follows the lifetime of spans. It is safe for concurrent use.
type Detector struct {
	report func(Leak)

	mu     sync.Mutex
	spans  map[record.SpanID]*sighting // spans that the program still refers to
	told   map[place]bool
	looked time.Time // when open spans were last checked for age
	closed bool
}

// A sighting is the data of a span that the program still refers to.
type sighting struct {
	kind, name string
	pc         uintptr
	start      time.Time
	ended      bool
	below      []*sighting // at most one for each place
}

// A place is reported once for each problem.
type place struct {
	problem string
	pc      uintptr
}

// New returns a Detector. It calls report from any goroutine, one call at a time.
func New(report func(Leak)) *Detector {
	return &Detector{report: report, spans: map[record.SpanID]*sighting{}, told: map[place]bool{}, looked: time.Now()}
}

// module is the prefix of the functions that start spans on behalf of callers: those of
// the root package.
const module = "github.com/mutagent-io/mutagent-go."

// caller returns the place where the program called this module.
func caller() uintptr {
	var pcs [16]uintptr
	n := runtime.Callers(3, pcs[:])
	frames := runtime.CallersFrames(pcs[:n])
	for i := range n {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, module) {
			return frame.PC + 1 // CallersFrames expects return addresses, as runtime.Callers returns them
		}
		if !more {
			return pcs[i]
		}
	}
	return 0
}

// Started is called when a span starts. object is reachable as long as the program can
// end the span.
func Started[T any](d *Detector, s *record.Span, object *T) {
	r := &sighting{kind: s.Kind, name: s.Name, pc: caller(), start: s.Start}
	runtime.AddCleanup(object, d.collected, s.ID)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.spans[s.ID] = r
	if parent := d.spans[s.ParentID]; parent != nil {
		parent.add(r)
	}
	d.lookForOld(s.Start)
}

// manyBelow bounds the number of remembered children of a span.
const manyBelow = 16

func (r *sighting) add(child *sighting) {
	for _, other := range r.below {
		if other.pc == child.pc {
			return
		}
	}
	if len(r.below) < manyBelow {
		r.below = append(r.below, child)
	}
}

// Ended is called when a span ends.
func (d *Detector) Ended(id record.SpanID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.spans[id]; r != nil {
		r.ended, r.below = true, nil
	}
}

// Misused is called for a call on an ended span: [EndedTwice] or [Late].
func (d *Detector) Misused(id record.SpanID, problem string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.spans[id]; r != nil {
		d.tell(r, problem)
	}
}

// Close reports the open spans. After it nothing is reported.
func (d *Detector) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.spans {
		d.unended(r, Open)
	}
	d.closed = true
}

func (d *Detector) collected(id record.SpanID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.spans[id]; r != nil {
		delete(d.spans, id)
		d.unended(r, Collected)
	}
}

// lookForOld reports old spans. It checks at most once a minute.
func (d *Detector) lookForOld(now time.Time) {
	if now.Sub(d.looked) < old/10 {
		return
	}
	d.looked = now
	for _, r := range d.spans {
		if now.Sub(r.start) > old {
			d.unended(r, Old)
		}
	}
}

// unended reports a span that has not ended, and its ended children, which the server
// receives without their parent.
func (d *Detector) unended(r *sighting, problem string) {
	if r.ended {
		return
	}
	d.tell(r, problem)
	for _, child := range r.below {
		if child.ended {
			d.tell(child, Orphan)
		}
	}
}

func (d *Detector) tell(r *sighting, problem string) {
	at := place{problem, r.pc}
	if d.closed || d.told[at] {
		return
	}
	d.told[at] = true
	leak := Leak{Problem: problem, Kind: r.kind, Name: r.name}
	if r.pc != 0 {
		frame, _ := runtime.CallersFrames([]uintptr{r.pc}).Next()
		leak.File, leak.Line = frame.File, frame.Line
	}
	d.report(leak)
}
