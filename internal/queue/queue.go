// Package queue hands values from many producers to one consumer without a lock.
//
// It is a stack of nodes that the consumer takes as a whole. A producer pushes its node
// with one compare-and-swap. The consumer swaps the top for nil and walks the nodes in
// reverse. The queue has no capacity limit and does not allocate. A batch is whatever
// the queue held.
//
// # Why it is correct
//
// A node is pushed at most once. At any moment exactly one party owns it, and only the
// owner accesses its fields:
//
//	producer   from its creation
//	the queue  from the successful CompareAndSwap in Push
//	consumer   from the Swap in Take or Close, for good
//
// The only field that others read is depth: a producer reads it from the node it found
// on top, perhaps after that node was taken. It is written once, before the node is
// published, so this read is never a race.
//
// Each hand-over is a sequentially consistent atomic operation on head, so the new
// owner sees all writes of the old one (go.dev/ref/mem, "Atomic Values"). A node never
// comes back, so the top did not change before a CompareAndSwap that succeeds: there is
// no ABA problem.
//
// # Progress
//
// Push is lock-free, not wait-free: one producer may retry while others succeed, but
// some Push always succeeds. Take and Close are wait-free. A producer that is stopped
// in the middle of Push hides no other node from the consumer.
package queue

import (
	"iter"
	"sync/atomic"
)

// A Node carries one value. It is embedded in the value's own struct, so that a push
// does not allocate. It must not be pushed twice.
type Node[T any] struct {
	Value T

	next  *Node[T] // the node pushed before this one
	depth int      // number of nodes from this one down
}

// The zero Queue is ready to use. It must not be copied.
type Queue[T any] struct {
	// head is the newest node, nil when empty, &closed after Close. Producers write it
	// in Push, the consumer in Take and Close. A store publishes every field of the
	// node it points to and of all nodes below.
	head   atomic.Pointer[Node[T]]
	closed Node[T]
}

// Push adds n and returns how many nodes wait, including n. It returns false if the
// queue is closed; then the caller keeps n. Any goroutine may call it.
func (q *Queue[T]) Push(n *Node[T]) (depth int, ok bool) {
	for {
		top := q.head.Load()
		depth = 1
		switch top {
		case nil:
		case &q.closed:
			return 0, false
		default:
			depth += top.depth
		}
		n.next, n.depth = top, depth
		if q.head.CompareAndSwap(top, n) {
			// The queue owns n: no field of it may be read here.
			return depth, true
		}
	}
}

// Depth returns how many nodes wait.
func (q *Queue[T]) Depth() int {
	top := q.head.Load()
	if top == nil || top == &q.closed {
		return 0
	}
	return top.depth
}

// Take empties the queue and yields the values in the order they were pushed. Only the
// consumer may call it.
func (q *Queue[T]) Take() iter.Seq[T] {
	if q.head.Load() == &q.closed {
		return none[T]
	}
	return values(q.head.Swap(nil))
}

// Close makes every later Push fail. It yields the values that still wait, like Take.
// Only the consumer may call it.
func (q *Queue[T]) Close() iter.Seq[T] {
	top := q.head.Swap(&q.closed)
	if top == &q.closed {
		return none[T]
	}
	return values(top)
}

func none[T any](func(T) bool) {}

// values owns every node from top down. It reverses the list. It unlinks each node
// before it yields its value, so that a value that is kept does not keep all later ones
// from being collected.
func values[T any](top *Node[T]) iter.Seq[T] {
	var oldest *Node[T]
	for top != nil {
		top.next, oldest, top = oldest, top, top.next
	}
	return func(yield func(T) bool) {
		for n := oldest; n != nil; {
			next := n.next
			n.next = nil
			if !yield(n.Value) {
				return
			}
			n = next
		}
	}
}
