// Package freeze takes values from the traced program in such a way that
// nothing the program does later can change them, and nothing its methods do
// now can harm it: a panic, an endless chain or a cycle becomes a text that
// says so.
//
// Out of reach is what overflows the stack, because no Go program can recover from
// that: a method that calls itself without end, such as a MarshalJSON that
// marshals its own receiver, and data that is nested some hundred thousand levels
// deep. Both would end the program in encoding/json, too.
package freeze

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// JSON is one encoded JSON value: valid, UTF-8, and nobody's to change.
// Inside a [slog.Value] it stands for what was not of an immutable kind.
type JSON []byte

// A LogValuer can nest groups without end, and have each hold several more. So
// depth and number are bounded, in each attribute that the program gave.
const (
	maxDepth   = 64
	maxMembers = 1 << 16
)

// Attrs appends frozen copies of attrs to dst and returns it with the bytes
// that their keys and values hold. As slog asks of handlers, empty attributes
// and empty groups are left out, and a group without a key is inlined.
func Attrs(dst []slog.Attr, attrs []slog.Attr) (_ []slog.Attr, size int) {
	for _, a := range attrs {
		var n int
		dst, n = Attr(dst, a)
		size += n
	}
	return dst, size
}

// Attr is Attrs for one attribute. The slow way gets a slice of its own, so that
// dst may be on the caller's stack: the compiler gives up on what goes through a
// recursion.
func Attr(dst []slog.Attr, a slog.Attr) (_ []slog.Attr, size int) {
	if isPlain(a.Value) {
		return append(dst, a), len(a.Key) + sizeOf(a.Value)
	}
	left := maxMembers
	slow, size := attr(nil, a, 0, &left)
	return append(dst, slow...), size
}

// isPlain reports whether v is immutable as it is.
func isPlain(v slog.Value) bool {
	k := v.Kind()
	return k != slog.KindAny && k != slog.KindGroup && k != slog.KindLogValuer
}

func attr(dst []slog.Attr, a slog.Attr, depth int, left *int) (_ []slog.Attr, size int) {
	a.Value = a.Value.Resolve() // recovers from a LogValue that panics or never ends
	switch a.Value.Kind() {
	case slog.KindGroup:
		return group(dst, a, depth, left)
	case slog.KindAny:
		if a.Key == "" && a.Value.Any() == nil {
			return dst, 0 // the empty Attr
		}
		a.Value = frozen(a.Value.Any())
	}
	return append(dst, a), len(a.Key) + sizeOf(a.Value)
}

func group(dst []slog.Attr, a slog.Attr, depth int, left *int) (_ []slog.Attr, size int) {
	members := a.Value.Group()
	if *left -= len(members); depth == maxDepth || *left < 0 {
		a.Value = slog.StringValue("!ERROR: too many groups in groups")
		return append(dst, a), len(a.Key) + sizeOf(a.Value)
	}
	outer := len(dst)
	for _, m := range members {
		var n int
		dst, n = attr(dst, m, depth+1, left)
		size += n
	}
	if a.Key == "" || len(dst) == outer {
		return dst, size
	}
	a.Value = slog.GroupValue(slices.Clone(dst[outer:])...)
	return append(dst[:outer], a), size + len(a.Key) + 8
}

// Upsert adds a to attrs, or puts it in the place of the one that has its key.
func Upsert(attrs []slog.Attr, a slog.Attr) []slog.Attr {
	for i := range attrs {
		if attrs[i].Key == a.Key {
			attrs[i] = a
			return attrs
		}
	}
	return append(attrs, a)
}

// Size returns the bytes that a frozen attribute holds, as Attrs counts them.
func Size(a slog.Attr) int { return len(a.Key) + sizeOf(a.Value) }

func sizeOf(v slog.Value) int {
	switch v.Kind() {
	case slog.KindString:
		return len(v.String()) + 8
	case slog.KindGroup:
		size := 8
		for _, a := range v.Group() {
			size += Size(a)
		}
		return size
	case slog.KindAny:
		if raw, ok := v.Any().(JSON); ok {
			return len(raw) + 8
		}
	}
	return 16
}

// frozen returns the immutable counterpart of a value of kind Any.
func frozen(v any) slog.Value {
	if raw, ok := v.(JSON); ok {
		return slog.AnyValue(raw)
	}
	if err, ok := v.(error); ok {
		if _, ok := v.(json.Marshaler); !ok {
			return slog.StringValue(ErrorText(err))
		}
	}
	return slog.AnyValue(Value(v))
}

// ErrorText returns err.Error(), or a text that says why it cannot be had. It
// returns "" for nil.
func ErrorText(err error) (text string) {
	if err == nil {
		return ""
	}
	defer func() {
		if p := recover(); p != nil {
			text = panicText("Error", err, p)
		}
	}()
	return err.Error()
}

// Text returns what v says of itself by Error or String, what it is if it is of a
// basic type, and otherwise its JSON: package fmt would follow a cycle until the
// stack overflows.
func Text(v any) (text string) {
	defer func() {
		if p := recover(); p != nil {
			text = panicText("String", v, p)
		}
	}()
	switch v := v.(type) {
	case string:
		return v
	case error:
		return ErrorText(v)
	case fmt.Stringer:
		return v.String()
	}
	return string(Value(v))
}

// Value encodes v as encoding/json does, except that HTML is not escaped and
// an error that cannot marshal itself is its text. It never fails: what cannot
// be encoded becomes a JSON string that begins with "!ERROR" or "!PANIC".
func Value(v any) JSON {
	if err, ok := v.(error); ok {
		if _, ok := v.(json.Marshaler); !ok {
			v = ErrorText(err)
		}
	}
	raw, err := marshal(v)
	if err != nil {
		raw, _ = marshal("!ERROR: " + strings.ToValidUTF8(err.Error(), "\uFFFD"))
	}
	return raw
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled keeps one huge value from staying in the pool for good.
const maxPooled = 64 << 10

func marshal(v any) (raw JSON, err error) {
	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		if p := recover(); p != nil {
			raw, err = marshal(panicText("MarshalJSON", v, p))
		}
		if buf.Cap() <= maxPooled {
			buf.Reset()
			buffers.Put(buf)
		}
	}()
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	encoded := bytes.TrimSuffix(buf.Bytes(), []byte{'\n'})
	if utf8.Valid(encoded) {
		return bytes.Clone(encoded), nil
	}
	// encoding/json passes the bytes of a MarshalJSON or RawMessage through.
	return bytes.ToValidUTF8(encoded, []byte("\uFFFD")), nil
}

// panicText says that a method of v panicked with p, or "<nil>", as fmt and slog
// do, if that is only because v is a nil pointer.
func panicText(method string, v, p any) (text string) {
	if ptr := reflect.ValueOf(v); ptr.Kind() == reflect.Pointer && ptr.IsNil() {
		return "<nil>"
	}
	what := fmt.Sprintf("%T", p)
	defer func() {
		_ = recover() // from p.Error, which is the program's like the method that panicked
		text = fmt.Sprintf("!PANIC: %s of %T: %s", method, v, strings.ToValidUTF8(what, "\uFFFD"))
	}()
	switch p := p.(type) {
	case string:
		what = p
	case error:
		what = p.Error()
	}
	return ""
}

// Cut shortens s to at most n bytes without splitting a character.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:max(n, 0)]
}
