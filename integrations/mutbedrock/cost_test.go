package mutbedrock_test

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mutagent-io/mutagent-go/internal/price"
	"github.com/mutagent-io/mutagent-go/mutest"
)

// asks sets a price of half a dollar for every call, and returns the list of recorded
// requests for prices.
func asks(t *testing.T) *[]price.Call {
	var asked []price.Call
	price.Answer(func(c *price.Call) price.Cost {
		asked = append(asked, *c)
		return price.Cost{USD: 0.5, Known: true, Attrs: []slog.Attr{slog.String("mutagent.cost.source", "own")}}
	})
	t.Cleanup(func() { price.Answer(nil) })
	return &asked
}

// The price source gets the profile in the address, and the service tier of the answer.
func TestCost(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		do     program
		want   price.Usage
	}{
		"converse": {
			say(200, `{"output":{"message":{"role":"assistant","content":[{"text":"Hi."}]}},"stopReason":"end_turn","serviceTier":{"type":"flex"},`+
				`"usage":{"inputTokens":5,"outputTokens":7,"totalTokens":42,"cacheReadInputTokens":10,"cacheWriteInputTokens":20,"cacheDetails":[{"ttl":"1h","inputTokens":8},{"ttl":"5m","inputTokens":12}]}}`),
			converse(short()),
			price.Usage{Input: 35, Output: 7, CacheRead: 10, CacheWrite: 20, CacheWrite1h: 8, Tier: "flex"},
		},
		"in a hurry": {
			say(200, `{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"end_turn","performanceConfig":{"latency":"optimized"},"usage":{"inputTokens":5,"outputTokens":7,"totalTokens":12}}`),
			converse(short()),
			price.Usage{Input: 5, Output: 7, Tier: "optimized"},
		},
		"stream": {
			stream(start, delta1, stop, endTurn, event("metadata", `{"serviceTier":{"type":"priority"},"usage":{"inputTokens":5,"outputTokens":7,"totalTokens":22,`+
				`"cacheWriteInputTokens":10,"cacheDetails":[{"ttl":"1h","inputTokens":10}]}}`)),
			converseStream(shortStream(), 0, nil),
			price.Usage{Input: 15, Output: 7, CacheWrite: 10, CacheWrite1h: 10, Tier: "priority"},
		},
		"invoke": {
			say(200, `{}`, "X-Amzn-Bedrock-Input-Token-Count", "5", "X-Amzn-Bedrock-Output-Token-Count", "7"),
			invoke(claude, `{"messages":[]}`),
			price.Usage{Input: 5, Output: 7},
		},
		"invoke with a cache": {
			say(200, `{}`, "X-Amzn-Bedrock-Input-Token-Count", "5", "X-Amzn-Bedrock-Output-Token-Count", "7"),
			invoke(claude, `{"system":[{"cache_control":{}}]}`),
			price.Usage{Input: 5, Output: 7, Uncounted: "the answer does not count what was cached"},
		},
	} {
		asked := asks(t)
		rec := mutest.New(t)
		var seen notes
		c.do(rec.Context(t.Context()), newBedrock(t, c.answer).client(true), &seen)
		require.Len(t, *asked, 1, name)
		call := (*asked)[0]
		assert.Equal(t, "aws "+claude, call.Seller+" "+call.Asked, name)
		assert.Equal(t, c.want, call.Usage, name)
		s := rec.Spans()[0]
		assert.Equal(t, 0.5, s.Metrics.CostUSD, name)
		assert.Equal(t, "own", s.Attributes["mutagent.cost.source"], name)
	}
}
