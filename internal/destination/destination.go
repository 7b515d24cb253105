// Package destination defines a destination of spans for the pipeline: how a span is
// encoded, how a request is framed and limited, where it is sent, and how the response
// is read. A destination does no I/O of its own and reads no clock.
package destination

import (
	"net/http"

	"github.com/mutagent-io/mutagent-go/internal/record"
)

// A Destination is one place that spans go to. Its methods may be called from
// several goroutines at once.
type Destination interface {
	// Name is the word for the destination in messages, counters, and on disk. It
	// names the encoding too: records of one name can be read by that name only.
	Name() string
	// URL is where requests are posted.
	URL() string
	// Header is what each request carries. The caller does not change it.
	Header() http.Header
	// Limits bound one request.
	Limits() Limits

	// Encode appends the record of s to dst, or nothing if s has nothing for this
	// destination. A record begins with a [Head]; the rest is the destination's. It
	// refers to no memory of s.
	Encode(dst []byte, s *record.Span) []byte
	// Strip appends rec without its payload, and with a mark that says so. It
	// appends nothing if rec is payload and nothing else.
	Strip(dst, rec []byte) []byte
	// Preamble is what the records of this process have in common, such as its
	// resource. It goes to disk once, before the records.
	Preamble() []byte
	// Frame makes a body of records. The preamble is that of the process which
	// encoded them. lost is told to whoever receives them, if there is a way.
	Frame(preamble []byte, records Records, lost record.Lost) *Body
	// Read says what an answer means for the n spans of its request.
	Read(answer Answer, n int) Outcome
}

// Limits bound one request. A single record may be larger than Bytes; then it goes
// alone. Zero means that there is no limit.
type Limits struct {
	Bytes  int // of records
	Traces int
}

// An Answer is what an HTTP server said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte // at most its first 64 KiB
}

// Records are encoded spans in memory that they share.
type Records interface {
	Len() int
	At(i int) []byte
}
