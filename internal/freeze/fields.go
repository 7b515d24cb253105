package freeze

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// A field is an encoded field of a struct, possibly from an embedded one.
type field struct {
	name      string
	key       string // with quotes and colon
	tagged    bool   // the name is from the tag
	index     []int
	plan      *plan
	omitEmpty bool
	isZero    func(*walk, reflect.Value) bool // nil without omitzero
	quoted    bool
}

func structEncoder(t reflect.Type) encoder {
	fields := fieldsOf(t)
	what := guard(t)
	unread := "!UNREAD: " + t.String()
	if what != "a "+t.String() {
		unread += " holds " + what
	}
	return func(w *walk, v reflect.Value, _ bool) {
		if what != "" && !w.trusted {
			w.tell(unread)
			return
		}
		w.fields(v, fields)
	}
}

func (w *walk) fields(v reflect.Value, fields []field) {
	next := byte('{')
	for i := range fields {
		f := &fields[i]
		fv, ok := f.of(v)
		if !ok || f.omitEmpty && isEmpty(fv) || f.isZero != nil && f.isZero(w, fv) {
			continue
		}
		w.buf = append(append(w.buf, next), f.key...)
		next = ','
		if f.plan.encode(w, fv, f.quoted); w.full {
			break
		}
	}
	if next == '{' {
		w.buf = append(w.buf, '{')
	}
	w.buf = append(w.buf, '}')
}

// of returns the field of v. It returns false if the field is in an embedded pointer
// that is nil.
func (f *field) of(v reflect.Value) (_ reflect.Value, ok bool) {
	for _, i := range f.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return v, false
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v, true
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct, reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		return false
	}
	return v.IsZero()
}

// An embedded is an embedded struct whose fields are collected, and its index.
type embedded struct {
	typ   reflect.Type
	index []int
	twice bool // embedded twice at this depth; then its fields hide each other
}

// fieldsOf returns the fields of a struct in order, as encoding/json finds them. It
// goes depth by depth, so that fields hide deeper ones of the same name.
func fieldsOf(t reflect.Type) []field {
	var found []field
	visited := map[reflect.Type]bool{}
	for level := []embedded{{typ: t}}; len(level) > 0; {
		var next []embedded
		for _, e := range level {
			if visited[e.typ] {
				continue
			}
			visited[e.typ] = true
			found, next = e.look(found, next)
		}
		level = next
	}
	return visible(found)
}

// look adds the fields of e to found, and the structs it embeds to next.
func (e embedded) look(found []field, next []embedded) ([]field, []embedded) {
	for i := range e.typ.NumField() {
		sf := e.typ.Field(i)
		tag := sf.Tag.Get("json")
		if tag == "-" || !isCandidate(sf) {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if !isName(name) {
			name = ""
		}
		index := append(slices.Clip(e.index), i)
		target := sf.Type
		if target.Name() == "" && target.Kind() == reflect.Pointer {
			target = target.Elem()
		}
		if name == "" && sf.Anonymous && target.Kind() == reflect.Struct {
			next = embed(next, target, index)
			continue
		}
		f := newField(sf, name, strings.Split(options, ","), index, target)
		found = append(found, f)
		if e.twice {
			found = append(found, f)
		}
	}
	return found, next
}

func embed(next []embedded, t reflect.Type, index []int) []embedded {
	for i := range next {
		if next[i].typ == t {
			next[i].twice = true
			return next
		}
	}
	return append(next, embedded{typ: t, index: index})
}

// isCandidate reports whether a field is visible or may have visible fields.
func isCandidate(sf reflect.StructField) bool {
	if sf.IsExported() || !sf.Anonymous {
		return sf.IsExported()
	}
	t := sf.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct
}

func newField(sf reflect.StructField, name string, options []string, index []int, target reflect.Type) field {
	f := field{
		name:      cmp.Or(name, sf.Name),
		tagged:    name != "",
		index:     index,
		plan:      planOf(sf.Type),
		omitEmpty: slices.Contains(options, "omitempty"),
		quoted:    slices.Contains(options, "string") && isScalar(target.Kind()),
	}
	f.key = `"` + f.name + `":`
	if slices.Contains(options, "omitzero") {
		f.isZero = zeroTest(sf.Type)
	}
	return f
}

func isScalar(k reflect.Kind) bool {
	return reflect.Bool <= k && k <= reflect.Float64 || k == reflect.String
}

func isName(s string) bool {
	for _, c := range s {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c) && !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return false
		}
	}
	return s != ""
}

// visible removes hidden fields. Among fields of the same name the least deep wins,
// then the one with a tag. If that leaves several, none is visible.
func visible(fields []field) []field {
	slices.SortStableFunc(fields, func(a, b field) int {
		return cmp.Or(strings.Compare(a.name, b.name), rank(a, b), slices.Compare(a.index, b.index))
	})
	var out []field
	for len(fields) > 0 {
		n := 1
		for n < len(fields) && fields[n].name == fields[0].name {
			n++
		}
		if n == 1 || rank(fields[0], fields[1]) != 0 {
			out = append(out, fields[0])
		}
		fields = fields[n:]
	}
	slices.SortFunc(out, func(a, b field) int { return slices.Compare(a.index, b.index) })
	return out
}

// rank compares two fields of the same name. The dominant one comes first.
func rank(a, b field) int {
	switch {
	case len(a.index) != len(b.index):
		return cmp.Compare(len(a.index), len(b.index))
	case a.tagged == b.tagged:
		return 0
	case a.tagged:
		return -1
	}
	return +1
}

type isZeroer interface{ IsZero() bool }

var isZeroerType = reflect.TypeFor[isZeroer]()

// zeroTest returns the test for omitzero. It is the type's IsZero method if there is
// one.
func zeroTest(t reflect.Type) func(*walk, reflect.Value) bool {
	switch {
	case t.Implements(isZeroerType):
		return func(w *walk, v reflect.Value) bool { return isNil(v) || w.askZero(v) }
	case reflect.PointerTo(t).Implements(isZeroerType):
		return func(w *walk, v reflect.Value) bool {
			if !v.CanAddr() {
				copied := reflect.New(v.Type()).Elem()
				copied.Set(v)
				v = copied
			}
			return w.askZero(v.Addr())
		}
	}
	return func(_ *walk, v reflect.Value) bool { return v.IsZero() }
}

// isNil reports whether v is a nil pointer or interface, or an interface that
// holds a nil pointer.
func isNil(v reflect.Value) bool {
	if v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
		return v.Kind() == reflect.Pointer && v.IsNil()
	}
	return (v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer) && v.IsNil()
}

func (w *walk) askZero(v reflect.Value) bool {
	z := v.Interface().(isZeroer)
	zero, trouble := ask(&w.asker, "IsZero", z, standard(reflect.TypeOf(z)), func(v any) bool { return v.(isZeroer).IsZero() })
	return zero && trouble == ""
}
