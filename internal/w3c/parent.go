// Package w3c reads and writes the headers of W3C Trace Context, level 2
// (https://www.w3.org/TR/trace-context-2/). It does no I/O, reads no clock and uses no
// random numbers.
package w3c

import "net/http"

// The flags of a [Parent]. The specification requires all others to be zero.
const (
	Sampled byte = 1 << iota // the caller may have recorded its part of the trace
	Random                   // the last 56 bits of the trace id are random
)

// A Parent identifies the caller's operation that made a request.
type Parent struct {
	TraceID [16]byte // not all zero
	SpanID  [8]byte  // not all zero
	Flags   byte     // Sampled, Random
	State   string   // data of other vendors: the value of tracestate, or ""
}

// In the canonical form of http.Header; case does not matter on the wire.
const (
	traceparent = "Traceparent"
	tracestate  = "Tracestate"
)

// Extract returns the parent in h. There is none if traceparent is missing, duplicate
// or invalid. An invalid tracestate is ignored.
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

// Inject sets the headers of h to p, and removes those of any other parent. If the IDs
// of p are not valid, h is unchanged. The State is written as it is; it should be one
// that [Extract] returned.
func Inject(h http.Header, p Parent) {
	if !p.valid() {
		return
	}
	h.Set(traceparent, formatParent(p))
	if p.State == "" {
		h.Del(tracestate) // it would belong to another parent
	} else {
		h.Set(tracestate, p.State)
	}
}

func (p *Parent) valid() bool { return p.TraceID != [16]byte{} && p.SpanID != [8]byte{} }
