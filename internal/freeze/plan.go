package freeze

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// An encoder encodes values of one type. quoted is the "string" option of a field.
type encoder func(w *walk, v reflect.Value, quoted bool)

// A plan is the encoder of a type. The plans of types inside it are made on first use,
// so that a type may contain itself.
type plan struct {
	typ     reflect.Type
	decided atomic.Pointer[encoder]
}

var plans sync.Map // reflect.Type -> *plan

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p, _ := plans.LoadOrStore(t, &plan{typ: t})
	return p.(*plan)
}

func (p *plan) encoder() encoder {
	if e := p.decided.Load(); e != nil {
		return *e
	}
	e := newEncoder(p.typ, true)
	p.decided.Store(&e)
	return e
}

func (p *plan) encode(w *walk, v reflect.Value, quoted bool) {
	if w.take(0) {
		p.encoder()(w, v, quoted)
	}
}

var (
	marshalerType     = reflect.TypeFor[json.Marshaler]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
	numberType        = reflect.TypeFor[json.Number]()
	unsafeType        = reflect.TypeFor[Unsafe]()
)

// newEncoder selects a method by the rules of encoding/json: MarshalJSON before
// MarshalText, and methods of *T if the value is addressable.
func newEncoder(t reflect.Type, mayHaveAddr bool) encoder {
	if t == unsafeType {
		return func(w *walk, v reflect.Value, _ bool) { w.unsafe(v.Interface().(Unsafe)) }
	}
	byAddr := mayHaveAddr && t.Kind() != reflect.Pointer
	switch {
	case t.Implements(marshalerType):
		return marshalJSON(standard(t))
	case byAddr && reflect.PointerTo(t).Implements(marshalerType):
		return ifAddr(marshalJSON(standard(t)), newEncoder(t, false))
	case t.Implements(textMarshalerType):
		return marshalText(standard(t))
	case byAddr && reflect.PointerTo(t).Implements(textMarshalerType):
		return ifAddr(marshalText(standard(t)), newEncoder(t, false))
	}
	return kindEncoder(t)
}

func ifAddr(with, without encoder) encoder {
	return func(w *walk, v reflect.Value, quoted bool) {
		if v.CanAddr() {
			with(w, v.Addr(), quoted)
		} else {
			without(w, v, quoted)
		}
	}
}

func kindEncoder(t reflect.Type) encoder {
	switch t.Kind() {
	case reflect.Bool:
		return func(w *walk, v reflect.Value, quoted bool) {
			at := len(w.buf)
			w.buf = strconv.AppendBool(w.buf, v.Bool())
			w.quote(at, quoted)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(w *walk, v reflect.Value, quoted bool) {
			at := len(w.buf)
			w.buf = strconv.AppendInt(w.buf, v.Int(), 10)
			w.quote(at, quoted)
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return func(w *walk, v reflect.Value, quoted bool) {
			at := len(w.buf)
			w.buf = strconv.AppendUint(w.buf, v.Uint(), 10)
			w.quote(at, quoted)
		}
	case reflect.Float32, reflect.Float64:
		bits := t.Bits()
		return func(w *walk, v reflect.Value, quoted bool) {
			at := len(w.buf)
			w.float(v.Float(), bits)
			w.quote(at, quoted)
		}
	case reflect.String:
		if t == numberType {
			return func(w *walk, v reflect.Value, quoted bool) {
				at := len(w.buf)
				w.number(json.Number(v.String()))
				w.quote(at, quoted)
			}
		}
		return encodeString
	case reflect.Interface:
		return encodeInterface
	case reflect.Struct:
		return structEncoder(t)
	case reflect.Map:
		return mapEncoder(t)
	case reflect.Slice:
		return sliceEncoder(t)
	case reflect.Array:
		return arrayEncoder(t)
	case reflect.Pointer:
		return pointerEncoder(t)
	}
	return unsupported(t)
}

// quote quotes the value encoded from at on, if the field requires it. An error text is
// already a string.
func (w *walk) quote(at int, quoted bool) {
	if quoted && w.buf[at] != '"' {
		w.buf = append(slices.Insert(w.buf, at, '"'), '"')
	}
}

func encodeString(w *walk, v reflect.Value, quoted bool) {
	if quoted {
		w.string(string(appendString(nil, v.String())))
	} else {
		w.string(v.String())
	}
}

func encodeInterface(w *walk, v reflect.Value, _ bool) {
	if v.IsNil() {
		w.null()
		return
	}
	w.left++ // the value was counted twice
	w.any(v.Interface())
}

func unsupported(t reflect.Type) encoder {
	text := "!ERROR: json: unsupported type: " + t.String()
	return func(w *walk, _ reflect.Value, _ bool) { w.tell(text) }
}

func pointerEncoder(t reflect.Type) encoder {
	elem := planOf(t.Elem())
	return func(w *walk, v reflect.Value, quoted bool) {
		switch {
		case v.IsNil():
			w.null()
		case w.enter(t, v.Pointer(), 1):
			elem.encoder()(w, v.Elem(), quoted)
			w.leave()
		}
	}
}

func sliceEncoder(t reflect.Type) encoder {
	if t.Elem().Kind() == reflect.Uint8 {
		if p := reflect.PointerTo(t.Elem()); !p.Implements(marshalerType) && !p.Implements(textMarshalerType) {
			return encodeBytes
		}
	}
	elements := arrayEncoder(t)
	return func(w *walk, v reflect.Value, quoted bool) {
		switch {
		case v.IsNil():
			w.null()
		case w.enter(t, v.Pointer(), v.Len()):
			elements(w, v, quoted)
			w.leave()
		}
	}
}

func encodeBytes(w *walk, v reflect.Value, _ bool) {
	b := v.Bytes()
	switch {
	case v.IsNil():
		w.null()
	case w.take(base64.StdEncoding.EncodedLen(len(b))):
		w.buf = append(w.buf, '"')
		w.buf = append(base64.StdEncoding.AppendEncode(w.buf, b), '"')
	}
}

func arrayEncoder(t reflect.Type) encoder {
	elem := planOf(t.Elem())
	return func(w *walk, v reflect.Value, quoted bool) {
		w.buf = append(w.buf, '[')
		encode, n := elem.encoder(), v.Len()
		for i := range n {
			if i > 0 {
				w.buf = append(w.buf, ',')
			}
			if !w.take(0) {
				break
			}
			encode(w, v.Index(i), quoted)
			if w.full {
				break
			}
		}
		w.buf = append(w.buf, ']')
	}
}

// A member is a member of a map.
type member struct {
	key   string
	value reflect.Value
}

func mapEncoder(t reflect.Type) encoder {
	switch t.Key().Kind() {
	case reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
	default:
		if !t.Key().Implements(textMarshalerType) {
			return unsupported(t)
		}
	}
	elem := planOf(t.Elem())
	return func(w *walk, v reflect.Value, quoted bool) {
		switch {
		case v.IsNil():
			w.null()
		case v.Len() > w.left:
			w.overflow() // there is not even room to sort the keys
		case w.enter(t, v.Pointer(), v.Len()):
			w.members(v, elem, quoted)
			w.leave()
		}
	}
}

func (w *walk) members(v reflect.Value, elem *plan, quoted bool) {
	members := make([]member, 0, v.Len())
	for iter := v.MapRange(); iter.Next(); {
		members = append(members, member{w.keyText(iter.Key()), iter.Value()})
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	w.buf = append(w.buf, '{')
	for i, m := range members {
		w.key(i, m.key)
		if elem.encode(w, m.value, quoted); w.full {
			break
		}
	}
	w.buf = append(w.buf, '}')
}

// keyText returns the key of a member, or a text that says why there is none.
func (w *walk) keyText(k reflect.Value) string {
	if k.Kind() == reflect.String {
		return k.String()
	}
	if m, ok := k.Interface().(encoding.TextMarshaler); ok {
		if k.Kind() == reflect.Pointer && k.IsNil() {
			return ""
		}
		text, trouble := w.text(m, standard(k.Type()))
		if trouble != "" {
			return trouble
		}
		return string(text)
	}
	if k.CanInt() {
		return strconv.FormatInt(k.Int(), 10)
	}
	return strconv.FormatUint(k.Uint(), 10)
}
