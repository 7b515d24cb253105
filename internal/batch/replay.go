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

// readPause is for how long nothing is read back after the machine kept us from it.
const readPause = time.Second

// replay reads the next segment back, if it is time to. A segment is read when the
// one before it is settled, after a pause as long as that took: so a server that
// has just recovered gets at most one request at a time of what is old, for half
// of the time, while what is new goes on as ever.
func (l *loop) replay() {
	l.next()
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
	case l.opts.Spool == nil || len(l.parts) > 0 || l.isReplaying():
		return time.Time{}
	case len(l.waiters) > 0:
		if len(l.backlog) > 0 {
			return later(l.now, l.retryRead) // a flush does not wait for better times, nor for others' spans
		}
		return time.Time{}
	case l.failed > 0 && l.waiting > 0:
		return time.Time{} // those find out whether the server is back
	}
	at := l.readAt
	if len(l.backlog) == 0 && at.Before(l.lookAt) {
		at = l.lookAt
	}
	at = later(later(at, l.retryAt), l.retryRead)
	if at.IsZero() {
		at = l.now
	}
	return at
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// isReplaying reports whether something that was read is being sent, or is about
// to be.
func (l *loop) isReplaying() bool {
	read := func(ld *load) bool { return ld.read }
	return slices.ContainsFunc(l.inflight, read) || slices.ContainsFunc(l.pending, read)
}

// readBacklog makes loads of spans that were only on disk.
func (l *loop) readBacklog(b *backlog) {
	b.Seal()
	b.Taken = true
	_, records := b.Read()
	if b.Err() != nil { // it is still there, for better times
		b.Taken = false
		l.backlog = slices.Insert(l.backlog, 0, *b)
		l.retryRead = l.now.Add(readPause)
		return
	}
	var reader wire.RecordReader
	var spans []wire.Encoded
	var places []place
	left := *b
	for i, record := range records {
		e, err := reader.Read(record)
		if err != nil {
			break
		}
		spans = append(spans, e)
		places = append(places, place{b.Segment, i})
		if e.Ended() {
			left.ended--
		} else {
			left.addenda--
		}
	}
	l.spooled -= b.ended - left.ended
	l.load(spans, places, load{seq: b.seq})
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
		seg.Leave()
		return
	}
	var reader wire.RecordReader
	var spans []wire.Encoded
	var places []place
	for i, record := range records {
		if e, err := reader.Read(record); err == nil {
			spans = append(spans, e)
			places = append(places, place{seg, i})
		}
	}
	seg.Keep(len(spans))
	l.load(spans, places, load{seq: math.MaxInt, header: header})
}

// load makes loads of the spans of a segment, which are like the one given, and
// puts the first of them before everything that waits.
func (l *loop) load(spans []wire.Encoded, places []place, like load) {
	for i, e := range spans {
		if n := len(l.parts); n == 0 || l.parts[n-1].Size()+e.Size() > l.opts.MaxBatch {
			l.parts = append(l.parts, &load{seq: like.seq, header: like.header, read: true})
		}
		ld := l.parts[len(l.parts)-1]
		ld.Put(e)
		ld.from = append(ld.from, places[i])
	}
	for _, ld := range l.parts {
		l.weigh(ld)
	}
	l.next()
}

// next sends the next load of a segment, if the one before is settled.
func (l *loop) next() {
	if len(l.parts) == 0 || l.isReplaying() {
		return
	}
	l.prepend(l.parts[0])
	l.parts = l.parts[1:]
	if l.due.IsZero() { // otherwise it is when the queue must be emptied, and stays
		l.due = l.now
	}
}

// replayed is told when loads are settled: after the last one of a segment there
// is a pause.
func (l *loop) replayed(ld *load) {
	if !ld.read || len(l.parts) > 0 || l.isReplaying() {
		return
	}
	now := time.Now()
	l.readAt = now.Add(now.Sub(l.readFrom))
}
