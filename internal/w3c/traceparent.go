package w3c

import "encoding/hex"

// The positions of the fields of a traceparent, in all current and future versions:
//
//	00-0123456789abcdef0123456789abcdef-0123456789abcdef-01
//	version  trace id                   span id          flags
const (
	traceIDAt = 3
	spanIDAt  = 36
	flagsAt   = 53
	length    = 55 // of version 00; later versions may be longer, after a dash
)

func parseParent(s string) (p Parent, ok bool) {
	if len(s) < length || s[traceIDAt-1] != '-' || s[spanIDAt-1] != '-' || s[flagsAt-1] != '-' {
		return Parent{}, false
	}
	var version, flags [1]byte
	ok = decode(version[:], s) && knows(version[0], s[length:]) &&
		decode(p.TraceID[:], s[traceIDAt:]) &&
		decode(p.SpanID[:], s[spanIDAt:]) &&
		decode(flags[:], s[flagsAt:]) &&
		p.valid()
	if !ok {
		return Parent{}, false
	}
	p.Flags = flags[0] & (Sampled | Random)
	return p, true
}

// knows reports whether a traceparent of this version, with rest after its fields, can
// be read.
func knows(version byte, rest string) bool {
	switch version {
	case 0:
		return rest == ""
	case 0xff:
		return false
	}
	return rest == "" || rest[0] == '-'
}

func formatParent(p Parent) string {
	b := make([]byte, 0, length) // stays on the stack
	b = append(b, "00-"...)
	b = hex.AppendEncode(b, p.TraceID[:])
	b = append(b, '-')
	b = hex.AppendEncode(b, p.SpanID[:])
	b = append(b, '-')
	b = hex.AppendEncode(b, []byte{p.Flags & (Sampled | Random)})
	return string(b)
}

// decode fills dst from the beginning of s, and reports whether that was valid. Unlike
// encoding/hex it rejects upper-case letters, which the specification forbids.
func decode(dst []byte, s string) bool {
	for i := range dst {
		high, low := digit(s[2*i]), digit(s[2*i+1])
		if high|low > 15 {
			return false
		}
		dst[i] = high<<4 | low
	}
	return true
}

// digit returns the value of the hex digit c, or 255.
func digit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}
