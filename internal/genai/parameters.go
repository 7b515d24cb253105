package genai

import (
	"log/slog"
	"strconv"
)

// Parameters are a model call's parameters, for a framework that has them as values.
// Nil means not set.
type Parameters struct {
	MaxTokens, TopK, Seed                                *int64
	Temperature, TopP, FrequencyPenalty, PresencePenalty *float64
	Stop                                                 []string
}

// Attributes returns the parameters as attributes of OpenTelemetry's conventions.
func (p *Parameters) Attributes() (attrs []slog.Attr) {
	const request = "gen_ai.request."
	for _, n := range []struct {
		name  string
		value *int64
	}{{"max_tokens", p.MaxTokens}, {"top_k", p.TopK}, {"seed", p.Seed}} {
		if n.value != nil {
			attrs = append(attrs, slog.Int64(request+n.name, *n.value))
		}
	}
	for _, n := range []struct {
		name  string
		value *float64
	}{
		{"temperature", p.Temperature}, {"top_p", p.TopP}, {"frequency_penalty", p.FrequencyPenalty}, {"presence_penalty", p.PresencePenalty},
	} {
		if n.value != nil {
			attrs = append(attrs, slog.Float64(request+n.name, *n.value))
		}
	}
	if len(p.Stop) > 0 {
		attrs = append(attrs, slog.Any(request+"stop_sequences", p.Stop))
	}
	return attrs
}

// Int returns a parameter of a framework in which 0 means not set.
func Int(n int) *int64 {
	if n == 0 {
		return nil
	}
	given := int64(n)
	return &given
}

// Float is [Int] for a fraction. A float32 is converted by its decimal form: 0.2, not
// 0.2000000029….
func Float[F float32 | float64](n F) *float64 {
	if n == 0 {
		return nil
	}
	given := float64(n)
	if single, ok := any(n).(float32); ok {
		given, _ = strconv.ParseFloat(strconv.FormatFloat(float64(single), 'g', -1, 32), 64)
	}
	return &given
}
