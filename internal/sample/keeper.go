package sample

import (
	"cmp"
	"container/list"
	"slices"
	"sync"

	"github.com/mutagent-io/mutagent-go/internal/intake"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A Keeper holds back the spans of traces that are not among the sampled ones,
// until their root has ended: with an error, and they are delivered; otherwise
// they are forgotten. It is safe for concurrent use.
//
// Its memory is bounded. When it is full, the trace that began first is given up,
// which is also what becomes of traces whose root never ends.
type Keeper struct {
	intake *intake.Intake
	limit  int64

	mu     sync.Mutex
	traces map[record.TraceID]*trace
	oldest list.List // of *trace
	bytes  int64
	out    int64 // traces left out
}

// A trace is what is held back of one. Once its root has ended it stays as long as
// spans of it are open, so that these go the way of the others; if it failed, until
// the room is needed, as more may start in it.
type trace struct {
	id     record.TraceID
	open   int
	ended  []*intake.Item
	bytes  int64
	root   bool // has ended
	failed bool
	place  *list.Element
}

// traceBytes is about what a trace takes beside its spans.
const traceBytes = 256

// NewKeeper returns a Keeper that holds at most limit bytes, and delivers to in.
func NewKeeper(in *intake.Intake, limit int64) *Keeper {
	return &Keeper{intake: in, limit: limit, traces: map[record.TraceID]*trace{}}
}

// Begin is told of each span that starts in a trace which is held back.
func (k *Keeper) Begin(it *intake.Item) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t := k.traces[it.Span.TraceID]
	if t == nil {
		if !it.Span.Marks.Has(record.Root) {
			return // the trace was given up
		}
		t = &trace{id: it.Span.TraceID}
		t.place = k.oldest.PushBack(t)
		k.traces[t.id] = t
		k.grow(t, traceBytes)
	}
	t.open++
}

// End takes in a span that ended.
func (k *Keeper) End(it *intake.Item) {
	k.intake.Adopt(k.end(it))
}

// end returns what is to be delivered now.
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

// settle lets go of what is held back of t, and of t itself if nothing more of it
// can come.
func (k *Keeper) settle(t *trace) {
	t.ended = nil
	k.bytes -= t.bytes - traceBytes
	t.bytes = traceBytes
	if t.open == 0 && !t.failed {
		k.forget(t)
	}
}

// grow counts what t holds, and makes room if that is too much.
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

// Out returns the number of traces that were left out.
func (k *Keeper) Out() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.out
}
