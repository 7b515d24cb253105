package semconv

import (
	"bytes"
	"encoding/json"
	"strings"
)

// parsed decodes a text with a JSON object or list. It returns anything else as it is.
func parsed(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	trimmed := strings.TrimSpace(text)
	if trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' {
		return v
	}
	if inner := decode([]byte(trimmed)); inner != nil {
		return inner
	}
	return v
}

func decode(raw []byte) any {
	if !json.Valid(raw) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

func encode(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return nil
	}
	return bytes.TrimSpace(b.Bytes())
}

// JSON returns v as JSON, or "" for nil.
func JSON(v any) string {
	if v == nil {
		return ""
	}
	return string(encode(v))
}

// or returns the first of two values that is not empty.
func or(a, b any) any {
	if a == nil || a == "" {
		return b
	}
	return a
}

func str(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}
