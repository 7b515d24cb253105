package mutotel

import (
	"log/slog"
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/mutagent-io/mutagent-go"
)

// attributes are those of an OpenTelemetry span, by key.
type attributes map[attribute.Key]attribute.Value

func read(list []attribute.KeyValue) attributes {
	a := make(attributes, len(list))
	for _, kv := range list {
		a[kv.Key] = kv.Value
	}
	return a
}

func (a attributes) slog() []slog.Attr {
	list := make([]slog.Attr, 0, len(a))
	for _, key := range slices.Sorted(maps.Keys(a)) {
		list = append(list, slog.Any(string(key), a[key].AsInterface()))
	}
	return list
}

// text is the text under the first of the keys that has one.
func (a attributes) text(keys ...attribute.Key) string {
	for _, key := range keys {
		if v := a[key]; v.Type() == attribute.STRING && v.AsString() != "" {
			return v.AsString()
		}
	}
	return ""
}

// number is the number under the first of the keys that has one.
func (a attributes) number(keys ...attribute.Key) float64 {
	for _, key := range keys {
		switch v := a[key]; v.Type() {
		case attribute.INT64:
			return float64(v.AsInt64())
		case attribute.FLOAT64:
			return v.AsFloat64()
		}
	}
	return 0
}

func (a attributes) count(keys ...attribute.Key) int64 { return max(0, int64(a.number(keys...))) }

// tell gives a span what the attributes mean, and those that mean nothing more than
// they say.
func (a attributes) tell(s *mutagent.Span) {
	s.SetMetrics(a.metrics())
	if in := a.input(); in != nil {
		s.SetInput(in)
	}
	if out := a.output(); out != nil {
		s.SetOutput(out)
	}
	var rest []slog.Attr
	for _, attr := range a.slog() {
		if !payload(attr.Key) {
			rest = append(rest, attr)
		}
	}
	s.SetAttributes(rest...)
}

// payload reports whether an attribute is part of the input or output, where it is
// subject to what is said of those.
func payload(key string) bool {
	if slices.Contains(inputKeys, attribute.Key(key)) || slices.Contains(outputKeys, attribute.Key(key)) {
		return true
	}
	for _, prefix := range []string{"llm.input_messages.", "llm.output_messages.", "gen_ai.prompt.", "gen_ai.completion.", "retrieval.documents."} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}
