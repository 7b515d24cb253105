// Package sample decides which traces are delivered: a ratio of all traces, by trace
// ID, and of the others those that end with an error.
package sample

import (
	"encoding/binary"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// Has reports whether a trace is among the given part of all traces, 0 to 1. It
// looks at the bits that OpenTelemetry's TraceIDRatioBased samplers look at, so
// that services with the same ratio agree about a trace, and one with a higher
// ratio has all that one with a lower has. Below 0 counts as 0, above 1 and NaN
// count as 1.
func Has(ratio float64, id record.TraceID) bool {
	if !(ratio < 1) {
		return true
	}
	if ratio < 0 {
		return false // what a negative number is as an unsigned one is up to the processor
	}
	return binary.BigEndian.Uint64(id[8:])>>1 < uint64(ratio*(1<<63))
}
