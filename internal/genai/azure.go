package genai

// Azure. Its paths name a deployment instead of a model.
var (
	_ = provide(provider{name: "azure.ai.openai", hosts: []string{"openai.azure.com", "openai.azure.us", "cognitiveservices.azure.com", "cognitiveservices.azure.us"}})
	_ = provide(provider{name: "azure.ai.inference", hosts: []string{"services.ai.azure.com", "models.ai.azure.com", "inference.ai.azure.com"}})
)
