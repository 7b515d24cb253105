package benchmarks

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// A crowd is many goroutines, of which only a few can run at a time. What they
// reach together is compared with what few goroutines reach.
const (
	crowd     = 16
	few       = 2
	crowdSize = 16 * burst // operations of all goroutines together, between two flushes
)

// runCrowd lets a crowd and few goroutines do the same number of operations, in
// turns. What counts are medians by the clock on the wall, until everything is
// delivered: "ns/op" for the crowd, "few-ns/op" for the few.
//
// The time until the last goroutine has returned is reported too, as "calls-ns/op"
// and "few-calls-ns/op". It does not compare the same: while few goroutines keep
// every processor busy, the background waits until they are done, but between those
// of a crowd it runs.
func runCrowd(b *testing.B, impls ...impl) {
	for _, i := range impls {
		b.Run("impl="+i.name, func(b *testing.B) {
			r := i.start(b)
			var many, some crowdTimes
			for b.Loop() { // whoever is first has the other's garbage to collect
				many.measure(r, crowd)
				some.measure(r, few)
				some.measure(r, few)
				many.measure(r, crowd)
			}
			many.report(b, "")
			some.report(b, "few-")
			r.finish(b, 4*crowdSize*b.N)
		})
	}
}

// crowdTimes are the times of each burst.
type crowdTimes struct{ calls, all []time.Duration }

func (c *crowdTimes) measure(r recorder, callers int) {
	began := time.Now()
	c.calls = append(c.calls, untilAll(callers, crowdSize/callers, r.op))
	r.flush()
	c.all = append(c.all, time.Since(began))
}

func (c *crowdTimes) report(b *testing.B, who string) {
	b.ReportMetric(float64(median(c.all))/crowdSize, who+"ns/op")
	b.ReportMetric(float64(median(c.calls))/crowdSize, who+"calls-ns/op")
}

// untilAll returns how long it takes until each of the callers has called op n
// times.
func untilAll(callers, n int, op func()) time.Duration {
	gate := make(chan struct{})
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			<-gate
			for range n {
				op()
			}
		})
	}
	began := time.Now()
	close(gate)
	wg.Wait()
	return time.Since(began)
}

func median(d []time.Duration) time.Duration { return percentile(d, 50) }

// percentile sorts d.
func percentile(d []time.Duration, p int) time.Duration {
	slices.Sort(d)
	return d[len(d)*p/100]
}
