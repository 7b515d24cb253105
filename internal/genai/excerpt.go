package genai

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mutagent-io/mutagent-go/internal/redact"
)

// An Excerpt is a copy of a JSON text without most of its long strings. It is JSON with
// the same structure, and has the numbers and names that come after ten megabytes of
// image data. A string that was cut ends in "… [n bytes]", where n is its whole length.
// The zero Excerpt is empty and ready for use. It may be written in pieces of any size.
type Excerpt struct {
	Cut bool // more was left out than files

	noNumbers bool // leave out lists of numbers, such as embeddings
	buf       []byte
	kept      int // bytes of strings in buf
	overflow  bool

	list     bool // the last byte began a list
	skipping bool // within the numbers of a list

	inString bool
	escape   bool // the last byte was a backslash
	cut      bool // the string is cut
	start    int  // start of the string in buf
	length   int  // length of the string in the original
	padding  int  // number of "=" at its end
}

const (
	// maxText bounds the total length of kept strings. The default limit of a span is 4
	// MiB, which has to fit a request, its answer, and their attributes.
	maxText = 1 << 20
	// minString is the length up to which a string is kept even above maxText, because
	// it may be an ID or a model.
	minString = 256
	// maxStructure bounds everything except strings. JSON without its end is useless,
	// so above this limit nothing is kept.
	maxStructure = 1 << 20
	// maxEncoded is the limit for a string that looks like a file.
	maxEncoded = 4 << 10
)

// Write never returns an error.
func (e *Excerpt) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && !e.overflow {
		if e.inString {
			p = e.text(p)
		} else {
			p = e.structure(p)
		}
	}
	return n, nil
}

// Bytes returns the excerpt, or nil if the structure was too large. The bytes belong to
// e.
func (e *Excerpt) Bytes() []byte {
	if e.overflow {
		return nil
	}
	return e.buf
}

// structure processes bytes between strings, and returns the rest of p.
func (e *Excerpt) structure(p []byte) []byte {
	n := bytes.IndexByte(p, '"')
	if n < 0 {
		n = len(p)
	}
	if e.noNumbers {
		e.withoutNumbers(p[:n])
	} else {
		e.buf = append(e.buf, p[:n]...)
	}
	if len(e.buf)-e.kept > maxStructure {
		e.overflow, e.Cut, e.buf = true, true, nil
		return nil
	}
	if n == len(p) {
		return nil
	}
	e.buf = append(e.buf, '"')
	e.inString, e.start, e.length, e.padding = true, len(e.buf), 0, 0
	e.list, e.skipping = false, false
	return p[n+1:]
}

// withoutNumbers appends p without the numbers at the beginning of a list.
func (e *Excerpt) withoutNumbers(p []byte) {
	for _, c := range p {
		switch {
		case c <= ' ':
			continue
		case c == '-' || c >= '0' && c <= '9':
			e.skipping = e.skipping || e.list
		case e.skipping && (c == '.' || c == 'e' || c == 'E' || c == '+' || c == ','):
		default:
			e.skipping = false
		}
		e.list = c == '['
		if !e.skipping {
			e.buf = append(e.buf, c)
		}
	}
}

// text processes bytes of a string, and returns the rest of p.
func (e *Excerpt) text(p []byte) []byte {
	if e.escape {
		e.escape = false
		e.keep(p[:1])
		return p[1:]
	}
	quote := bytes.IndexByte(p, '"')
	if quote < 0 {
		quote = len(p)
	}
	i := 0
	for i < quote {
		n := bytes.IndexByte(p[i:quote], '\\')
		if n < 0 {
			e.keep(p[i:quote])
			i = quote
			break
		}
		end := i + n + 2
		if end > len(p) {
			e.keep(p[i:])
			e.escape = true
			return nil
		}
		e.keep(p[i:end])
		if i = end; i > quote { // the quote was escaped
			return p[i:]
		}
	}
	if i == len(p) {
		return nil
	}
	e.endString()
	return p[quote+1:]
}

// keep appends bytes of a string while there is room.
func (e *Excerpt) keep(p []byte) {
	e.length += len(p)
	if e.cut {
		e.pad(p)
		return
	}
	have := len(e.buf) - e.start
	limit := max(minString, maxText-e.kept)
	if limit > maxEncoded && have+len(p) > maxEncoded && e.isEncoded(p) {
		e.pad(p)
		p, e.cut = p[:maxEncoded-have], true
	} else if have+len(p) > limit {
		// Redaction comes later. The end, in which the cut may have split a secret, goes.
		room := max(0, limit-redact.Overhang)
		e.buf = e.buf[:e.start+min(have, room)]
		p = p[:min(len(p), room-min(have, room))]
		e.cut, e.Cut = true, true
	}
	e.grow(len(p))
	e.buf = append(e.buf, p...)
}

// grow makes room for n more bytes. append would grow a long text by a quarter at a
// time, and copy it five times.
func (e *Excerpt) grow(n int) {
	if need := len(e.buf) + n; need > cap(e.buf) {
		e.buf = append(make([]byte, 0, max(need, 2*cap(e.buf))), e.buf...)
	}
}

// isEncoded reports whether the string so far looks like base64 or a data URL. Ordinary
// text of that length has a space or a byte beyond ASCII.
func (e *Excerpt) isEncoded(p []byte) bool {
	have := e.buf[e.start:]
	if len(have) > maxEncoded {
		return false // already checked
	}
	return encoded(have) && encoded(p[:maxEncoded-len(have)])
}

func encoded(p []byte) bool {
	for _, c := range p {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '+' || c == '/' || c == '=' || c == '-' || c == '_' || c == ':' || c == ';' || c == ',' || c == '.' || c == '\\':
		default:
			return false
		}
	}
	return true
}

// pad counts the padding at the end of the string so far.
func (e *Excerpt) pad(p []byte) {
	n := len(p) - len(bytes.TrimRight(p, "="))
	if n < len(p) {
		e.padding = 0
	}
	e.padding = min(e.padding+n, 2)
}

func (e *Excerpt) endString() {
	if e.cut {
		e.buf = wholeRunes(e.buf, e.start)
		e.buf = append(e.buf, "=="[:e.padding]...) // of a file, so that its size can be computed
		e.buf = append(e.buf, cutMark...)
		e.buf = strconv.AppendInt(e.buf, int64(e.length), 10)
		e.buf = append(e.buf, " bytes]"...)
	}
	e.kept += len(e.buf) - e.start
	e.buf = append(e.buf, '"')
	e.inString, e.cut = false, false
}

const cutMark = "… ["

// wholeRunes returns b without an incomplete character or escape at its end.
func wholeRunes(b []byte, start int) []byte {
	tail := max(start, len(b)-5)
	if i := bytes.LastIndexByte(b[tail:], '\\'); i >= 0 {
		i += tail
		slashes := 0
		for i-slashes >= start && b[i-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 1 { // otherwise the backslashes are pairs
			return b[:i]
		}
	}
	for n := len(b); n > start && n > len(b)-utf8.UTFMax; n-- {
		if utf8.RuneStart(b[n-1]) {
			if !utf8.FullRune(b[n-1:]) {
				return b[:n-1]
			}
			break
		}
	}
	return b
}

// cutTail returns the original length of a cut string s, and the length of the mark at
// its end. It returns 0 if s was not cut.
func cutTail(s string) (whole int64, mark int) {
	if !strings.HasPrefix(s, cutMark) {
		return 0, 0
	}
	digits, _, ok := strings.Cut(s[len(cutMark):], " bytes]")
	n, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil {
		return 0, 0
	}
	return n, len(cutMark) + len(digits) + len(" bytes]")
}

// cutLength returns the kept part of a string, and its original length.
func cutLength(s string) (kept string, length int64) {
	if i := strings.LastIndex(s, cutMark); i >= 0 && strings.HasSuffix(s, " bytes]") {
		n, err := strconv.ParseInt(s[i+len(cutMark):len(s)-len(" bytes]")], 10, 64)
		if err == nil {
			return s[:i], n
		}
	}
	return s, int64(len(s))
}
