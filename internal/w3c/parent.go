// Package w3c reads and writes the headers of W3C Trace Context, level 2
// (https://www.w3.org/TR/trace-context-2/). It does no I/O, reads no clock and uses no
// random numbers.
package w3c

import "net/http"

// The flags of a [Parent]. The specification has others set to zero.
const (
	Sampled byte = 1 << iota // the caller may have recorded its part of the trace
	Random                   // the last 56 bits of the trace id are random
)

// A Parent is the operation on whose behalf a request is made, as its caller
// knows it.
type Parent struct {
	TraceID [16]byte // not all zero
	SpanID  [8]byte  // not all zero
	Flags   byte     // Sampled, Random
	State   string   // what other vendors say of it: the value of tracestate, or ""
}

// In the form that http.Header stores; on the wire their case does not matter.
const (
	traceparent = "Traceparent"
	tracestate  = "Tracestate"
)

// Extract returns the parent that h names. There is none if traceparent is not
// there, is there twice, or is not valid. A tracestate that is not valid counts
// as none, and does no harm to the parent.
func Extract(h http.Header) (Parent, bool) {
	values := h.Values(traceparent)
	if len(values) != 1 {
		return Parent{}, false
	}
	p, ok := parseParent(trim(values[0]))
	if ok {
		p.State = parseState(h.Values(tracestate))
	}
	return p, ok
}

// Inject makes h name p, and nothing else, as the parent. Without valid ids p is
// nobody's parent, and h stays as it is. The State is written as it is; it should
// be one that [Extract] returned.
func Inject(h http.Header, p Parent) {
	if !p.valid() {
		return
	}
	h.Set(traceparent, formatParent(p))
	if p.State == "" {
		h.Del(tracestate) // it would be that of another parent
	} else {
		h.Set(tracestate, p.State)
	}
}

func (p *Parent) valid() bool { return p.TraceID != [16]byte{} && p.SpanID != [8]byte{} }
