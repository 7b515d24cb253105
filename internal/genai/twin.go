package genai

import "bytes"

// Most events of a stream differ from the one before in what is said and in
// nothing else. A twin remembers an event that did no more than add to a piece, so
// that the next one like it needs not be parsed: this takes a tenth of the time.
//
// Everything else that such an event says it has said before, and saying it again
// changes nothing. To be remembered, what it says must be in plain sight: without a
// backslash anywhere.
type twin struct {
	target   *piece // nil if there is nothing to compare with
	text     []byte
	literals [][]byte // of text, between the gaps
	gaps     []gap
}

// A gap is where events may differ.
type gap byte

const (
	gapSaid   gap = iota // a string, the one that is said
	gapText              // a string of no interest
	gapNumber            // a number of no interest
)

// noise are values that differ from event to event for no other reason.
var noise = []struct {
	key string
	gap gap
}{
	{`"sequence_number":`, gapNumber},
	{`"obfuscation":"`, gapText},
	{`"created_at":"`, gapText},
}

// match returns what an event says that is a twin of the one remembered: a JSON
// string, quotes included.
func (t *twin) match(data []byte) (said []byte, ok bool) {
	if t.target == nil {
		return nil, false
	}
	at := 0
	for i, gap := range t.gaps {
		if !bytes.HasPrefix(data[at:], t.literals[i]) {
			return nil, false
		}
		at += len(t.literals[i])
		n := gap.length(data[at:])
		if n < 0 {
			return nil, false
		}
		if gap == gapSaid {
			said = data[at-1 : min(at+n+1, len(data))]
		}
		at += n
	}
	return said, bytes.Equal(data[at:], t.literals[len(t.gaps)])
}

// length returns how long the gap is that data begins with, or -1.
func (g gap) length(data []byte) int {
	if g == gapNumber {
		return digits(data)
	}
	for i := 0; ; {
		n := bytes.IndexByte(data[i:], '"')
		if n < 0 {
			return -1
		}
		slash := bytes.IndexByte(data[i:i+n], '\\')
		if slash < 0 {
			return i + n
		}
		if i += slash + 2; i > len(data) {
			return -1
		}
	}
}

// digits returns how many data begins with, or -1 if none.
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

// forget is for an event that is no twin of any other.
func (t *twin) forget() { t.target = nil }

// learn remembers an event that added said to target. It has to find out where in
// the event that stands.
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

// quoted returns where in text the string s stands, or -1 unless it is in one place.
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

// noise adds the gaps between two places, and returns where the next literal begins.
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

// add adds a gap at a place, after the literal that begins at from.
func (t *twin) add(g gap, from, at int) int {
	t.literals = append(t.literals, t.text[from:at])
	t.gaps = append(t.gaps, g)
	return at
}
