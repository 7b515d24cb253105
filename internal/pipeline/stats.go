package pipeline

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/outbox"
	"github.com/mutagent-io/mutagent-go/internal/record"
	"github.com/mutagent-io/mutagent-go/internal/redact"
)

// stats are the pipeline's own counters. Any goroutine may read them.
type stats struct {
	open       atomic.Int64
	unfinished atomic.Int64
	abandoned  atomic.Int64
	masked     atomic.Int64 // changed places in texts
	withheld   atomic.Int64 // spans
	kept       atomic.Int64 // spans that ended after the shutdown and are on disk
}

func (s *stats) redacted(r redact.Report) {
	if r.Masked > 0 {
		s.masked.Add(int64(r.Masked))
	}
	if r.Withheld {
		s.withheld.Add(1)
	}
}

// Stats are the counts of all spans so far. For each destination, at any moment,
//
//	Ended = Delivered + Pending + Spooled + the sum of Dropped
type Stats struct {
	Open       int64 // started and not ended
	Ended      int64
	Unfinished int64 // sent by Shutdown although they had not ended
	Abandoned  int64 // garbage-collected without having ended
	Masked     int64 // places in texts that redaction changed
	Withheld   int64 // spans kept without any text, because it could not be redacted

	Lanes []LaneStats
}

// LaneStats are the counts of one destination.
type LaneStats struct {
	Name string
	outbox.Counts
	Requests    int64 // rounds of attempts begun
	SpoolErrors int64 // failed attempts to write, read or lock files
}

// statsWait is how long Stats waits for the loop to look at the queue.
const statsWait = 50 * time.Millisecond

// Stats returns the current counts. If the program's own code keeps the loop busy for
// long, recently ended spans are missing.
func (p *Pipeline) Stats() Stats {
	ctx, cancel := context.WithTimeout(context.Background(), statsWait)
	defer cancel()
	p.askFor(ctx, func(l *loop) {
		l.drain()
		l.dropAbandoned()
	})
	late := p.Intake.Losses()
	kept := p.stats.kept.Load()
	s := Stats{
		Open:       p.stats.open.Load(),
		Unfinished: p.stats.unfinished.Load(),
		Abandoned:  p.stats.abandoned.Load(),
		Masked:     p.stats.masked.Load(),
		Withheld:   p.stats.withheld.Load(),
	}
	for i, la := range p.lanes {
		c := la.outbox.Counts()
		if i == 0 {
			s.Ended = c.Put + late.Full + late.Late + kept
		}
		if c.Dropped == nil {
			c.Dropped = map[string]int64{}
		}
		if late.Full > 0 {
			c.Dropped[outbox.ReasonFull] += late.Full
		}
		if late.Late > 0 {
			c.Dropped[outbox.ReasonShutdown] += late.Late
		}
		c.Spooled += kept
		c.DroppedEvents += late.Events
		errs, _ := la.outbox.SpoolErrors()
		s.Lanes = append(s.Lanes, LaneStats{Name: la.dest.Name(), Counts: c, Requests: int64(la.sender.Rounds()), SpoolErrors: errs})
	}
	return s
}

// Delivered returns the number of spans accepted so far, summed over all destinations.
// It does not wait for the loop.
func (p *Pipeline) Delivered() (n int64) {
	for _, la := range p.lanes {
		n += la.outbox.Counts().Delivered
	}
	return n
}

// dropped returns the number of spans lost so far at all destinations, except those
// that ended after the shutdown.
func (p *Pipeline) dropped() int64 {
	n := p.Intake.Losses().Full
	for _, la := range p.lanes {
		c := la.outbox.Counts()
		n += c.Lost()
	}
	return n
}

// notedLosses are the losses before the outbox that a lane has already noted.
type notedLosses struct{ full, events, masked, withheld int64 }

// noteLosses makes the next request report what was lost before the outbox.
func (la *lane) noteLosses(l *loop) {
	late := l.Intake.Losses()
	now := notedLosses{late.Full, late.Events, l.stats.masked.Load(), l.stats.withheld.Load()}
	lost := record.Lost{
		Events:   now.events - la.noted.events,
		Masked:   now.masked - la.noted.masked,
		Withheld: now.withheld - la.noted.withheld,
	}
	lost.Add(outbox.ReasonFull, now.full-la.noted.full)
	la.noted = now
	la.outbox.Note(lost)
}
