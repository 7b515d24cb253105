package mutlangchain

import (
	"time"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/price"
)

// sellers maps providers to the seller that their package always calls. The packages of
// other providers accept the address of any server.
var sellers = map[string]string{"aws.bedrock": "aws", "gcp.gemini": "google"}

// charge sets the cost of a call on the span and in used.
func (m model) charge(span *mutagent.Span, name string, began time.Time, used *mutagent.Metrics) {
	cost := price.Of(&price.Call{
		Seller: sellers[m.provider], Provider: m.provider, Asked: name, Time: began,
		Usage: price.Usage{
			Input: used.InputTokens, Output: used.OutputTokens, Reasoning: used.ReasoningTokens,
			CacheRead: used.CachedInputTokens, CacheWrite: used.CacheWriteTokens,
		},
	})
	used.CostUSD, used.Free = cost.USD, cost.Known && cost.USD == 0
	span.SetAttributes(cost.Attrs...)
}
