package freeze

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"unicode/utf8"
)

// A marshalled is the result of MarshalJSON or MarshalText. It has the text of the
// error, because Error is a method of the program, too.
type marshalled struct {
	bytes   []byte
	failure string
}

func marshal(bytes []byte, err error) marshalled {
	if err != nil {
		return marshalled{failure: cmp.Or(err.Error(), "no reason")}
	}
	return marshalled{bytes: bytes}
}

// json calls MarshalJSON of v.
func (w *walk) json(v json.Marshaler, trusted bool) ([]byte, string) {
	got, trouble := ask(&w.asker, "MarshalJSON", v, trusted, func(v any) marshalled { return marshal(v.(json.Marshaler).MarshalJSON()) })
	if got.failure != "" {
		trouble = failure("MarshalJSON", v, got.failure)
	}
	return got.bytes, trouble
}

// text calls MarshalText of v.
func (w *walk) text(v encoding.TextMarshaler, trusted bool) ([]byte, string) {
	got, trouble := ask(&w.asker, "MarshalText", v, trusted, func(v any) marshalled { return marshal(v.(encoding.TextMarshaler).MarshalText()) })
	if got.failure != "" {
		trouble = failure("MarshalText", v, got.failure)
	}
	return got.bytes, trouble
}

func failure(method string, v any, text string) string {
	return "!ERROR: json: error calling " + method + " for type " + reflect.TypeOf(v).String() + ": " + strings.ToValidUTF8(text, "\uFFFD")
}

func marshalJSON(trusted bool) encoder {
	return func(w *walk, v reflect.Value, _ bool) {
		m := asMarshaler[json.Marshaler](v)
		if m == nil {
			w.null()
			return
		}
		raw, trouble := w.json(m, trusted && v.Kind() != reflect.Interface)
		if trouble == "" {
			trouble = w.raw(m, raw)
		}
		if trouble != "" {
			w.tell(trouble)
		}
	}
}

// raw appends the JSON returned by m in compact form, if it is valid.
func (w *walk) raw(m any, raw []byte) (trouble string) {
	if !utf8.Valid(raw) {
		raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	}
	if len(raw) > maxPooled && !w.take(len(raw)) {
		return ""
	}
	at := len(w.buf)
	buf := bytes.NewBuffer(w.buf)
	err := json.Compact(buf, raw)
	w.buf = buf.Bytes()
	if err != nil {
		w.buf = w.buf[:at]
		return failure("MarshalJSON", m, err.Error())
	}
	return ""
}

func marshalText(trusted bool) encoder {
	return func(w *walk, v reflect.Value, _ bool) {
		m := asMarshaler[encoding.TextMarshaler](v)
		if m == nil {
			w.null()
			return
		}
		text, trouble := w.text(m, trusted && v.Kind() != reflect.Interface)
		if trouble != "" {
			w.tell(trouble)
		} else {
			w.buf = appendString(w.buf, text)
		}
	}
}

// asMarshaler returns v as an M, or a nil M if v does not implement it.
func asMarshaler[M any](v reflect.Value) (m M) {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return m
	}
	m, _ = v.Interface().(M)
	return m
}
