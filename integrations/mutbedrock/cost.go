package mutbedrock

import (
	"bytes"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/price"
)

// Terms are what a price depends on beside the tokens that metrics have.
type terms struct {
	tier    string // of service
	written int64  // to the cache for an hour
}

// take keeps what an answer says of its terms.
func (t *terms) take(tier *types.ServiceTier, latency *types.PerformanceConfiguration, u *types.TokenUsage) {
	if tier != nil {
		t.tier = string(tier.Type)
	}
	if latency != nil && latency.Latency == types.PerformanceConfigLatencyOptimized {
		t.tier = string(latency.Latency)
	}
	if u == nil {
		return
	}
	for _, d := range u.CacheDetails {
		if d.Ttl == types.CacheTTLOneHour {
			t.written += int64(aws.ToInt32(d.InputTokens))
		}
	}
}

// charge says on the span and in m what the call cost. Of InvokeModel, Bedrock does not
// count what was cached.
func (c *call) charge(m *mutagent.Metrics) {
	sold := price.Call{Seller: "aws", Provider: "aws.bedrock", Asked: c.op.model, Time: c.began, Usage: price.Usage{
		Input: m.InputTokens, Output: m.OutputTokens, CacheRead: m.CachedInputTokens, CacheWrite: m.CacheWriteTokens,
		CacheWrite1h: c.terms.written, Tier: c.terms.tier,
	}}
	if bytes.Contains(c.op.body, []byte("cache_control")) || bytes.Contains(c.op.body, []byte("cachePoint")) {
		sold.Usage.Uncounted = "the answer does not count what was cached"
	}
	cost := price.Of(&sold)
	m.CostUSD, m.Free = cost.USD, cost.Known && cost.USD == 0
	c.span.SetAttributes(cost.Attrs...)
}
