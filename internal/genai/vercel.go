package genai

// Vercel's gateway to many providers, by whose protocols it is known.
var _ = provide(provider{hosts: []string{"ai-gateway.vercel.sh"}, reasoningApart: true})
