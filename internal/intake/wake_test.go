package intake

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/mutagent-io/mutagent-go/internal/memory"
)

// TestWake checks that no wake-up is lost: a consumer that sleeps below its threshold is
// woken when the threshold is reached, whatever happened in between.
func TestWake(t *testing.T) {
	for range 5000 {
		produceAndConsume(t, 1+rand.IntN(8))
	}
}

// produceAndConsume has two producers begin each items. It hangs if the consumer sleeps
// although its threshold is reached.
func produceAndConsume(t *testing.T, each int) {
	wake := make(chan struct{}, 1)
	in := New(memory.NewBudget(1<<40), func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	}, nil)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range each {
				in.Begin(new(Item))
			}
		})
	}
	var list []*Item
	for rest := 2 * each; rest > 0; rest -= len(list) {
		need := 1 + rand.IntN(rest)
		if in.Threshold(need, 1<<40) < need {
			<-wake
		}
		list = in.Take(list[:0])
	}
	wg.Wait()
	if n := in.Depth(); n != 0 {
		t.Errorf("%d items are left", n)
	}
}

// TestWakeOnce checks that producers do not wake a consumer that has been woken.
func TestWakeOnce(t *testing.T) {
	woken := 0
	in := New(memory.NewBudget(1<<40), func() { woken++ }, nil)
	in.Threshold(3, 1<<40)
	for range 100 {
		in.Begin(new(Item))
	}
	if woken != 1 {
		t.Errorf("woken %d times, want once", woken)
	}
}
