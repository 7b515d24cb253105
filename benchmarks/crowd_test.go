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
// turns. What counts are the medians: "ns/op" for the crowd, "few-ns/op" for the
// few, which are times of the clock, not of a goroutine.
func runCrowd(b *testing.B, impls ...impl) {
	for _, i := range impls {
		b.Run("impl="+i.name, func(b *testing.B) {
			r := i.start(b)
			var many, some []time.Duration
			measure := func(callers int) time.Duration {
				defer r.flush()
				return untilAll(callers, crowdSize/callers, r.op)
			}
			for b.Loop() { // whoever is first has the other's garbage to collect
				many, some = append(many, measure(crowd)), append(some, measure(few))
				some, many = append(some, measure(few)), append(many, measure(crowd))
			}
			b.ReportMetric(float64(median(many))/crowdSize, "ns/op")
			b.ReportMetric(float64(median(some))/crowdSize, "few-ns/op")
			r.finish(b, 4*crowdSize*b.N)
		})
	}
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
