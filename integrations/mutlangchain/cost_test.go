package mutlangchain_test

import (
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tmc/langchaingo/llms"

	"github.com/mutagent-io/mutagent-go/integrations/mutlangchain"
	"github.com/mutagent-io/mutagent-go/internal/price"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// The price source gets all data that langchaingo provides.
func TestCost(t *testing.T) {
	var asked []price.Call
	price.Answer(func(c *price.Call) price.Cost {
		asked = append(asked, *c)
		return price.Cost{USD: 0.5, Known: true, Attrs: []slog.Attr{slog.String("mutagent.cost.source", "own")}}
	})
	t.Cleanup(func() { price.Answer(nil) })
	rec := mutest.New(t)
	model := mutlangchain.Model("toy-1", &fakeModel{choice: llms.ContentChoice{GenerationInfo: map[string]any{
		"InputTokens": 10, "OutputTokens": 5, "CacheCreationInputTokens": 20, "CacheReadInputTokens": 70,
	}}})
	_, err := model.GenerateContent(rec.Context(t.Context()), question)
	require.NoError(t, err)

	require.Len(t, asked, 1)
	c := asked[0]
	assert.Equal(t, []string{"", "", "mutlangchain_test", "toy-1"}, []string{c.Seller, c.Host, c.Provider, c.Asked}, "nobody knows who was called")
	assert.Equal(t, price.Usage{Input: 100, Output: 5, CacheRead: 70, CacheWrite: 20}, c.Usage)
	s := rec.Spans()[0]
	assert.Equal(t, 0.5, s.Metrics.CostUSD)
	assert.Equal(t, "own", s.Attributes["mutagent.cost.source"])
}
