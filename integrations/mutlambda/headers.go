package mutlambda

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
)

// headersOf returns the W3C Trace Context headers in an HTTP event. API Gateway, load
// balancers and function URLs use the key headers, with one value each, or
// multiValueHeaders. event is JSON, or any value decoded from it.
func headersOf(event any) http.Header {
	if raw, ok := event.(json.RawMessage); ok {
		event = peek(raw)
	}
	v := reflect.ValueOf(event)
	if h := traceHeaders(member(v, "multiValueHeaders")); len(h) > 0 {
		return h // contains the second values that headers leaves out
	}
	return traceHeaders(member(v, "headers"))
}

// maxPeek is the maximum size of events that are decoded to read their headers.
const maxPeek = 1 << 20

// A carrier is the headers of an HTTP event.
type carrier struct {
	Headers           any `json:"headers"`
	MultiValueHeaders any `json:"multiValueHeaders"`
}

func peek(raw json.RawMessage) (c carrier) {
	if len(raw) <= maxPeek {
		_ = json.Unmarshal(raw, &c) // a value that is not an object has no headers
	}
	return c
}

// member returns the field or the key that encoding/json calls name in v, or the zero
// Value if there is none.
func member(v reflect.Value, name string) reflect.Value {
	v = inner(v)
	switch {
	case v.Kind() == reflect.Map && v.Type().Key() == reflect.TypeFor[string]():
		return v.MapIndex(reflect.ValueOf(name))
	case v.Kind() == reflect.Struct:
		return field(v, name)
	}
	return reflect.Value{}
}

func field(v reflect.Value, name string) reflect.Value {
	for _, f := range reflect.VisibleFields(v.Type()) {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if tag == "" {
			tag = f.Name
		}
		if f.IsExported() && strings.EqualFold(tag, name) {
			found, _ := v.FieldByIndexErr(f.Index) // an embedded pointer may be nil
			return found
		}
	}
	return reflect.Value{}
}

// inner follows pointers and interfaces.
func inner(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v
}

// traceHeaders returns the trace context headers.
func traceHeaders(headers reflect.Value) http.Header {
	headers = inner(headers)
	if headers.Kind() != reflect.Map || headers.Type().Key().Kind() != reflect.String {
		return nil
	}
	h := http.Header{}
	for it := headers.MapRange(); it.Next(); {
		switch name := http.CanonicalHeaderKey(it.Key().String()); name {
		case "Traceparent", "Tracestate":
			h[name] = append(h[name], texts(it.Value())...)
		}
	}
	return h
}

// texts returns v, a string or a list of strings, as a list.
func texts(v reflect.Value) (all []string) {
	switch v = inner(v); v.Kind() {
	case reflect.String:
		return []string{v.String()}
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, texts(v.Index(i))...)
		}
	}
	return all
}
