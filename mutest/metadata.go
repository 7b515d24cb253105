package mutest

import (
	"encoding/json"
	"math"
	"time"
)

// metadata is the object of that name, with numbers as json.Number. Its methods return
// the value of a key, or what another key of the span says.
type metadata map[string]any

func (m metadata) text(key string, others ...string) string {
	if text, ok := m[key].(string); ok {
		return text
	}
	for _, other := range others {
		if other != "" {
			return other
		}
	}
	return ""
}

func (m metadata) number(key string, other any) any {
	if n, ok := m[key].(json.Number); ok {
		return n
	}
	return other
}

func (m metadata) count(key string, other any) int64 {
	return int64(floatOf(m.number(key, other)))
}

func (m metadata) float(key string, other any) float64 {
	return floatOf(m.number(key, other))
}

// seconds returns the seconds that key has, or the milliseconds of another one.
func (m metadata) seconds(key string, other any) time.Duration {
	if n, ok := m[key].(json.Number); ok {
		return duration(n, time.Second)
	}
	return duration(other, time.Millisecond)
}

func duration(n any, unit time.Duration) time.Duration {
	return time.Duration(math.Round(floatOf(n) * float64(unit)))
}

// isZero reports whether v is a number, and 0.
func isZero(v any) bool {
	n, ok := v.(json.Number)
	f, err := n.Float64()
	return ok && err == nil && f == 0
}

// floatOf returns 0 for what is no number.
func floatOf(v any) float64 {
	n, _ := v.(json.Number)
	f, _ := n.Float64()
	return f
}
