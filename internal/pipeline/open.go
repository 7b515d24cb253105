package pipeline

import (
	"slices"
	"time"
	"weak"

	"github.com/mutagent-io/mutagent-go/internal/intake"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// An openItem is a span that had not ended when the loop took it. The pointer is weak:
// a span that the program dropped without ending it is garbage, and tracing must not
// keep it alive.
type openItem struct {
	item weak.Pointer[intake.Item]
	sent *outline // nil if it was never sent unfinished
}

// An outline holds the parts of an open span that can change, for a cheap comparison.
type outline struct {
	name    string
	status  record.Status
	metrics record.Metrics
	size    int32
}

// hold adds an item to the list of open ones.
func (l *loop) hold(it *intake.Item) {
	l.open = append(l.open, openItem{item: weak.Make(it)})
	it.Place = int32(len(l.open))
	l.stats.open.Store(int64(len(l.open)))
	l.budget.Add(intake.ItemBytes)
}

// forget removes the i-th open item from the list.
func (l *loop) forget(i int) {
	last := len(l.open) - 1
	if moved := l.open[last].item.Value(); moved != nil {
		moved.Place = int32(i + 1)
	}
	l.open[i] = l.open[last]
	l.open[last] = openItem{}
	l.open = l.open[:last]
	l.stats.open.Store(int64(last))
	l.budget.Add(-intake.ItemBytes)
}

// sweep counts, once per interval, the open spans that were garbage-collected.
func (l *loop) sweep() {
	if l.now.Sub(l.swept) < l.opts.Interval {
		return
	}
	l.swept = l.now
	l.dropAbandoned()
}

func (l *loop) dropAbandoned() {
	for i := len(l.open) - 1; i >= 0; i-- {
		if l.open[i].item.Value() == nil {
			l.forget(i)
			l.stats.abandoned.Add(1)
		}
	}
}

// isWatched reports whether there are, or may be, open spans to send.
func (l *loop) isWatched() bool {
	return l.opts.Live > 0 && (len(l.open) > 0 || l.Intake.Depth() > 0)
}

// shownAgain returns when the open spans are next checked.
func (l *loop) shownAgain() time.Time { return l.shown.Add(l.opts.Live) }

func (l *loop) isLive() bool { return l.isWatched() && !l.now.Before(l.shownAgain()) }

// show sends the data so far of spans that have been open for a long time, unless
// nothing has changed since the last time.
func (l *loop) show() {
	if !l.isLive() {
		return
	}
	l.shown = l.now
	if !l.showOpen(l.opts.Live) {
		return
	}
	for _, la := range l.lanes {
		la.due = l.now
	}
}

// showOpen feeds the data so far of the spans that have been open for at least age. It
// skips those that have not changed since the last time, and reports whether it fed
// any.
func (l *loop) showOpen(age time.Duration) (found bool) {
	for i := range l.open {
		it := l.open[i].item.Value()
		if it == nil {
			continue
		}
		s, now := l.outlined(it, l.open[i].sent, age)
		if s == nil {
			continue
		}
		clean := l.vet(s) // not under the item's lock: a redactor runs the program's code
		for _, la := range l.lanes {
			la.outbox.Show(clean)
		}
		l.open[i].sent, found = now, true
	}
	return found
}

// outlined returns a copy of an open span and its outline, or nil if nothing has
// changed since it was last sent.
func (l *loop) outlined(it *intake.Item, sent *outline, age time.Duration) (*record.Span, *outline) {
	it.Mu.Lock()
	defer it.Mu.Unlock()
	s := &it.Span
	if s.Ended || l.now.Sub(s.Start) < age {
		return nil, nil // an ended span belongs to the goroutine that ended it
	}
	now := outline{s.Name, s.Status, s.Details().Metrics, s.Size}
	if sent != nil && *sent == now {
		return nil, nil
	}
	return unfinished(s), &now
}

// unfinished returns a copy of an open span. The caller holds its lock. Attributes and
// events are cloned, because the span continues to change them.
func unfinished(s *record.Span) *record.Span {
	c := s.Clone()
	c.Attributes = slices.Clone(s.Attributes)
	c.Events = slices.Clone(s.Events)
	return c
}
