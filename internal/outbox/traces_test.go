package outbox

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// TestTraceSet compares the set with a map: with random IDs, with IDs that all collide,
// and after a reset.
func TestTraceSet(t *testing.T) {
	const limit = 100
	for name, id := range map[string]func(n uint64) record.TraceID{
		"random": func(n uint64) (t record.TraceID) {
			r := rand.New(rand.NewPCG(n, n))
			binary.BigEndian.PutUint64(t[:8], r.Uint64())
			binary.BigEndian.PutUint64(t[8:], r.Uint64())
			return t
		},
		"colliding": func(n uint64) (t record.TraceID) {
			binary.BigEndian.PutUint64(t[:8], n)
			return t
		},
	} {
		t.Run(name, func(t *testing.T) {
			var s traceSet
			for range 3 {
				known := map[record.TraceID]bool{}
				for range 10_000 {
					trace := id(rand.Uint64N(3 * limit))
					has := known[trace]
					room := has || len(known) < limit
					require.Equal(t, room, s.hasRoom(trace, limit))
					if room {
						s.add(trace, limit)
						known[trace] = true
					}
				}
				require.Len(t, s.ids, limit)
				s.reset()
			}
		})
	}
}
