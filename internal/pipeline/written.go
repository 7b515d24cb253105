package pipeline

import (
	"sync"
	"sync/atomic"

	"github.com/mutagent-io/mutagent-go/internal/intake"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/spool"
)

// A writtenItem is a span that was written to disk when it ended.
type writtenItem struct {
	item      *intake.Item
	truncated bool
	parts     []writtenPart // one for each lane
	size      int64         // in memory
}

// A writtenPart is the record of a writtenItem in one lane.
type writtenPart struct {
	frame   *[]byte        // the memory of record, nil if that is nil
	record  []byte         // nil if only the disk has it, or there is none
	segment *spool.Segment // nil if it is not on disk
	at      int            // among the segment's records
}

// A writtenList hands writtenItems to the loop. The queue is not used, because every
// span would then need room for the parts. The lock protects an append, which is cheap
// compared with the write to a file.
type writtenList struct {
	mu     sync.Mutex
	list   []writtenItem
	closed bool
	depth  atomic.Int64 // length of list
}

func (l *writtenList) push(w writtenItem) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.list = append(l.list, w)
	l.depth.Add(1)
	return true
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

// write writes an ending span to disk and hands it over. It returns false if no disk
// accepts it; then the span goes through the queue.
func (p *Pipeline) write(it *intake.Item) bool {
	if p.shutdown.Load() {
		return false
	}
	clean, report := p.opts.Redactor.Apart(&it.Span) // this goroutine belongs to the program
	w := writtenItem{item: it, truncated: clean.Truncated, parts: make([]writtenPart, len(p.lanes))}
	onDisk := false
	for i, la := range p.lanes {
		w.parts[i] = la.write(clean)
		onDisk = onDisk || w.parts[i].segment != nil
		if frame := w.parts[i].frame; frame != nil {
			w.size += int64(cap(*frame))
		}
	}
	if !onDisk {
		return false
	}
	it.Span.Release()
	p.stats.redacted(report)
	p.handOver(w)
	return true
}

// write encodes a span and writes it to the lane's disk, if there is one.
func (la *lane) write(s *record.Span) (part writtenPart) {
	buf := frames.Get().(*[]byte)
	head := spool.BeginFrame((*buf)[:0])
	frame := la.dest.Encode(head, s)
	*buf = frame
	if len(frame) == len(head) {
		giveBack(buf)
		return part
	}
	spool.EndFrame(frame)
	if part.segment, part.at = la.outbox.Append(frame); part.segment != nil && part.segment.Spilled {
		giveBack(buf)
		return part
	}
	part.frame, part.record = buf, frame[len(head):]
	return part
}

// frames are buffers for one record. With a new buffer, which grows, an end that writes to
// disk takes a third longer.
var frames = sync.Pool{New: func() any { return new([]byte) }}

// maxFrame is the largest buffer that is reused.
const maxFrame = 64 << 10

func giveBack(buf *[]byte) {
	if cap(*buf) <= maxFrame {
		frames.Put(buf)
	}
}

func (p *Pipeline) handOver(w writtenItem) {
	root := w.item.Span.Marks.Has(record.Root)
	w.item.MarkWritten()
	p.budget.Add(w.size + intake.ItemBytes)
	if !p.written.push(w) {
		p.budget.Add(-w.size - intake.ItemBytes)
		p.stats.kept.Add(1)
		return
	}
	p.signal()
	if root {
		p.Intake.Hurry()
	}
}

// drainWritten feeds the spans that producers wrote to disk.
func (l *loop) drainWritten() {
	for _, w := range l.written.take() {
		if w.item.Place > 0 {
			l.forget(int(w.item.Place) - 1)
		}
		l.budget.Add(-w.size - intake.ItemBytes)
		for i, la := range l.lanes {
			part := w.parts[i]
			if part.record != nil || part.segment != nil {
				la.outbox.Written(part.record, part.segment, part.at, w.truncated)
			}
			if part.frame != nil {
				giveBack(part.frame) // the outbox has a copy
			}
		}
	}
}
