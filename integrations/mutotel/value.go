package mutotel

import (
	"fmt"
	"reflect"

	"github.com/mutagent-io/mutagent-go/internal/semconv"
)

// plain returns a value of OpenTelemetry's as encoding/json would: lists as []any or as
// a slice of one type, maps as map[string]any.
//
// The values of log records have been of attribute.Value since OpenTelemetry 1.47. ADK
// needs earlier versions, in which they are of log.Value. Neither version has both
// types, so values are read by what their methods are called.
func plain(v any) any {
	if v, ok := v.(interface{ AsInterface() any }); ok { // attribute.Value
		return plain(v.AsInterface())
	}
	r := reflect.ValueOf(v)
	switch {
	case !r.IsValid():
		return nil
	case r.Kind() == reflect.Slice && r.Type().Elem().Kind() == reflect.Struct:
		return plainList(r)
	case r.MethodByName("Kind").IsValid():
		return plain(ofLog(v, r))
	}
	return v
}

// ofLog returns what a log.Value holds.
func ofLog(v any, r reflect.Value) any {
	switch fmt.Sprint(r.MethodByName("Kind").Call(nil)[0]) {
	case "Bool":
		return v.(interface{ AsBool() bool }).AsBool()
	case "Int64":
		return v.(interface{ AsInt64() int64 }).AsInt64()
	case "Float64":
		return v.(interface{ AsFloat64() float64 }).AsFloat64()
	case "String":
		return v.(interface{ AsString() string }).AsString()
	case "Bytes":
		return v.(interface{ AsBytes() []byte }).AsBytes()
	case "Slice":
		return r.MethodByName("AsSlice").Call(nil)[0].Interface()
	case "Map":
		return r.MethodByName("AsMap").Call(nil)[0].Interface()
	}
	return nil
}

// plainList returns a slice of values as a list, and a slice of pairs as a map.
func plainList(r reflect.Value) any {
	if _, ok := r.Type().Elem().FieldByName("Key"); !ok {
		list := make([]any, r.Len())
		for i := range list {
			list[i] = plain(r.Index(i).Interface())
		}
		return list
	}
	m := map[string]any{}
	for i := range r.Len() {
		key, v := pair(r.Index(i))
		m[key] = v
	}
	return m
}

// pairs returns the pairs that walk passes to its argument.
func pairs[Pair any](walk func(func(Pair) bool)) semconv.Attributes {
	a := semconv.Attributes{}
	walk(func(p Pair) bool {
		key, v := pair(reflect.ValueOf(p))
		a[key] = v
		return true
	})
	return a
}

func pair(r reflect.Value) (key string, v any) {
	return r.FieldByName("Key").String(), plain(r.FieldByName("Value").Interface())
}
