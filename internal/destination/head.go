package destination

import "github.com/mutagent-io/mutagent-go/internal/record"

// A Head is the beginning of every record. It has the facts that the pipeline itself
// needs.
//
//	flags, 1 byte | trace id, 16 bytes
type Head struct {
	Flags Flags
	Trace record.TraceID
}

// HeadBytes is the length of a head.
const HeadBytes = 1 + len(record.TraceID{})

// Flags are properties of a record.
type Flags uint8

const (
	Ended     Flags = 1 << iota // the span has ended
	Late                        // only events logged after the span had ended, with the span's skeleton
	Truncated                   // some payload was cut or dropped
)

// Has reports whether all of others are set.
func (f Flags) Has(others Flags) bool { return f&others == others }

// AppendHead appends the head of the record of s.
func AppendHead(dst []byte, s *record.Span) []byte {
	var flags Flags
	switch {
	case s.Marks.Has(record.Late):
		flags |= Late
	case s.Ended:
		flags |= Ended
	}
	if s.Truncated {
		flags |= Truncated
	}
	dst = append(dst, byte(flags))
	return append(dst, s.TraceID[:]...)
}

// FlagsOf returns the flags of a record.
func FlagsOf(rec []byte) Flags { return Flags(rec[0]) }

// TraceOf returns the trace id of a record.
func TraceOf(rec []byte) record.TraceID { return record.TraceID(rec[1:HeadBytes]) }
