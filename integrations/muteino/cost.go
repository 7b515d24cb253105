package muteino

import (
	"strings"

	"github.com/mutagent-io/mutagent-go"
	"github.com/mutagent-io/mutagent-go/internal/price"
)

// charge sets the cost of a model call on the span and in m. Eino provides the protocol
// of a component, such as OpenAI, but not the host that it calls.
func (r *run) charge(m *mutagent.Metrics) {
	sold := price.Call{Asked: r.model, Model: m.Model, Time: r.began, Usage: price.Usage{
		Input: m.InputTokens, Output: m.OutputTokens, Reasoning: m.ReasoningTokens, CacheRead: m.CachedInputTokens,
	}}
	if r.info != nil {
		sold.Provider = strings.ToLower(r.info.Type)
	}
	cost := price.Of(&sold)
	m.CostUSD, m.Free = cost.USD, cost.Known && cost.USD == 0
	r.span.SetAttributes(cost.Attrs...)
}
