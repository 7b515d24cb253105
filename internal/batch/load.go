package batch

import (
	"slices"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// A load is what one request will carry.
type load struct {
	wire.Batch
	seq  int
	size int64 // its part of used
	lean bool  // stripped of payload
}

// encode adds s to the load that is being filled, or to a new one if that would
// make it too large.
func (l *loop) encode(s *wire.Span) {
	s = l.vet(s)
	if s.Truncated && s.Ended {
		l.truncated(1)
	}
	ld := l.tail()
	if ld.Len() > 0 && ld.Size()+int(s.Size) > l.opts.MaxBatch {
		ld = l.newLoad() // a large span must not make the buffer of others grow
		l.pending = append(l.pending, ld)
	}
	ld.Add(s)
	ld.lean = false
	l.waiting++
	if ld.Size() > l.opts.MaxBatch && ld.Len() > 1 {
		next := l.newLoad()
		ld.MoveLast(&next.Batch)
		l.pending = append(l.pending, next)
		l.weigh(next)
	}
	l.weigh(ld)
}

// vet returns what may leave of s.
func (l *loop) vet(s *wire.Span) *wire.Span {
	clean, report := l.opts.Redactor.Span(s)
	l.counts.Masked += int64(report.Masked)
	l.lost.Masked += int64(report.Masked)
	if report.Withheld {
		l.counts.Withheld++
		l.lost.Withheld++
	}
	return clean
}

func (l *loop) tail() *load {
	if len(l.pending) == 0 {
		l.pending = append(l.pending, l.newLoad())
	}
	return l.pending[len(l.pending)-1]
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
		ld.size, ld.lean = 0, false
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
		if !ld.lean {
			l.strip(ld)
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

func (l *loop) truncated(n int64) {
	l.counts.Truncated += n
	l.lost.Truncated += n
}
