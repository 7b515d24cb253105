package muteino_test

import (
	"log/slog"
	"testing"

	"github.com/cloudwego/eino/compose"
	"github.com/cloudwego/eino/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/price"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// The price source gets all data that eino provides.
func TestCost(t *testing.T) {
	var asked []price.Call
	price.Answer(func(c *price.Call) price.Cost {
		asked = append(asked, *c)
		return price.Cost{USD: 0.5, Known: true, Attrs: []slog.Attr{slog.String("mutagent.cost.source", "own")}}
	})
	t.Cleanup(func() { price.Answer(nil) })
	rec := mutest.New(t)
	chain := compose.NewChain[string, *schema.Message]()
	ask(chain).AppendChatModel(&callingModel{fakeModel{pieces: []*schema.Message{text("Hi."), last("stop")}}})
	_, err := must[app](t)(chain.Compile(t.Context())).Invoke(rec.Context(t.Context()), "Hello!", traced)
	require.NoError(t, err)

	require.Len(t, asked, 1)
	c := asked[0]
	assert.Equal(t, []string{"", "", "fake", "toy-1", "toy-1-2026"}, []string{c.Seller, c.Host, c.Provider, c.Asked, c.Model})
	assert.Equal(t, price.Usage{Input: 100, Output: 20, CacheRead: 80, Reasoning: 15}, c.Usage)
	assert.False(t, c.Time.IsZero())
	told := 0
	for _, s := range rec.Spans() {
		if s.Metrics.CostUSD != 0 {
			told++
			assert.Equal(t, "own", s.Attributes["mutagent.cost.source"])
		}
	}
	assert.Equal(t, 1, told, "the graph did not cost it again")
}
