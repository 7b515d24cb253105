// Package semconv reads the meaning of spans from their attributes. It knows the names
// of OpenTelemetry's GenAI conventions, OpenInference, OpenLLMetry, Genkit, ADK and the
// MutagenT API. It reads the output of internal/otlp and of other senders.
package semconv

import (
	"encoding/json"
	"strconv"
)

// Attributes are the attributes of a span. Values are strings, booleans, Go numbers or
// json.Number, []string, and the results of encoding/json for lists and objects.
type Attributes map[string]any

// Text returns the text of the first of the keys that has one.
func (a Attributes) Text(keys ...string) string {
	for _, key := range keys {
		switch v := a[key].(type) {
		case string:
			if v != "" {
				return v
			}
		case json.Number:
			return v.String()
		case int64:
			return strconv.FormatInt(v, 10)
		}
	}
	return ""
}

// Number returns the number of the first of the keys that has one.
func (a Attributes) Number(keys ...string) float64 {
	for _, key := range keys {
		if n, ok := number(a[key]); ok {
			return n
		}
	}
	return 0
}

func (a Attributes) count(keys ...string) int64 { return max(0, int64(a.Number(keys...))) }

// maxNumber is larger than any count or cost. Larger digits in a text are an ID.
const maxNumber = 1e15

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case string:
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil && f < maxNumber
	}
	return 0, false
}
