package genai

// Vercel's gateway to many providers. Its calls are recognized by their protocols.
var _ = provide(provider{hosts: []string{"ai-gateway.vercel.sh"}, reasoningApart: true})
