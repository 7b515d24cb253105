package batch

import (
	"time"
	"weak"

	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// An openItem is a span that had not ended when the loop took it. The pointer is
// weak: a span that the program dropped without ending is garbage, and must not
// become a leak because it is traced.
type openItem struct {
	item weak.Pointer[Item]
	sent *outline // nil if it was never sent unfinished
}

// An outline is what of an open span can change, cheap to compare.
type outline struct {
	name    string
	status  wire.Status
	metrics wire.Metrics
	size    int32
}

// hold adds an item to the list of open ones.
func (l *loop) hold(it *Item) {
	l.open = append(l.open, openItem{item: weak.Make(it)})
	it.open = int32(len(l.open))
	l.used.Add(itemBytes)
}

// forget removes the i-th open item from the list.
func (l *loop) forget(i int) {
	last := len(l.open) - 1
	if moved := l.open[last].item.Value(); moved != nil {
		moved.open = int32(i + 1)
	}
	l.open[i] = l.open[last]
	l.open[last] = openItem{}
	l.open = l.open[:last]
	l.used.Add(-itemBytes)
}

// sweep counts the open spans that no longer exist, once an interval.
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
			l.counts.Abandoned++
		}
	}
}

// watched reports whether there are, or may be, spans to show.
func (l *loop) watched() bool {
	return l.opts.Live > 0 && (len(l.open) > 0 || l.queue.Depth() > 0)
}

// shownAgain is when the open spans are looked at next.
func (l *loop) shownAgain() time.Time { return l.shown.Add(l.opts.Live) }

func (l *loop) isLive() bool { return l.watched() && !l.now.Before(l.shownAgain()) }

// show sends the spans that have been open for long, as far as they are, unless
// nothing changed since the last time.
func (l *loop) show() {
	if !l.isLive() {
		return
	}
	l.shown = l.now
	if l.showOpen(l.opts.Live) {
		l.due = l.now
	}
}

// snapshot makes w wait for everything that is there now, open or not.
func (l *loop) snapshot(w *waiter) {
	l.drain()
	l.now = time.Now() // after the drain: no span is younger
	l.showOpen(0)
	l.flush(w)
}

// showOpen encodes the spans that have been open for age, as far as they are. It
// leaves out those that have not changed since the last time, and reports whether
// there was another.
func (l *loop) showOpen(age time.Duration) (found bool) {
	for i := range l.open {
		if it := l.open[i].item.Value(); it != nil && l.showItem(it, &l.open[i], age) {
			found = true
		}
	}
	return found
}

func (l *loop) showItem(it *Item, open *openItem, age time.Duration) bool {
	it.Mu.Lock()
	defer it.Mu.Unlock()
	s := &it.Span
	now := outline{s.Name, s.Status, s.Metrics, s.Size}
	if s.Ended || l.now.Sub(s.Start) < age || open.sent != nil && *open.sent == now {
		return false
	}
	open.sent = &now
	l.add(l.vet(s)) // not to the spool: after a crash it could come later than the whole span
	return true
}
