package store

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/mutagent-io/mutagent-go/cmd/mutview/internal/trace"
)

// A hundred spans take 1 to 100 ns; every second span uses as many tokens and dollars.
func TestPercentilesByName(t *testing.T) { all(t, testPercentilesByName) }

func testPercentilesByName(t *testing.T, s *Store) {
	var spans []*trace.Span
	for i := 1; i <= 100; i++ {
		span := &trace.Span{TraceID: "t", SpanID: fmt.Sprint(i), Name: "chat", Start: 1000, End: trace.Time(1000 + i), Attributes: trace.Attrs{}}
		if i%2 == 0 {
			span.Attributes = trace.Attrs{"gen_ai.usage.input_tokens": int64(i - 1), "gen_ai.usage.output_tokens": int64(1), "gen_ai.usage.cost": float64(i)}
		}
		spans = append(spans, span)
	}
	spans = append(spans, &trace.Span{TraceID: "t", SpanID: "tool", Name: "tool", Start: 1, End: 2, Status: trace.Error},
		&trace.Span{TraceID: "t", SpanID: "open", Name: "open", Start: 1})
	if err := s.Add(context.Background(), spans, nil); err != nil {
		t.Fatal(err)
	}
	list, err := s.Names(context.Background())
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	chat, tool := list[0], list[1]
	if chat.Name != "chat" || chat.Count != 100 || chat.CostUSD != 2550 {
		t.Errorf("%+v", chat)
	}
	for _, p := range []struct {
		got  *Percentiles
		want [3]float64
		last float64
	}{{chat.Duration, [3]float64{50, 95, 99}, 100}, {chat.Tokens, [3]float64{50, 96, 100}, 100}, {chat.Cost, [3]float64{50, 96, 100}, 100}} {
		if p.got == nil || [3]float64{p.got.P50, p.got.P95, p.got.P99} != p.want || p.got.Recent[len(p.got.Recent)-1] != p.last || !slices.IsSorted(p.got.Recent) {
			t.Errorf("%+v instead of %v", p.got, p.want)
		}
	}
	if len(chat.Duration.Recent) != 60 || len(chat.Cost.Recent) != 50 {
		t.Error(len(chat.Duration.Recent), len(chat.Cost.Recent))
	}
	if tool.Errors != 1 || tool.Tokens != nil || tool.Cost != nil {
		t.Errorf("%+v", tool)
	}
}
