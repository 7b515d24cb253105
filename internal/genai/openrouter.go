package genai

// OpenRouter, a gateway with its own prices.
// https://openrouter.ai/docs/api-reference
var _ = provide(provider{
	name:  "openrouter",
	hosts: []string{"openrouter.ai"},
	paths: []path{{"/images", openaiImages}},

	reasoningWithin: true, // of an interrupted answer, reasoning is counted more exactly than the output
})
