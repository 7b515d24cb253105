package batch

import (
	"sync"
	"sync/atomic"

	"github.com/mutagent-io/mutagent-go/internal/spool"
	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// A writtenItem is a span that its end has put on disk.
type writtenItem struct {
	item *Item
	seg  *spool.Segment
	at   int          // its place there
	span wire.Encoded // zero if the disk has the only copy
}

// size is what w takes in memory.
func (w *writtenItem) size() int64 {
	if w.seg.Spilled {
		return itemBytes
	}
	return itemBytes + int64(w.span.Size())
}

// A writtenList hands those over. The queue would need room in every span for
// what goes with it here. The lock is for an append, which is little after a
// write to a file.
type writtenList struct {
	mu     sync.Mutex
	list   []writtenItem
	closed bool
	depth  atomic.Int64 // length of list
}

func (l *writtenList) push(w writtenItem) (depth int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, false
	}
	l.list = append(l.list, w)
	return l.depth.Add(1), true
}

// take empties the list.
func (l *writtenList) take() []writtenItem {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.list
	l.list = nil
	l.depth.Store(0)
	return list
}

func (l *writtenList) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
}

// An encoder is what an end needs to write its span.
type encoder struct {
	batch wire.Batch
	frame []byte
}

var encoders = sync.Pool{New: func() any { return new(encoder) }}

// maxEncoder is the size up to which an encoder is kept.
const maxEncoder = 64 << 10

// write puts a span that ends on disk, and hands it over. It returns false if the
// disk does not take it; then it goes the way it would without.
func (b *Batcher) write(it *Item) bool {
	if b.closed.Load() {
		return false
	}
	enc := encoders.Get().(*encoder)
	enc.batch.Reset()
	clean, report := b.opts.Redactor.Span(&it.Span)
	enc.batch.Add(clean)
	span := enc.batch.At(0)
	enc.frame = span.AppendRecord(spool.BeginFrame(enc.frame[:0]))
	spool.EndFrame(enc.frame)
	seg, at := b.opts.Spool.AppendAt(enc.frame, 1)
	if seg != nil {
		w := writtenItem{item: it, seg: seg, at: at}
		if !seg.Spilled {
			w.span = span.Clone()
		}
		it.Span.Truncated = clean.Truncated
		it.Span.Release()
		b.late.redacted(report)
		b.handOver(w)
	}
	if cap(enc.frame) <= maxEncoder {
		encoders.Put(enc)
	}
	return seg != nil
}

func (b *Batcher) handOver(w writtenItem) {
	it := w.item // the loop's as soon as it is pushed
	root := it.Span.Marks.Has(wire.Root)
	it.state.Store(written)
	used := b.used.Add(w.size())
	depth, ok := b.written.push(w)
	if !ok {
		b.used.Add(-w.size())
		b.late.kept.Add(1)
		return
	}
	if used >= b.weight.Load() || depth+int64(b.queue.Depth()) >= b.threshold.Load() {
		b.signal()
	}
	if root {
		b.hurry()
	}
}
