package mutagentapi

import (
	"strconv"
	"time"

	"github.com/mutagent-io/mutagent-go/internal/jsontext"
	"github.com/mutagent-io/mutagent-go/internal/record"
)

// maxModel is the longest model or provider name that API 0.1 accepts, in characters.
const maxModel = 255

// appendMetrics writes the typed keys of API 0.1. As in the Python module, if only one
// token count is known, the other is 0.
func appendMetrics(dst []byte, s *record.Span) []byte {
	m, free := &s.Details().Metrics, s.Marks.Has(record.Free)
	if *m == (record.Metrics{}) && !free {
		return dst
	}
	if m.Model != "" {
		dst = jsontext.AppendString(append(dst, `,"model":`...), firstRunes(m.Model, maxModel))
	}
	if m.Provider != "" {
		dst = jsontext.AppendString(append(dst, `,"provider":`...), firstRunes(m.Provider, maxModel))
	}
	if m.InputTokens > 0 || m.OutputTokens > 0 {
		dst = append(dst, `,"tokens":{"input":`...)
		dst = strconv.AppendInt(dst, max(m.InputTokens, 0), 10)
		dst = append(dst, `,"output":`...)
		dst = strconv.AppendInt(dst, max(m.OutputTokens, 0), 10)
		dst = append(dst, '}')
	}
	if m.CostUSD > 0 && jsontext.IsFinite(m.CostUSD) || free {
		dst = jsontext.AppendFloat(append(dst, `,"costUsd":`...), m.CostUSD)
	}
	return dst
}

// appendTimings writes the typed keys of API 0.1 that the Python module accepts but
// never sends.
func appendTimings(dst []byte, m *record.Metrics) []byte {
	if m.TimeToFirstToken > 0 {
		dst = jsontext.AppendMillis(append(dst, `,"ttftMs":`...), m.TimeToFirstToken)
	}
	if m.Latency > 0 {
		dst = jsontext.AppendMillis(append(dst, `,"latencyMs":`...), m.Latency)
	}
	return dst
}

// appendMetricsMetadata writes all metrics under OpenTelemetry's names.
func appendMetricsMetadata(dst []byte, s *record.Span) []byte {
	m, free := &s.Details().Metrics, s.Marks.Has(record.Free)
	if *m != (record.Metrics{}) || free {
		dst = appendText(dst, "gen_ai.request.model", m.Model)
		dst = appendText(dst, "gen_ai.provider.name", m.Provider)
		dst = appendCount(dst, "gen_ai.usage.input_tokens", m.InputTokens)
		dst = appendCount(dst, "gen_ai.usage.output_tokens", m.OutputTokens)
		dst = appendCount(dst, "gen_ai.usage.total_tokens", m.TotalTokens)
		dst = appendCount(dst, "gen_ai.usage.cache_read.input_tokens", m.CachedInputTokens)
		dst = appendCount(dst, "gen_ai.usage.cache_creation.input_tokens", m.CacheWriteTokens)
		dst = appendCount(dst, "gen_ai.usage.reasoning.output_tokens", m.ReasoningTokens)
		if m.CostUSD != 0 && jsontext.IsFinite(m.CostUSD) || free {
			dst = jsontext.AppendFloat(appendKey(dst, "mutagent.cost_usd"), m.CostUSD)
		}
		if m.TimeToFirstToken > 0 {
			dst = appendSeconds(appendKey(dst, "gen_ai.response.time_to_first_chunk"), m.TimeToFirstToken)
		}
		if m.Latency > 0 {
			dst = jsontext.AppendMillis(appendKey(dst, "mutagent.latency_ms"), m.Latency)
		}
	}
	return appendText(dst, "mutagent.usage", usageOf(s))
}

// appendKey appends a key of the API or of this package. These keys need no escaping.
func appendKey(dst []byte, key string) []byte {
	dst = append(jsontext.AppendComma(dst), '"')
	dst = append(dst, key...)
	return append(dst, '"', ':')
}

func appendText(dst []byte, key, text string) []byte {
	if text == "" {
		return dst
	}
	return jsontext.AppendString(appendKey(dst, key), text)
}

func appendCount(dst []byte, key string, n int64) []byte {
	if n == 0 {
		return dst
	}
	return strconv.AppendInt(appendKey(dst, key), n, 10)
}

func appendSeconds(dst []byte, d time.Duration) []byte {
	return jsontext.AppendFloat(dst, d.Seconds())
}
