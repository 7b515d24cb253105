package genai

import "bytes"

// A splitter splits a stream, in pieces of any size, into server-sent events or lines.
// The result does not depend on how the stream is split into pieces. Lines end in LF,
// CR or CRLF.
type splitter struct {
	emit  func(name, data []byte)
	take  func(p []byte) int // reads an event at the beginning of p that looks familiar, and returns its length or 0
	lines bool               // each line is an event that has only data

	within bool   // an event has begun
	began  []byte // what was written from the beginning of the event on; nil if that was in an earlier piece
	raw    []byte // the event that is being emitted as it was written; nil if it came in several pieces

	field   field
	head    []byte // the beginning of a line, until its field is known
	first   bool   // no byte of the value has arrived
	afterCR bool
	name    []byte // of the event
	data    []byte
	some    bool     // the event has data, perhaps only an empty line
	long    *Excerpt // replaces data if that is long
}

// A field is the name of a line's field.
type field byte

const (
	fieldUnknown field = iota
	fieldData
	fieldName
	fieldOther
)

// maxEvent is the length from which on the data of an event is shortened.
const maxEvent = 256 << 10

// maxHead is more than the longest field name of interest plus a byte order mark.
const maxHead = 16

func (s *splitter) Write(p []byte) {
	for len(p) > 0 {
		if s.afterCR {
			s.afterCR = false
			if p[0] == '\n' {
				p = p[1:]
				continue
			}
		}
		n := s.familiar(p)
		if n == 0 {
			n = s.line(p)
		}
		s.afterCR = p[n-1] == '\r'
		p = p[n:]
	}
	s.began = nil // the bytes are the caller's
}

// familiar reads an event at the beginning of p that need not be split, and returns its
// length or 0.
func (s *splitter) familiar(p []byte) int {
	if s.within || s.take == nil {
		return 0
	}
	return s.take(p)
}

// line reads the first line of p, or all of p if that line goes on. It returns the
// length with the line's end.
func (s *splitter) line(p []byte) int {
	if !s.within {
		s.within, s.began = true, p
	}
	n := lineEnd(p)
	s.piece(p[:n])
	if n == len(p) {
		return n
	}
	n++
	if s.began != nil {
		s.raw = s.began[:len(s.began)-len(p)+n]
	}
	s.endLine()
	s.raw = nil
	return n
}

// Close ends the last event at the end of the stream. The last empty line may be
// missing.
func (s *splitter) Close() {
	s.endLine()
	s.dispatch()
}

// lineEnd returns the end of the first line of p, or len(p).
func lineEnd(p []byte) int {
	n := bytes.IndexByte(p, '\n')
	if n < 0 {
		n = len(p)
	}
	if cr := bytes.IndexByte(p[:n], '\r'); cr >= 0 {
		return cr
	}
	return n
}

// piece processes a piece of a line.
func (s *splitter) piece(p []byte) {
	if s.field == fieldUnknown {
		p = s.begin(p)
	}
	if s.first && len(p) > 0 {
		s.first = false
		p = bytes.TrimPrefix(p, []byte{' '})
	}
	switch s.field {
	case fieldData:
		s.add(p)
	case fieldName:
		s.name = append(s.name, p[:min(len(p), 64-len(s.name))]...)
	}
}

// begin determines the field of a line, and returns the rest of p.
func (s *splitter) begin(p []byte) []byte {
	if s.lines {
		s.field = fieldData
		return p
	}
	n := bytes.IndexByte(p[:min(len(p), maxHead-len(s.head))], ':')
	switch {
	case n >= 0:
		s.head = append(s.head, p[:n]...)
		s.known()
		return p[n+1:]
	case len(s.head)+len(p) >= maxHead:
		s.field = fieldOther
	default:
		s.head = append(s.head, p...)
	}
	return nil
}

// known sets the field of a line from its head. A comment has no field.
func (s *splitter) known() {
	s.field, s.first = fieldOther, true
	switch string(bytes.TrimPrefix(s.head, []byte("\uFEFF"))) {
	case "data":
		s.field = fieldData
		if s.some {
			s.add([]byte{'\n'})
		}
		s.some = true
	case "event":
		s.field, s.name = fieldName, s.name[:0]
	}
}

func (s *splitter) add(p []byte) {
	if s.long == nil && len(s.data)+len(p) > maxEvent {
		s.long = new(Excerpt)
		_, _ = s.long.Write(s.data)
	}
	if s.long != nil {
		_, _ = s.long.Write(p)
		return
	}
	s.data = append(s.data, p...)
}

func (s *splitter) endLine() {
	switch {
	case s.lines:
		s.some = len(s.data) > 0 || s.long != nil
		s.dispatch()
	case s.field == fieldUnknown && len(s.head) > 0:
		s.known() // a field without a value
	case s.field == fieldUnknown:
		s.dispatch()
	}
	s.field, s.head, s.first = fieldUnknown, s.head[:0], false
}

func (s *splitter) dispatch() {
	name, data, some := s.name, s.data, s.some
	if s.long != nil {
		data = s.long.Bytes()
	}
	s.within, s.began = false, nil
	// Reset before emit, because that may end the call.
	s.name, s.data, s.some, s.long = s.name[:0], s.data[:0], false, nil
	if some {
		s.emit(name, data)
	}
}
