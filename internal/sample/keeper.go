package sample

import (
	"cmp"
	"container/list"
	"slices"
	"sync"

	"github.com/mutagent-io/mutagent-go/internal/intake"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A Keeper holds the spans of unsampled traces until their root has ended. If the root
// has failed they are delivered, otherwise they are dropped. It is safe for concurrent
// use.
//
// Its memory is bounded. When it is full, it drops the trace that began first. Traces
// whose root never ends are dropped in this way, too.
type Keeper struct {
	intake *intake.Intake
	limit  int64

	mu     sync.Mutex
	traces map[record.TraceID]*trace
	oldest list.List // of *trace
	bytes  int64
	out    int64 // number of dropped traces
}

// A trace holds the spans of one trace. After its root has ended it stays as long as
// spans are open, so that these are treated like the others. If the root has failed, it
// stays until the memory is needed, because more spans may start.
type trace struct {
	id     record.TraceID
	open   int
	ended  []*intake.Item
	bytes  int64
	root   bool // the root has ended
	failed bool
	place  *list.Element
}

// traceBytes is the approximate memory of a trace without its spans.
const traceBytes = 256

// NewKeeper returns a Keeper that holds at most limit bytes, and delivers to in.
func NewKeeper(in *intake.Intake, limit int64) *Keeper {
	return &Keeper{intake: in, limit: limit, traces: map[record.TraceID]*trace{}}
}

// Begin is called for each span that starts in an unsampled trace.
func (k *Keeper) Begin(it *intake.Item) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.traces[it.Span.TraceID]
	if t == nil {
		if !it.Span.Marks.Has(record.Root) {
			return // the trace was dropped
		}
		t = &trace{id: it.Span.TraceID}
		t.place = k.oldest.PushBack(t)
		k.traces[t.id] = t
		k.grow(t, traceBytes)
	}
	t.open++
}

// End accepts a span that ended.
func (k *Keeper) End(it *intake.Item) {
	k.intake.Adopt(k.end(it))
}

// end returns the spans to deliver now.
func (k *Keeper) end(it *intake.Item) (due []*intake.Item) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.traces[it.Span.TraceID]
	if t == nil {
		return nil
	}
	t.open--
	t.ended = append(t.ended, it)
	if it.Span.Marks.Has(record.Root) {
		t.root, t.failed = true, it.Span.Status == record.StatusError
	}
	if !t.root {
		k.grow(t, it.Bytes())
		return nil
	}
	if t.failed {
		due = t.ended
		slices.SortStableFunc(due, func(a, b *intake.Item) int { return cmp.Compare(a.Span.Start.UnixNano(), b.Span.Start.UnixNano()) })
	}
	k.settle(t)
	return due
}

// settle drops the held spans of t, and t itself if no more spans can come.
func (k *Keeper) settle(t *trace) {
	t.ended = nil
	k.bytes -= t.bytes - traceBytes
	t.bytes = traceBytes
	if t.open == 0 && !t.failed {
		k.forget(t)
	}
}

// grow adds n bytes to t, and drops traces if the total exceeds the limit.
func (k *Keeper) grow(t *trace, n int64) {
	t.bytes += n
	k.bytes += n
	for k.bytes > k.limit {
		k.forget(k.oldest.Front().Value.(*trace))
	}
}

func (k *Keeper) forget(t *trace) {
	k.oldest.Remove(t.place)
	delete(k.traces, t.id)
	k.bytes -= t.bytes
	if !t.failed {
		k.out++
	}
}

// Out returns the number of dropped traces.
func (k *Keeper) Out() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.out
}
