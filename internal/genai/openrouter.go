package genai

// OpenRouter, a gateway that has prices of its own.
// https://openrouter.ai/docs/api-reference
var _ = provide(provider{
	name:  "openrouter",
	hosts: []string{"openrouter.ai"},
	paths: []path{{"/images", openaiImages}},

	reasoningWithin: true, // of an answer that breaks off it is counted more exactly than the output
})
