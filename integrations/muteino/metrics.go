package muteino

import (
	"github.com/cloudwego/eino/components/embedding"
	"github.com/cloudwego/eino/components/model"
	"github.com/cloudwego/eino/schema"

	"github.com/mutagent-io/mutagent-go"
)

// metrics returns the usage in the output of a model, or in a chunk of it.
func metrics(output any) (m mutagent.Metrics) {
	switch out := output.(type) {
	case *model.CallbackOutput:
		if out.Message != nil {
			m = metrics(out.Message)
		}
		if out.Config != nil {
			m.Model = out.Config.Model
		}
		if out.TokenUsage != nil {
			use(&m, out.TokenUsage)
		}
	case *schema.Message:
		if out.ResponseMeta != nil && out.ResponseMeta.Usage != nil {
			usage := out.ResponseMeta.Usage
			use(&m, &model.TokenUsage{
				PromptTokens:            usage.PromptTokens,
				PromptTokenDetails:      model.PromptTokenDetails(usage.PromptTokenDetails),
				CompletionTokens:        usage.CompletionTokens,
				CompletionTokensDetails: model.CompletionTokensDetails(usage.CompletionTokensDetails),
				TotalTokens:             usage.TotalTokens,
			})
		}
	case *model.AgenticCallbackOutput:
		if out.Config != nil {
			m.Model = out.Config.Model
		}
		if out.TokenUsage != nil {
			use(&m, out.TokenUsage)
		}
	case *embedding.CallbackOutput:
		if out.Config != nil {
			m.Model = out.Config.Model
		}
		if u := out.TokenUsage; u != nil {
			m.InputTokens, m.TotalTokens = int64(u.PromptTokens), int64(u.TotalTokens)
		}
	}
	return m
}

// use sets the tokens of m. Eino's prompt tokens include the cached ones.
func use(m *mutagent.Metrics, u *model.TokenUsage) {
	m.InputTokens = int64(u.PromptTokens)
	m.CachedInputTokens = int64(u.PromptTokenDetails.CachedTokens)
	m.OutputTokens = int64(u.CompletionTokens)
	m.ReasoningTokens = int64(u.CompletionTokensDetails.ReasoningTokens)
	m.TotalTokens = int64(u.TotalTokens)
}
