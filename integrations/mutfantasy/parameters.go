package mutfantasy

import (
	"log/slog"

	"charm.land/fantasy"
)

// parameters returns what is asked for beside the messages.
func parameters(c fantasy.Call) []slog.Attr {
	attrs := sampling(c.MaxOutputTokens, c.TopK, c.Temperature, c.TopP, c.PresencePenalty, c.FrequencyPenalty)
	if len(c.Tools) > 0 {
		attrs = append(attrs, slog.Any("gen_ai.tool.definitions", c.Tools))
	}
	return attrs
}

func objectParameters(c fantasy.ObjectCall) []slog.Attr {
	attrs := sampling(c.MaxOutputTokens, c.TopK, c.Temperature, c.TopP, c.PresencePenalty, c.FrequencyPenalty)
	return append(attrs, slog.String("gen_ai.output.type", "json"))
}

func sampling(maxTokens, topK *int64, temperature, topP, presence, frequency *float64) (attrs []slog.Attr) {
	for key, value := range map[string]*int64{"max_tokens": maxTokens, "top_k": topK} {
		if value != nil {
			attrs = append(attrs, slog.Int64("gen_ai.request."+key, *value))
		}
	}
	for key, value := range map[string]*float64{
		"temperature": temperature, "top_p": topP, "presence_penalty": presence, "frequency_penalty": frequency,
	} {
		if value != nil {
			attrs = append(attrs, slog.Float64("gen_ai.request."+key, *value))
		}
	}
	return attrs
}
