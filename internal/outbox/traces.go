package outbox

import (
	"encoding/binary"
	"math/bits"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A traceSet is the set of traces in a parcel, up to a limit. It is a hash table with
// linear probing: a Go map would take a tenth of the time of a delivery.
type traceSet struct {
	last  record.TraceID // consecutive spans are most often of one trace
	ids   []record.TraceID
	table []int32 // indexes into ids, plus one; at most half of it is used
}

// hasRoom reports whether the set contains t, or may take one more.
func (s *traceSet) hasRoom(t record.TraceID, limit int) bool {
	return len(s.ids) < limit || s.table[s.find(t)] != 0
}

// add adds t. The caller has checked that there is room.
func (s *traceSet) add(t record.TraceID, limit int) {
	if len(s.ids) > 0 && t == s.last {
		return
	}
	if s.table == nil {
		s.table = make([]int32, 1<<bits.Len(uint(2*limit)))
	}
	s.last = t
	if at := s.find(t); s.table[at] == 0 {
		s.ids = append(s.ids, t)
		s.table[at] = int32(len(s.ids))
	}
}

// find returns the slot of t in the table, or the free slot for it. The second half of
// an ID is random. IDs that are not random cost at most limit steps.
func (s *traceSet) find(t record.TraceID) uint64 {
	mask := uint64(len(s.table) - 1)
	at := binary.LittleEndian.Uint64(t[8:]) & mask
	for s.table[at] != 0 && s.ids[s.table[at]-1] != t {
		at = (at + 1) & mask
	}
	return at
}

func (s *traceSet) reset() {
	s.ids = s.ids[:0]
	clear(s.table)
}
