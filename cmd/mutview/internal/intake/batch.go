// Package intake reads what programs send: the MutagenT API of both
// generations, and OTLP in protobuf and JSON. It knows no store and no HTTP.
package intake

import "github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"

// A Batch is what one request brought.
type Batch struct {
	Spans    []*trace.Span
	Logs     []*trace.Log
	TraceIDs []string // of the MutagenT API, in the order of the request
	Rejected int      // spans or records that cannot be kept
	Note     string   // why, of the first of them
}

func (b *Batch) reject(why string, n int) {
	b.Rejected += n
	if b.Note == "" {
		b.Note = why
	}
}
