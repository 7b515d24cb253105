package mutfantasy

import (
	"log/slog"

	"charm.land/fantasy"

	"github.com/mutagent-io/mutagent-go/internal/genai"
)

// parameters returns the parameters of the request, without the messages.
func parameters(c fantasy.Call) []slog.Attr {
	asked := genai.Parameters{
		MaxTokens: c.MaxOutputTokens, TopK: c.TopK,
		Temperature: c.Temperature, TopP: c.TopP, PresencePenalty: c.PresencePenalty, FrequencyPenalty: c.FrequencyPenalty,
	}
	attrs := asked.Attributes()
	if len(c.Tools) > 0 {
		attrs = append(attrs, slog.Any("gen_ai.tool.definitions", c.Tools))
	}
	return attrs
}

func objectParameters(c fantasy.ObjectCall) []slog.Attr {
	asked := genai.Parameters{
		MaxTokens: c.MaxOutputTokens, TopK: c.TopK,
		Temperature: c.Temperature, TopP: c.TopP, PresencePenalty: c.PresencePenalty, FrequencyPenalty: c.FrequencyPenalty,
	}
	return append(asked.Attributes(), slog.String("gen_ai.output.type", "json"))
}
