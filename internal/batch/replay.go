package batch

import (
	"errors"
	"math"
	"slices"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/spool"
	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// Why spans that were only on disk are lost.
var errSpool = map[string]error{
	reasonSpoolFull:    errors.New("the spool was full"),
	reasonSpoolExpired: errors.New("spans were in the spool for too long"),
	reasonSpoolCorrupt: errors.New("a segment of the spool is corrupt"),
}

// replay reads the next segment back, if it is time to. A segment is read when the
// one before it is settled, after a pause as long as that took: so a server that
// has just recovered gets at most one request at a time of what is old, for half
// of the time, while what is new goes on as ever.
func (l *loop) replay() {
	if at := l.replayTime(); at.IsZero() || l.now.Before(at) {
		return
	}
	l.readFrom = l.now
	if len(l.backlog) > 0 {
		b := l.backlog[0]
		l.backlog = slices.Delete(l.backlog, 0, 1)
		l.readBacklog(&b)
		return
	}
	seg := l.opts.Spool.Leftover()
	if seg == nil {
		l.lookAt = l.now.Add(lookAround)
		return
	}
	l.readLeftover(seg)
}

// replayTime is when the next segment may be read; zero if only an event can
// change anything.
func (l *loop) replayTime() time.Time {
	switch {
	case l.opts.Spool == nil || l.isReplaying():
		return time.Time{}
	case len(l.waiters) > 0:
		if len(l.backlog) > 0 {
			return l.now // a flush does not wait for better times, nor for others' spans
		}
		return time.Time{}
	case l.failed > 0 && l.waiting > 0:
		return time.Time{} // those find out whether the server is back
	}
	at := l.readAt
	if len(l.backlog) == 0 && at.Before(l.lookAt) {
		at = l.lookAt
	}
	if at.Before(l.retryAt) {
		at = l.retryAt
	}
	if at.IsZero() {
		at = l.now
	}
	return at
}

// isReplaying reports whether a segment that was read is not settled.
func (l *loop) isReplaying() bool {
	read := func(ld *load) bool { return ld.read }
	return slices.ContainsFunc(l.inflight, read) || slices.ContainsFunc(l.pending, read)
}

// readBacklog makes loads of spans that were only on disk.
func (l *loop) readBacklog(b *backlog) {
	b.Seal()
	b.Taken = true
	_, records := b.Read()
	var reader wire.RecordReader
	var spans []wire.Encoded
	left := *b
	for _, record := range records {
		e, err := reader.Read(record)
		if err != nil {
			break
		}
		spans = append(spans, e)
		if e.Ended() {
			left.ended--
		} else {
			left.addenda--
		}
	}
	l.spooled -= b.ended - left.ended
	l.sendFirst(spans, b.Segment, load{seq: b.seq})
	if lost := left.ended + left.addenda; lost > 0 {
		l.loseBacklog(&left, reasonSpoolCorrupt)
		b.Settle(int(lost))
	}
}

// readLeftover makes loads of the spans of a dead process. They do not count as
// ours, and no flush waits for them.
func (l *loop) readLeftover(seg *spool.Segment) {
	preamble, records := seg.Read()
	header, err := wire.ReadHeader(preamble)
	if err != nil {
		records = nil
	}
	var reader wire.RecordReader
	var spans []wire.Encoded
	for _, record := range records {
		if e, err := reader.Read(record); err == nil {
			spans = append(spans, e)
		}
	}
	seg.Keep(len(spans))
	l.sendFirst(spans, seg, load{seq: math.MaxInt, header: header})
}

// sendFirst puts spans of a segment before everything that waits, in loads that
// are like the one given.
func (l *loop) sendFirst(spans []wire.Encoded, seg *spool.Segment, like load) {
	var loads []*load
	for _, e := range spans {
		if n := len(loads); n == 0 || loads[n-1].Size()+e.Size() > l.opts.MaxBatch {
			loads = append(loads, &load{seq: like.seq, header: like.header, read: true})
		}
		ld := loads[len(loads)-1]
		ld.Put(e)
		ld.from = append(ld.from, seg)
	}
	for _, ld := range slices.Backward(loads) {
		l.weigh(ld)
		l.putBack(ld)
	}
}

// replayed is told when loads are settled: after the last one of a segment there
// is a pause.
func (l *loop) replayed(ld *load) {
	if !ld.read || l.isReplaying() {
		return
	}
	now := time.Now()
	l.readAt = now.Add(now.Sub(l.readFrom))
}
