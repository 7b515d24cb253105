package sample

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

func TestHas(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, ratio := range []float64{0, 0.01, 0.1, 0.5, 0.9, 1} {
		const n = 100_000
		in := 0.0
		for range n {
			var id record.TraceID
			binary.BigEndian.PutUint64(id[8:], rng.Uint64())
			if Has(ratio, id) {
				in++
				assert.True(t, Has(math.Sqrt(ratio), id), "a higher ratio has it too")
			}
		}
		assert.InDelta(t, ratio, in/n, 0.01)
	}
}

// TestEnds checks that ratios 0 and 1 are exact for any ID.
func TestEnds(t *testing.T) {
	lowest, highest := record.TraceID{0: 1}, record.TraceID{}
	for i := range highest {
		highest[i] = 0xff
	}
	for _, id := range []record.TraceID{lowest, highest} {
		assert.True(t, Has(1, id))
		assert.True(t, Has(7, id))
		assert.True(t, Has(math.NaN(), id))
		assert.False(t, Has(0, id))
		assert.False(t, Has(-1, id))
	}
	assert.True(t, Has(1e-18, lowest), "the lowest id is the first one in")
}
