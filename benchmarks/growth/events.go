package main

import (
	"fmt"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// measureEvents measures spans with more and more events: from the first event to
// the return of the end, because an end may have to touch them all.
func (p plan) measureEvents() (points []point, err error) {
	limits := sdktrace.NewSpanLimits()
	limits.EventCountLimit = -1
	for _, n := range p.events {
		for _, side := range []struct {
			line  string
			start func() (tracer, error)
			keeps int
		}{
			{ours, func() (tracer, error) { return newMutagent(new(sink), 0) }, n},
			{theirs + ", all kept", func() (tracer, error) { return newOTel(new(sink), sdktrace.WithRawSpanLimits(limits)) }, n},
			{theirs + ", 128 kept", func() (tracer, error) { return newOTel(new(sink)) }, min(n, 128)},
		} {
			t, err := side.start()
			if err != nil {
				return nil, err
			}
			spans := max(5, p.work/n/4)
			took := eventTimes(t, spans, n)
			if err := closed(t, spans); err != nil {
				return nil, err
			}
			if lost, want := t.lost(), int64(spans)*int64(n-side.keeps); lost != want {
				return nil, fmt.Errorf("%s lost %d events rather than %d", side.line, lost, want)
			}
			at := point{"events", "time", side.line, float64(n), median(took) / float64(n)}
			progress(at)
			points = append(points, at)
		}
	}
	return points, nil
}

// eventTimes returns how long the n events and the end of each span take.
func eventTimes(t tracer, spans, n int) (took []float64) {
	t.room(1)
	for i := range spans {
		t.start(0)
		began := time.Now()
		for range n {
			t.event(0)
		}
		t.end(0)
		took = append(took, since(began))
		if (i+1)*n%burst == 0 || n > burst {
			t.flush()
		}
	}
	return took
}
