package faults_test

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A usage is the resource usage of the process at one moment.
type usage struct {
	heap, rss       int64 // bytes
	goroutines, fds int64
}

// measure returns the usage after a garbage collection.
func measure(t *testing.T) usage {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fds, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	statm, err := os.ReadFile("/proc/self/statm")
	require.NoError(t, err)
	var size, resident int64
	_, err = fmt.Sscan(string(statm), &size, &resident)
	require.NoError(t, err)
	return usage{
		heap:       int64(m.HeapInuse),
		rss:        resident * int64(os.Getpagesize()),
		goroutines: int64(runtime.NumGoroutine()),
		fds:        int64(len(fds)),
	}
}

func (u usage) String() string {
	return fmt.Sprintf("heap %.1f MiB, resident %.1f MiB, %d goroutines, %d files", mib(u.heap), mib(u.rss), u.goroutines, u.fds)
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// usages are the process's usage over time.
type usages []usage

// assertFlat compares the last fifth with the second fifth, in which everything has
// been used once. It compares medians, because a single measurement may be an outlier.
func (us usages) assertFlat(t *testing.T) {
	t.Helper()
	fifth := max(1, len(us)/5)
	early, late := us[fifth:2*fifth].median(), us[len(us)-fifth:].median()
	t.Logf("early: %v", early)
	t.Logf("late:  %v", late)
	assert.Less(t, mib(late.heap), 1.2*mib(early.heap)+8, "the heap grows")
	assert.Less(t, mib(late.rss), 1.2*mib(early.rss)+32, "the memory grows")
	assert.Less(t, late.goroutines, early.goroutines+20, "goroutines leak")
	assert.Less(t, late.fds, early.fds+20, "files leak")
}

func (us usages) median() usage {
	of := func(get func(usage) int64) int64 {
		var all []int64
		for _, u := range us {
			all = append(all, get(u))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	return usage{
		heap:       of(func(u usage) int64 { return u.heap }),
		rss:        of(func(u usage) int64 { return u.rss }),
		goroutines: of(func(u usage) int64 { return u.goroutines }),
		fds:        of(func(u usage) int64 { return u.fds }),
	}
}
