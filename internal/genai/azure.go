package genai

// Azure, whose paths name a deployment in place of a model.
var (
	_ = provide(provider{name: "azure.ai.openai", hosts: []string{"openai.azure.com", "cognitiveservices.azure.com"}})
	_ = provide(provider{name: "azure.ai.inference", hosts: []string{"services.ai.azure.com", "models.inference.ai.azure.com"}})
)
