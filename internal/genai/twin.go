package genai

import "bytes"

// Most events of a stream differ from the previous one only in their text. A twin
// remembers an event that only extended a piece. The next similar event then need not
// be parsed, which takes a tenth of the time, nor, if it was written at once, be split
// from the others, which takes half of the rest.
//
// All other values of such an event are the same as before, and reading them again
// would change nothing. An event is remembered only if its text appears in it
// literally, and if it has no backslash.
type twin struct {
	target   *piece   // nil if no event is remembered
	text     []byte   // the event, in its frame if it was written at once
	head     int      // length of the frame before the event
	tail     int      // length of the frame after it, or 0 if there is no frame
	literals [][]byte // of text, between the gaps
	gaps     []gap
}

// A gap is a place where events may differ.
type gap byte

const (
	gapSaid   gap = iota // the string with the text
	gapText              // a string that is ignored
	gapNumber            // a number that is ignored
)

// noise are values that differ from event to event and are ignored.
var noise = []struct {
	key string
	gap gap
}{
	{`"sequence_number":`, gapNumber},
	{`"obfuscation":"`, gapText},
	{`"created_at":"`, gapText},
}

// match returns the text of an event that is a twin of the remembered one, as a JSON
// string with quotes, or nil.
func (t *twin) match(data []byte) (said []byte) {
	if t.target == nil {
		return nil
	}
	last := t.literals[len(t.gaps)]
	said, n := t.compare(data, t.literals[0][t.head:], last[:len(last)-t.tail])
	if n < len(data) {
		return nil
	}
	return said
}

// matchFramed is match for an event in its frame at the beginning of p. It also returns
// the length of both.
func (t *twin) matchFramed(p []byte) (said []byte, length int) {
	if t.target == nil || t.tail == 0 {
		return nil, 0
	}
	return t.compare(p, t.literals[0], t.literals[len(t.gaps)])
}

// compare compares p with the literals, of which it is given the first and the last. It
// returns the text between them and the length of all, or nil and 0.
func (t *twin) compare(p, first, last []byte) (said []byte, length int) {
	if !bytes.HasPrefix(p, first) {
		return nil, 0
	}
	at := len(first)
	for i, gap := range t.gaps {
		n := gap.length(p[at:])
		if n < 0 {
			return nil, 0
		}
		if gap == gapSaid {
			said = p[at-1 : min(at+n+1, len(p))]
		}
		at += n
		literal := last
		if i+1 < len(t.gaps) {
			literal = t.literals[i+1]
		}
		if !bytes.HasPrefix(p[at:], literal) {
			return nil, 0
		}
		at += len(literal)
	}
	return said, at
}

// length returns the length of the gap at the beginning of data, or -1.
func (g gap) length(data []byte) int {
	if g == gapNumber {
		return digits(data)
	}
	for i := 0; i < len(data); i++ { // mostly a word
		switch c := data[i]; {
		case c == '"':
			return i
		case c == '\\':
			i++
		case c < ' ': // the end of a line, at the latest
			return -1
		}
	}
	return -1
}

// digits returns the number of digits at the beginning of data, or -1 if there are
// none.
func digits(data []byte) int {
	n := 0
	for n < len(data) && '0' <= data[n] && data[n] <= '9' {
		n++
	}
	if n == 0 {
		return -1
	}
	return n
}

// forget forgets the remembered event.
func (t *twin) forget() { t.target = nil }

// learn remembers an event that added said to target. It finds the position of said in
// the event. raw is the event as it was written, or nil.
func (t *twin) learn(raw, data, said []byte, target *piece) {
	t.forget()
	if bytes.IndexByte(data, '\\') >= 0 {
		return
	}
	t.frame(raw, data)
	from, to := t.head, len(t.text)-t.tail
	at := quoted(t.text[from:to], said)
	if at < 0 {
		return
	}
	at += from
	t.literals, t.gaps = t.literals[:0], t.gaps[:0]
	begin := t.noise(0, at)
	t.add(gapSaid, begin, at)
	begin = t.noise(at+len(said), to)
	t.literals = append(t.literals, t.text[begin:])
	t.target = target
}

// frame sets the text to raw, if that has nothing behind data except the ends of lines,
// or else to data.
func (t *twin) frame(raw, data []byte) {
	before, framed := bytes.CutSuffix(bytes.TrimRight(raw, "\r\n"), data)
	if !framed {
		t.text, t.head, t.tail = append(t.text[:0], data...), 0, 0
		return
	}
	t.text, t.head, t.tail = append(t.text[:0], raw...), len(before), len(raw)-len(before)-len(data)
}

// quoted returns the position of the string s in text. It returns -1 if there is none
// or more than one.
func quoted(text, s []byte) int {
	at := -1
	for from := 0; ; {
		i := bytes.Index(text[from:], s)
		if i < 0 {
			return at
		}
		i += from
		if end := i + len(s); i > 0 && text[i-1] == '"' && end < len(text) && text[end] == '"' {
			if at >= 0 {
				return -1
			}
			at = i
		}
		from = i + 1
	}
}

// noise adds the gaps between two positions, and returns the start of the next literal.
func (t *twin) noise(from, to int) int {
	for _, n := range noise {
		if i := bytes.Index(t.text[from:to], []byte(n.key)); i >= 0 {
			at := from + i + len(n.key)
			if length := n.gap.length(t.text[at:to]); length > 0 {
				from = t.add(n.gap, from, at) + length
			}
		}
	}
	return from
}

// add adds a gap at position at, after the literal that begins at from.
func (t *twin) add(g gap, from, at int) int {
	t.literals = append(t.literals, t.text[from:at])
	t.gaps = append(t.gaps, g)
	return at
}
