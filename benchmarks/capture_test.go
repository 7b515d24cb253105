package benchmarks

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/mutagent-io/mutagent-go/internal/freeze"
)

// A hit is what a retrieval finds.
type hit struct {
	ID    string            `json:"id"`
	Text  string            `json:"text"`
	Score float64           `json:"score"`
	Meta  map[string]string `json:"meta,omitempty"`
}

// captured are values as programs give them to Wrap and SetInput.
var captured = map[string]any{
	"struct": asked,
	"map":    map[string]any{"query": "where is my order", "limit": 10, "filters": []any{"open", "paid"}, "page": nil},
	"slice":  hits(100),
}

func hits(n int) (all []hit) {
	for i := range n {
		all = append(all, hit{
			ID: strconv.Itoa(i), Text: "The order was handed to the carrier on Monday.", Score: 1 / float64(i+1),
			Meta: map[string]string{"source": "orders", "lang": "en"},
		})
	}
	return all
}

// BenchmarkCapture is what it costs to take a value of the program: by the rules that
// keep the program from harm, and by encoding/json, which has none.
func BenchmarkCapture(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(captured)) {
		v := captured[name]
		b.Run("value="+name+"/impl=mutagent", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				freeze.Value(v)
			}
		})
		b.Run("value="+name+"/impl=json", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = json.Marshal(v)
			}
		})
	}
}
