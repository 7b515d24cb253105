package batch

import (
	"slices"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/spool"
	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// A place is where on disk an entry is; nowhere if it has no segment.
type place struct {
	seg *spool.Segment
	at  int
}

// A load is what one request will carry.
type load struct {
	wire.Batch
	seq  int
	size int64 // its part of used
	lean bool  // stripped of payload

	// from says where on disk each entry is. It is empty without a spool.
	from   []place
	header *wire.Header // of the process that left the spans, nil if they are ours
	read   bool         // was read from disk; nothing is added
}

// encode takes in a span for good: on disk, if there is a spool, and for sending.
func (l *loop) encode(s *wire.Span) {
	s = l.vet(s)
	if s.Truncated && s.Ended {
		l.truncated(1)
	}
	if l.opts.Spool == nil {
		l.add(s)
		return
	}
	l.scratch.Add(s)
	if l.scratch.Size() >= chunk {
		l.commit()
	}
}

// add adds s to the load that is being filled, or to a new one if that would
// make it too large.
func (l *loop) add(s *wire.Span) {
	ld := l.tail(int(s.Size)) // a large span must not make the buffer of others grow
	ld.Add(s)
	if l.opts.Spool != nil {
		ld.from = append(ld.from, place{})
	}
	ld.lean = false
	l.waiting++
	if ld.Size() > l.opts.MaxBatch && ld.Len() > 1 {
		next := l.newLoad()
		ld.MoveLast(&next.Batch)
		next.from = cutFrom(&ld.from, ld.Len())
		l.pending = append(l.pending, next)
		l.weigh(next)
	}
	l.weigh(ld)
}

// vet returns what may leave of s.
func (l *loop) vet(s *wire.Span) *wire.Span {
	clean, report := l.opts.Redactor.Span(s)
	l.late.redacted(report)
	return clean
}

// tail returns the load that is being filled, a new one if that has no room for
// size bytes.
func (l *loop) tail(size int) *load {
	if n := len(l.pending); n > 0 {
		if ld := l.pending[n-1]; !ld.read && (ld.Len() == 0 || ld.Size()+size <= l.opts.MaxBatch) {
			return ld
		}
	}
	ld := l.newLoad()
	l.pending = append(l.pending, ld)
	return ld
}

func (l *loop) newLoad() *load {
	l.seq++
	ld := new(load)
	if n := len(l.spare); n > 0 {
		ld, l.spare = l.spare[n-1], l.spare[:n-1]
	}
	ld.seq = l.seq
	return ld
}

// recycle keeps an empty load for its memory, unless nothing is sent for an
// interval.
func (l *loop) recycle(ld *load) {
	if len(l.spare) < maxSpare && ld.Cap() <= 2*l.opts.MaxBatch {
		ld.Reset()
		clear(ld.from)
		*ld = load{Batch: ld.Batch, from: ld.from[:0]}
		l.spare = append(l.spare, ld)
	}
	l.keep = l.now.Add(l.opts.Interval)
}

func (l *loop) dropSpare() {
	if !l.keep.IsZero() && !l.now.Before(l.keep) {
		l.spare, l.keep = nil, time.Time{}
	}
}

// weigh brings used up to date with what ld holds now.
func (l *loop) weigh(ld *load) {
	size := int64(ld.Size())
	l.used.Add(size - ld.size)
	ld.size = size
}

// relieve makes room when payload has taken its share: the oldest loads keep
// only skeletons.
func (l *loop) relieve() {
	for _, ld := range l.pending {
		if l.used.Load() <= l.payloadLimit() {
			break
		}
		if !ld.lean && !ld.onDisk() {
			l.strip(ld)
			ld.from = ld.from[:min(len(ld.from), ld.Len())] // none on disk
		}
	}
	l.pending = slices.DeleteFunc(l.pending, func(ld *load) bool { return ld.Len() == 0 })
}

func (l *loop) strip(ld *load) {
	stripped, addenda := ld.Strip()
	ld.lean = true
	l.truncated(int64(stripped))
	l.waiting -= addenda
	l.dropEvents(int64(addenda))
	l.weigh(ld)
}

// own returns the number of ended spans that are this process's.
func (ld *load) own() int64 {
	if ld.header != nil {
		return 0
	}
	return ld.Ended()
}

func (l *loop) truncated(n int64) {
	l.counts.Truncated += n
	l.lost.Truncated += n
}
