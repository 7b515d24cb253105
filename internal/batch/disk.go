package batch

import (
	"slices"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/spool"
	"github.com/mutagent-io/mutagent-go/internal/wire"
)

// A disk is what the loop knows of the spool. What it takes in goes to the spool
// first. Then it either stays in memory too, in a load, and its segment is told
// when that is settled; or, when memory runs short, it stays on disk only, and
// whole segments are read back later.
type disk struct {
	scratch wire.Batch // encoded, not yet on disk
	frames  []byte
	spooled int64 // ended spans that are only on disk

	eager     bool      // whether what ends is taken within a tick
	nextDrain time.Time // when, at the earliest

	backlog   []backlog // segments that have the only copy, the oldest first
	parts     []*load   // of the segment that was read last, to be sent one by one
	lookAt    time.Time // when to look next for what dead processes left
	readAt    time.Time // when the next segment may be read
	readFrom  time.Time // when the last one was
	retryRead time.Time // not before, since the machine has kept us from it

	errors int64 // of the spool, that debugf has told
}

// A backlog is a segment of ours that has the only copy of its spans.
type backlog struct {
	*spool.Segment
	seq     int   // like that of a load
	ended   int64 // spans in it
	addenda int64
}

const (
	// tick is how long what ended stays in memory only, about. It keeps producers
	// from waking the loop for every span.
	tick = 2 * time.Millisecond
	// chunk is how much is written at once.
	chunk = 256 << 10
	// lookAround is how often the directory is searched for what others left.
	lookAround = 5 * time.Second
)

// depth is how much producers have handed over.
func (b *Batcher) depth() int { return b.queue.Depth() + int(b.written.depth.Load()) }

// isEager reports whether everything that comes is to be taken at once.
func (l *loop) isEager() bool { return l.eager && !l.now.Before(l.nextDrain) }

// drainDisk takes what producers wrote, and writes what they did not.
func (l *loop) drainDisk() {
	if l.opts.Spool == nil {
		return
	}
	for _, w := range l.written.take() {
		l.takeWritten(&w)
	}
	l.commit()
	if l.opts.Sync {
		l.opts.Spool.Sync()
	}
}

func (l *loop) takeWritten(w *writtenItem) {
	if w.item.open > 0 {
		l.forget(int(w.item.open) - 1)
	}
	l.counts.Ended++
	if w.item.Span.Truncated {
		l.truncated(1)
	}
	l.used.Add(-w.size())
	if w.seg.Spilled {
		l.spill(w.seg, true)
	} else {
		l.put(w.span, place{w.seg, w.at})
	}
}

// commit writes what was encoded since the last time to disk.
func (l *loop) commit() {
	n := l.scratch.Len()
	if n == 0 {
		return
	}
	frames := l.frames[:0]
	for i := range n {
		start := len(frames)
		frames = l.scratch.At(i).AppendRecord(spool.BeginFrame(frames))
		spool.EndFrame(frames[start:])
	}
	seg, at := l.opts.Spool.AppendAt(frames, n)
	for i := range n {
		if e := l.scratch.At(i); seg != nil && seg.Spilled {
			l.spill(seg, e.Ended())
		} else {
			l.put(e, place{seg, at + i})
		}
	}
	l.scratch.Reset()
	l.frames = frames
	if cap(frames) > 4*chunk { // of a span that was larger than usual
		l.scratch, l.frames = wire.Batch{}, nil
	}
}

// put adds an encoded span to the load that is being filled.
func (l *loop) put(e wire.Encoded, from place) {
	ld := l.tail(e.Size())
	ld.Put(e)
	ld.from = append(ld.from, from)
	ld.lean = false
	l.waiting++
	l.weigh(ld)
}

// spill notes that a span is only on disk.
func (l *loop) spill(seg *spool.Segment, ended bool) {
	if ended {
		l.spooled++
	}
	if seg.Taken {
		return // read back before the loop had heard of all that is in it
	}
	i := slices.IndexFunc(l.backlog, func(b backlog) bool { return b.Segment == seg })
	if i < 0 {
		l.seq++
		i = len(l.backlog)
		l.backlog = append(l.backlog, backlog{Segment: seg, seq: l.seq})
	}
	if ended {
		l.backlog[i].ended++
	} else {
		l.backlog[i].addenda++
	}
}

// sealBacklog has spans that end from now on go to another segment, so that a
// flush need not wait for them.
func (l *loop) sealBacklog() {
	if n := len(l.backlog); n > 0 {
		l.backlog[n-1].Seal()
	}
}

// spillOrKeep has spans stay on disk only while half of the room is taken, until three
// quarters are free again.
func (l *loop) spillOrKeep() {
	switch used := l.used.Load(); {
	case used > l.opts.MaxQueue/2:
		l.opts.Spool.Spill(true)
	case used < l.opts.MaxQueue/4:
		l.opts.Spool.Spill(false)
	}
}

// tidy keeps the directory within its limits.
func (l *loop) tidy() {
	if l.opts.Spool == nil {
		return
	}
	l.spillOrKeep()
	l.complain()
	for _, drop := range l.opts.Spool.Tidy() {
		reason := reasonSpoolFull
		if drop.Expired {
			reason = reasonSpoolExpired
		}
		l.counts.ReplayLost += int64(drop.Records)
		i := slices.IndexFunc(l.backlog, func(b backlog) bool { return b.Segment == drop.Segment })
		if i < 0 {
			continue // memory has it too
		}
		b := l.backlog[i]
		l.backlog = slices.Delete(l.backlog, i, i+1)
		b.Taken = true
		l.loseBacklog(&b, reason)
	}
}

// complain tells of the spool's last error.
func (l *loop) complain() {
	if n, err := l.opts.Spool.Errors(); n > l.errors {
		l.errors = n
		l.debugf("spool: %v", err)
	}
}

// loseBacklog counts what b says is on disk as lost.
func (l *loop) loseBacklog(b *backlog, reason string) {
	l.spooled -= b.ended
	l.lose(reason, b.ended)
	l.dropEvents(b.addenda)
	l.cause = errSpool[reason]
	for _, w := range l.waiters {
		if b.seq <= w.upTo {
			w.cause = l.cause
		}
	}
}

// lose counts n spans as dropped.
func (l *loop) lose(reason string, n int64) {
	if n > 0 {
		l.counts.Dropped[reason] += n
		l.lost.Add(reason, n)
	}
}

// forgetOnDisk settles what is left of ld on disk.
func (l *loop) forgetOnDisk(ld *load) {
	var places []int // in the same segment
	for i, p := range ld.from {
		places = append(places, p.at)
		if i+1 < len(ld.from) && ld.from[i+1].seg == p.seg {
			continue
		}
		if p.seg != nil {
			p.seg.SettleAt(places...)
		}
		places = places[:0]
	}
	clear(ld.from)
	l.replayed(ld)
}

// leave parts with ld at the end: what is on disk stays there.
func (l *loop) leave(ld *load) {
	if !ld.onDisk() {
		l.drop(ld, reasonShutdown)
		return
	}
	l.used.Add(-ld.size)
	if ld.header != nil {
		return
	}
	var lost, events int64
	for i, p := range ld.from {
		e := ld.At(i)
		switch kept := p.seg != nil && !p.seg.Gone(); {
		case e.Ended() && kept:
			l.spooled++
		case e.Ended():
			lost++
		case e.Addendum() && !kept:
			events++
		}
	}
	l.lose(reasonShutdown, lost)
	l.dropEvents(events)
}

// onDisk reports whether any of ld is on disk.
func (ld *load) onDisk() bool {
	return slices.ContainsFunc(ld.from, func(p place) bool { return p.seg != nil })
}

// cutFrom cuts off what list says of the n-th entry and those behind it.
func cutFrom(list *[]place, n int) []place {
	if len(*list) == 0 {
		return nil
	}
	rest := slices.Clone((*list)[n:])
	*list = (*list)[:n]
	return rest
}

// closeDisk takes what producers wrote before the shutdown.
func (l *loop) closeDisk() {
	if l.opts.Spool == nil {
		return
	}
	l.written.close()
	l.drainDisk()
	l.sealBacklog()
}

// earlier returns the earlier of two times, of which a zero one means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// diskAlarm is when the spool wants the loop to wake up at the latest.
func (l *loop) diskAlarm() time.Time {
	if l.eager && l.now.Before(l.nextDrain) {
		return earlier(l.nextDrain, l.replayTime())
	}
	return l.replayTime()
}
