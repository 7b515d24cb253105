package mutlangchain

import (
	"time"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/price"
)

// sellers are who is called by packages that can call nobody else: the others take the
// address of any server.
var sellers = map[string]string{"aws.bedrock": "aws", "gcp.gemini": "google"}

// charge says on the span and in used what a call cost.
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
