package benchmarks

import (
	"testing"

	"github.com/mutagent-io/mutagent-go/internal/queue"
)

// Many producers hand over to one consumer, which sleeps until there is something
// to take. The time is that of the whole way: it ends when the consumer has had
// everything that was not dropped.
//
// impl=list is ours. The others are a channel with room for 2048, as
// OpenTelemetry's batch processor has: impl=drop when it may drop, which hides
// what a hand-over takes behind those that do not happen, see drop/op; impl=wait
// when it may not.
func BenchmarkQueue(b *testing.B) {
	b.Run("impl=list", benchmarkList)
	b.Run("impl=drop", func(b *testing.B) {
		benchmarkChan(b, func(values chan<- *node) {
			select {
			case values <- new(node):
			default: // full
			}
		})
	})
	b.Run("impl=wait", func(b *testing.B) {
		benchmarkChan(b, func(values chan<- *node) { values <- new(node) })
	})
}

// A node is what is handed over in each case.
type node = queue.Node[int]

// gulp is the depth at which the list's consumer is woken up.
const gulp = 256

func benchmarkList(b *testing.B) {
	var q queue.Queue[int]
	wake, taken := make(chan struct{}, 1), make(chan int)
	go func() {
		n := 0
		for range wake {
			for range q.Take() {
				n++
			}
		}
		for range q.Close() {
			n++
		}
		taken <- n
	}()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if depth, _ := q.Push(new(node)); depth == gulp {
				select {
				case wake <- struct{}{}:
				default: // the consumer is on its way
				}
			}
		}
	})
	close(wake)
	reportTaken(b, <-taken)
}

func benchmarkChan(b *testing.B, push func(chan<- *node)) {
	values, taken := make(chan *node, 2048), make(chan int)
	go func() {
		n := 0
		for range values {
			n++
		}
		taken <- n
	}()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			push(values)
		}
	})
	close(values)
	reportTaken(b, <-taken)
}

func reportTaken(b *testing.B, n int) {
	b.StopTimer()
	b.ReportMetric(float64(b.N-n)/float64(b.N), "drop/op")
}
