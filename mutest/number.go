package mutest

import (
	"encoding/json"
	"strconv"
)

// plain replaces the json.Numbers in v, which it changes, by numbers of Go.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		return plainNumber(v)
	case map[string]any:
		return plainMap(v)
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}

func plainMap(m map[string]any) map[string]any {
	for k := range m {
		m[k] = plain(m[k])
	}
	return m
}

func plainNumber(n json.Number) any {
	if i, err := n.Int64(); err == nil {
		return i
	}
	if u, err := strconv.ParseUint(n.String(), 10, 64); err == nil {
		return u
	}
	f, _ := n.Float64() // out of range, it is infinite
	return f
}
