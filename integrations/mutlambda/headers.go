package mutlambda

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
)

// headersOf returns the headers of W3C Trace Context that an event of HTTP brings.
// API Gateway, load balancers and function URLs call them headers, each with one
// value, or multiValueHeaders. event is JSON, or anything that was decoded from it.
func headersOf(event any) http.Header {
	if raw, ok := event.(json.RawMessage); ok {
		event = peek(raw)
	}
	v := reflect.ValueOf(event)
	if h := traceHeaders(member(v, "multiValueHeaders")); len(h) > 0 {
		return h // has what the others leave out: a second value
	}
	return traceHeaders(member(v, "headers"))
}

// maxPeek bounds the events that are decoded for the sake of their headers.
const maxPeek = 1 << 20

// A carrier is an event of HTTP, as far as headers go.
type carrier struct {
	Headers           any `json:"headers"`
	MultiValueHeaders any `json:"multiValueHeaders"`
}

func peek(raw json.RawMessage) (c carrier) {
	if len(raw) <= maxPeek {
		_ = json.Unmarshal(raw, &c) // what is no object has no headers
	}
	return c
}

// member returns what encoding/json calls name in v: a field or a key. The zero
// Value stands for none.
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

// inner returns what is behind pointers and interfaces.
func inner(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	return v
}

// traceHeaders returns those of headers that tell of a trace.
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

// texts returns v, which is a text or a list of them.
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
