// Package destination defines a destination of spans for the pipeline: how a span is
// encoded, how a request is framed and limited, where it is sent, and how the response
// is read. A destination does no I/O of its own and reads no clock.
package destination

import (
	"net/http"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A Destination is one place that spans are sent to. Its methods may be called
// concurrently.
type Destination interface {
	// Name identifies the destination in messages, in counters and on disk. It also
	// identifies the encoding: only a destination with the same name can read the
	// records.
	Name() string
	// URL returns the URL that requests are posted to.
	URL() string
	// Header returns the headers of each request. The caller does not change them.
	Header() http.Header
	// Limits bound one request.
	Limits() Limits

	// Encode appends the record of s to dst, or nothing if s has nothing for this
	// destination. A record begins with a [Head]; the destination defines the rest. The
	// record does not refer to memory of s.
	Encode(dst []byte, s *record.Span) []byte
	// Strip appends rec without its payload, marked as truncated. It appends nothing if
	// rec has only payload.
	Strip(dst, rec []byte) []byte
	// Preamble returns what the records of this process have in common, such as the
	// resource. It is written to disk once, before the records.
	Preamble() []byte
	// Frame makes a body of records. preamble is that of the process that encoded them.
	// lost is reported to the receiver if the protocol has a way.
	Frame(preamble []byte, records Records, lost record.Lost) *Body
	// Read interprets the answer to a request of n spans.
	Read(answer Answer, n int) Outcome
}

// Limits bound one request. A single record larger than Bytes is sent alone. Zero means
// no limit.
type Limits struct {
	Bytes  int // sum of the records
	Traces int
}

// An Answer is the response of an HTTP server.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // at most its first 64 KiB
}

// Records are encoded spans that share memory.
type Records interface {
	Len() int
	At(i int) []byte
}
