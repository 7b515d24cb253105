//go:build !race

package sender_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestBodyAllocs checks that a body needs no buffer of its own, which would be of 32 KiB.
// The race detector drops pooled buffers.
func TestBodyAllocs(t *testing.T) {
	post := poster(t)
	post() // connects
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const n = 50
	for range n {
		post()
	}
	runtime.ReadMemStats(&after)
	assert.Less(t, (after.TotalAlloc-before.TotalAlloc)/n, uint64(30<<10), "bytes for each request")
}
