// Package sample decides which traces are delivered: a ratio of all traces, by trace
// ID, and of the others those that end with an error.
package sample

import (
	"encoding/binary"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// Has reports whether a trace is in the given ratio of all traces, 0 to 1. It uses the
// same bits as OpenTelemetry's TraceIDRatioBased samplers. So services with the same
// ratio agree about a trace, and a service with a higher ratio has all traces of one
// with a lower ratio. A ratio below 0 counts as 0; above 1 and NaN count as 1.
func Has(ratio float64, id record.TraceID) bool {
	if !(ratio < 1) {
		return true
	}
	if ratio < 0 {
		return false // converting a negative number to an unsigned one depends on the processor
	}
	return binary.BigEndian.Uint64(id[8:])>>1 < uint64(ratio*(1<<63))
}
