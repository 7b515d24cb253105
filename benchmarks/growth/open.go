package main

import (
	"runtime"
	"time"
)

// measureOpen measures spans of which more and more are open at once: what starting
// and ending one takes, and the memory that it keeps.
func (p plan) measureOpen() (points []point, err error) {
	for _, n := range p.open {
		for _, start := range []func() (tracer, error){
			func() (tracer, error) { return newMutagent(new(sink), 1<<30) },
			func() (tracer, error) { return newOTel(new(sink)) },
		} {
			t, err := start()
			if err != nil {
				return nil, err
			}
			var took, kept []float64
			rounds := min(max(3, p.work/n), 2000)
			for range rounds {
				took = append(took, timeOpen(t, n))
			}
			for range memoryRounds {
				kept = append(kept, memoryOpen(t, n))
			}
			if err := closed(t, (rounds+memoryRounds)*n); err != nil {
				return nil, err
			}
			at := []point{
				{"open", "time", t.name(), float64(n), median(took)},
				{"open", "memory", t.name(), float64(n), median(kept)},
			}
			progress(at...)
			points = append(points, at...)
		}
	}
	return points, nil
}

// memoryRounds are apart from those that measure the time: after a collection,
// everything takes longer.
const memoryRounds = 3

// timeOpen starts n spans and then ends them. It returns the time for one of them.
func timeOpen(t tracer, n int) (ns float64) {
	t.room(n)
	return (inBursts(t, n, t.start) + inBursts(t, n, t.end)) / float64(n)
}

// memoryOpen returns what each of n open spans keeps.
func memoryOpen(t tracer, n int) (bytes float64) {
	t.room(n)
	before := inUse()
	inBursts(t, n, t.start)
	bytes = inUse() - before
	inBursts(t, n, t.end)
	return bytes / float64(n)
}

// inBursts returns how long n calls of f take, without the flushes between them.
func inBursts(t tracer, n int, f func(i int)) (ns float64) {
	for i := 0; i < n; {
		began := time.Now()
		for range min(burst, n-i) {
			f(i)
			i++
		}
		ns += since(began)
		t.flush()
	}
	return ns
}

// inUse returns the bytes on the heap that are in use. What is in a pool is not: it
// is gone after two collections.
func inUse() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
