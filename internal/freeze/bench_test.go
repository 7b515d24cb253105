package freeze

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"
)

type question1 struct {
	Text    string            `json:"text"`
	Limit   int               `json:"limit,omitempty"`
	Tags    []string          `json:"tags"`
	Filters map[string]string `json:"filters"`
	Asked   time.Time         `json:"asked"`
	Scores  []float64         `json:"scores"`
}

// BenchmarkValue compares encoding typical values with encoding/json.
func BenchmarkValue(b *testing.B) {
	arguments := map[string]any{"city": "Paris", "days": 3.0, "units": []any{"C", "mm"}, "exact": true, "place": map[string]any{"lat": 48.85, "lon": 2.35}}
	vector := make([]float32, 1536)
	for i := range vector {
		vector[i] = float32(i) / 1000
	}
	for name, v := range map[string]any{
		"text":            "What is the weather in Paris, and will it rain tomorrow?",
		"map":             arguments,
		"struct":          question1{"weather", 3, []string{"a", "b"}, map[string]string{"lang": "fr"}, time.Unix(1e9, 0).UTC(), []float64{.1, .25}},
		"pointer":         &question1{Text: "weather"},
		"vector":          vector,
		"own-MarshalJSON": &byPtr{1},
	} {
		b.Run(name+"/freeze", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Value(v)
			}
		})
		b.Run(name+"/encoding-json", func(b *testing.B) {
			b.ReportAllocs()
			var buf bytes.Buffer
			for b.Loop() {
				buf.Reset()
				enc := json.NewEncoder(&buf)
				enc.SetEscapeHTML(false)
				_ = enc.Encode(v)
				_ = bytes.Clone(buf.Bytes())
			}
		})
	}
}

func BenchmarkAttr(b *testing.B) {
	for name, a := range map[string]slog.Attr{
		"plain":     slog.String("k", "v"),
		"group":     slog.Group("g", "a", 1, "b", "x"),
		"map":       slog.Any("k", map[string]any{"a": 1}),
		"LogValuer": slog.Any("k", pair{"x", "y"}),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var few [4]slog.Attr
			for b.Loop() {
				Attr(few[:0], a)
			}
		})
	}
}
