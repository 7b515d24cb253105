// Package intake parses the requests of programs: the MutagenT API of both versions,
// and OTLP in protobuf and JSON. It depends on neither the store nor HTTP.
package intake

import "github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"

// A Batch is the content of one request.
type Batch struct {
	Spans    []*trace.Span
	Logs     []*trace.Log
	TraceIDs []string // of the MutagenT API, in the order of the request
	Rejected int      // spans or records that cannot be stored
	Note     string   // reason for the first of them
}

func (b *Batch) reject(why string, n int) {
	b.Rejected += n
	if b.Note == "" {
		b.Note = why
	}
}
