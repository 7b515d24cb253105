package benchmarks

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/mutagent-io/mutagent-go"
)

// A lookup and an order are a small struct in and out.
type lookup struct {
	Order int    `json:"order"`
	Zip   string `json:"zip"`
}

type order struct {
	Parcels int    `json:"parcels"`
	Carrier string `json:"carrier"`
	Late    bool   `json:"late"`
}

var asked = lookup{Order: 4711, Zip: "10115"}

// find is a function that costs nothing, so that what is measured is its wrapping.
//
//go:noinline
func find(_ context.Context, l lookup) (order, error) {
	return order{Parcels: l.Order % 3, Carrier: "ACME", Late: true}, nil
}

var wrapped = mutagent.Wrap(mutagent.KindTool, find)

// BenchmarkWrap compares a wrapped function with the parts that it cannot do
// without: a span, and its argument and result as JSON.
func BenchmarkWrap(b *testing.B) {
	run(b, mutagentNull(func(ctx context.Context) { _, _ = wrapped(ctx, asked) }), parts)
}

// parts marshals for nobody, into a bare span.
var parts = impl{"parts", func(b *testing.B) recorder {
	return recorderOf(newClient(b, ""), func(ctx context.Context) {
		_, end := mutagent.Start(ctx, mutagent.KindTool, "find")
		defer end()
		_, _ = json.Marshal(asked)
		found, _ := find(ctx, asked)
		_, _ = json.Marshal(found)
	})
}}

// BenchmarkWrapDisabled compares a function that was wrapped with the same called
// plainly, while tracing is off.
func BenchmarkWrapDisabled(b *testing.B) {
	disable(b)
	ctx := context.Background()
	b.Run("impl=mutagent", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = wrapped(ctx, asked)
		}
	})
	b.Run("impl=plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = find(ctx, asked)
		}
	})
}
