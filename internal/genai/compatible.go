package genai

// Providers with only OpenAI's protocols.
var (
	_ = provide(provider{name: "deepseek", hosts: []string{"api.deepseek.com"}})
	_ = provide(provider{name: "groq", hosts: []string{"api.groq.com"}})
	_ = provide(provider{name: "moonshot_ai", hosts: []string{"api.moonshot.ai", "api.moonshot.cn"}})
	_ = provide(provider{name: "perplexity", hosts: []string{"api.perplexity.ai"}})
	_ = provide(provider{name: "fireworks_ai", hosts: []string{"api.fireworks.ai"}})
	_ = provide(provider{name: "cerebras", hosts: []string{"api.cerebras.ai"}})
	_ = provide(provider{name: "together_ai", hosts: []string{"api.together.xyz", "api.together.ai"}})
)
