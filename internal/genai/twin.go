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
	target   *piece // nil if no event is remembered
	text     []byte
	literals [][]byte // of the event, between the gaps
	gaps     []gap

	frame         []byte // around the event in the stream
	before, after []byte // both ends of frame; after is empty if the frame is unknown
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
	said, n := t.begins(data)
	if n < len(data) {
		return nil
	}
	return said
}

// matchFramed is match for an event in its frame at the beginning of p. It also returns
// the length of both.
func (t *twin) matchFramed(p []byte) (said []byte, length int) {
	if len(t.after) == 0 || !bytes.HasPrefix(p, t.before) {
		return nil, 0
	}
	said, n := t.begins(p[len(t.before):])
	n += len(t.before)
	if said == nil || !bytes.HasPrefix(p[n:], t.after) {
		return nil, 0
	}
	return said, n + len(t.after)
}

// begins is match for an event at the beginning of p. It also returns its length.
func (t *twin) begins(p []byte) (said []byte, length int) {
	if t.target == nil {
		return nil, 0
	}
	at := 0
	for i, gap := range t.gaps {
		if !bytes.HasPrefix(p[at:], t.literals[i]) {
			return nil, 0
		}
		at += len(t.literals[i])
		n := gap.length(p[at:])
		if n < 0 {
			return nil, 0
		}
		if gap == gapSaid {
			said = p[at-1 : min(at+n+1, len(p))]
		}
		at += n
	}
	last := t.literals[len(t.gaps)]
	if !bytes.HasPrefix(p[at:], last) {
		return nil, 0
	}
	return said, at + len(last)
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
// the event.
func (t *twin) learn(data, said []byte, target *piece) {
	t.forget()
	if bytes.IndexByte(data, '\\') >= 0 {
		return
	}
	t.text = append(t.text[:0], data...)
	at := quoted(t.text, said)
	if at < 0 {
		return
	}
	t.literals, t.gaps = t.literals[:0], t.gaps[:0]
	begin := t.noise(0, at)
	t.add(gapSaid, begin, at)
	begin = t.noise(at+len(said), len(t.text))
	t.literals = append(t.literals, t.text[begin:])
	t.target = target
}

// learnFrame remembers what is around data in raw, an event as it was written. It
// remembers nothing if raw is nil, or has more behind the data than the ends of lines.
func (t *twin) learnFrame(raw, data []byte) {
	t.frame, t.after = append(t.frame[:0], raw...), nil
	end := len(bytes.TrimRight(t.frame, "\r\n"))
	if bytes.HasSuffix(t.frame[:end], data) {
		t.before, t.after = t.frame[:end-len(data)], t.frame[end:]
	}
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
