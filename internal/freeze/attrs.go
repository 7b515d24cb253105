package freeze

import (
	"encoding/json"
	"log/slog"
	"reflect"
	"slices"
)

// A LogValuer can nest groups without end, and each can have several more. So depth and
// number are bounded for each attribute of the program.
const (
	maxGroups  = 64 // nested in each other
	maxMembers = 1 << 16
)

// Attrs appends frozen copies of attrs to dst. It also returns the bytes of their keys
// and values. As slog requires of handlers, empty attributes and empty groups are left
// out, and a group without a key is inlined.
func Attrs(dst []slog.Attr, attrs []slog.Attr) (_ []slog.Attr, size int) {
	for _, a := range attrs {
		var n int
		dst, n = Attr(dst, a)
		size += n
	}
	return dst, size
}

// Attr is Attrs for one attribute. The slow path uses a slice of its own, so that dst
// may be on the caller's stack: escape analysis gives up on a slice that is passed to a
// recursive function.
func Attr(dst []slog.Attr, a slog.Attr) (_ []slog.Attr, size int) {
	if isPlain(a.Value) {
		return append(dst, a), len(a.Key) + sizeOf(a.Value)
	}
	t := taker{left: maxMembers}
	defer t.close()
	slow, size := t.attr(nil, a, 0)
	return append(dst, slow...), size
}

// Glance is Attr for a value that nobody else will read. It reads only immutable values
// and errors, whose text does not change. Other values are represented by their type.
func Glance(dst []slog.Attr, a slog.Attr) (_ []slog.Attr, size int) {
	if isPlain(a.Value) {
		return append(dst, a), len(a.Key) + sizeOf(a.Value)
	}
	t := taker{left: maxMembers, glance: true}
	defer t.close()
	slow, size := t.attr(nil, a, 0)
	return append(dst, slow...), size
}

// isPlain reports whether v is immutable.
func isPlain(v slog.Value) bool {
	k := v.Kind()
	return k != slog.KindAny && k != slog.KindGroup && k != slog.KindLogValuer
}

// Plain reports whether all attrs, including members of groups, are immutable.
func Plain(attrs []slog.Attr) bool {
	for _, a := range attrs {
		if a.Value.Kind() == slog.KindGroup && Plain(a.Value.Group()) || isPlain(a.Value) {
			continue
		}
		return false
	}
	return true
}

// A taker freezes one attribute of the program.
type taker struct {
	asker
	left   int  // number of group members still allowed
	glance bool // do not read values that can change
}

func (t *taker) attr(dst []slog.Attr, a slog.Attr, depth int) (_ []slog.Attr, size int) {
	trusted := t.trusted
	defer func() { t.trusted = trusted }()
	a.Value = t.resolve(a.Value)
	switch a.Value.Kind() {
	case slog.KindGroup:
		return t.group(dst, a, depth)
	case slog.KindAny:
		if a.Key == "" && a.Value.Any() == nil {
			return dst, 0 // the empty Attr
		}
		a.Value = t.frozen(a.Value.Any())
	}
	return append(dst, a), len(a.Key) + sizeOf(a.Value)
}

// resolve calls LogValue until the value is no LogValuer.
func (t *taker) resolve(v slog.Value) slog.Value {
	if v.Kind() != slog.KindLogValuer {
		return v
	}
	if u, ok := v.Any().(Unsafe); ok {
		t.trusted = true
		return t.resolve(slog.AnyValue(u.V))
	}
	if t.glance && !t.trusted {
		return slog.StringValue(unread(v.Any()))
	}
	// ask calls Resolve, which recovers from a LogValue that panics or never ends.
	resolved, trouble := ask(&t.asker, "LogValue", v.Any(), false, func(v any) slog.Value { return slog.AnyValue(v).Resolve() })
	if trouble != "" {
		return slog.StringValue(trouble)
	}
	return resolved
}

func (t *taker) group(dst []slog.Attr, a slog.Attr, depth int) (_ []slog.Attr, size int) {
	members := a.Value.Group()
	if t.left -= len(members); depth == maxGroups || t.left < 0 {
		a.Value = slog.StringValue("!ERROR: too many groups in groups")
		return append(dst, a), len(a.Key) + sizeOf(a.Value)
	}
	outer := len(dst)
	for _, m := range members {
		var n int
		dst, n = t.attr(dst, m, depth+1)
		size += n
	}
	if a.Key == "" || len(dst) == outer {
		return dst, size
	}
	a.Value = slog.GroupValue(slices.Clone(dst[outer:])...)
	return append(dst[:outer], a), size + len(a.Key) + 8
}

// frozen returns the immutable form of a value of kind Any.
func (t *taker) frozen(v any) slog.Value {
	if raw, ok := v.(JSON); ok {
		return slog.AnyValue(raw)
	}
	if err, ok := v.(error); ok {
		if _, ok := v.(json.Marshaler); !ok {
			return slog.StringValue(errorText(&t.asker, err))
		}
	}
	if t.glance && !t.trusted && v != nil {
		return slog.StringValue(unread(v))
	}
	return slog.AnyValue(value(v, t.trusted))
}

func unread(v any) string { return "!UNREAD: " + reflect.TypeOf(v).String() }

// Size returns the bytes of a frozen attribute, as Attrs counts them.
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
