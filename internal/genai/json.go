package genai

import (
	"encoding/json"
	"log/slog"

	"github.com/valyala/fastjson"

	"github.com/mutagent-io/mutagent-go/internal/jsontext"
)

var parsers fastjson.ParserPool

// text returns a copy of the string at keys, or "".
func text(v *fastjson.Value, keys ...string) string {
	return string(v.GetStringBytes(keys...))
}

// raw returns a copy of v as JSON without files, or nil for nil and null. fastjson
// itself writes invalid JSON for control characters.
func raw(v *fastjson.Value) json.RawMessage {
	if v == nil || v.Type() == fastjson.TypeNull {
		return nil
	}
	return appendJSON(nil, v)
}

func appendJSON(dst []byte, v *fastjson.Value) []byte {
	switch v.Type() {
	case fastjson.TypeString:
		return appendString(dst, WithoutFiles(string(v.GetStringBytes())))
	case fastjson.TypeArray:
		dst = append(dst, '[')
		for i, item := range v.GetArray() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	case fastjson.TypeObject:
		dst = append(dst, '{')
		first := true
		v.GetObject().Visit(func(key []byte, member *fastjson.Value) {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = appendKey(dst, string(key))
			dst = appendJSON(dst, member)
		})
		return append(dst, '}')
	}
	return v.MarshalTo(dst) // a number in its original form, or a literal
}

// appendKey appends the key of a member.
func appendKey(dst []byte, key string) []byte { return append(appendString(dst, key), ':') }

func appendString(dst []byte, s string) []byte { return jsontext.AppendString(dst, s) }

// sorted returns an object as JSON with sorted keys, so that equal objects give equal
// texts.
func sorted(v *fastjson.Value) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw(v), &members) != nil {
		return raw(v)
	}
	text, err := json.Marshal(members)
	if err != nil {
		return raw(v)
	}
	return text
}

// ToolData returns the arguments or the result of a tool, without files. They are a
// text that is mostly JSON. It returns JSON if the text is valid JSON, and otherwise
// the text. An interrupted call has incomplete arguments.
func ToolData(s string) any {
	if s == "" {
		return nil
	}
	s = WithoutFiles(s)
	if json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	return s
}

// ToolValue is [ToolData] for values of a program: strings and JSON, and lists and
// objects of them. It does not change v. Other values are returned unchanged.
func ToolValue(v any) any {
	switch v := v.(type) {
	case string:
		return WithoutFiles(v)
	case json.RawMessage:
		return ToolData(string(v))
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = ToolValue(item)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, member := range v {
			out[key] = ToolValue(member)
		}
		return out
	}
	return v
}

// value returns v as the value of an attribute: numbers, words and lists of strings as
// they are, everything else as JSON. ok is false for a missing value and null.
func value(v *fastjson.Value) (_ slog.Value, ok bool) {
	if v == nil {
		return slog.Value{}, false
	}
	switch v.Type() {
	case fastjson.TypeNull:
		return slog.Value{}, false
	case fastjson.TypeString:
		return slog.StringValue(text(v)), true
	case fastjson.TypeTrue, fastjson.TypeFalse:
		return slog.BoolValue(v.GetBool()), true
	case fastjson.TypeNumber:
		if n, err := v.Int64(); err == nil {
			return slog.Int64Value(n), true
		}
		return slog.Float64Value(v.GetFloat64()), true
	}
	return slog.AnyValue(raw(v)), true
}

// A param is a request parameter and its attribute.
type param struct{ key, attribute string }

// params adds attributes for the parameters that v has.
func (c *Call) params(v *fastjson.Value, list []param) {
	for _, p := range list {
		if val, ok := value(pick(v, p.key)); ok {
			c.attr(slog.Attr{Key: p.attribute, Value: val})
		}
	}
}

// list adds a parameter that is a string or a list of strings, as a list.
func (c *Call) list(v *fastjson.Value, attribute string) {
	switch {
	case v == nil:
	case v.Type() == fastjson.TypeString:
		c.attr(slog.Any(attribute, []string{text(v)}))
	case v.Type() == fastjson.TypeArray:
		c.attr(slog.Any(attribute, raw(v)))
	}
}
