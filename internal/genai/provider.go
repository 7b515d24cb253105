package genai

import (
	"net/url"
	"strings"
)

// hosts are the providers by their domain, in the words of OpenTelemetry where it
// has one.
var hosts = []struct{ domain, provider string }{
	{"api.openai.com", "openai"},
	{"openai.azure.com", "azure.ai.openai"},
	{"cognitiveservices.azure.com", "azure.ai.openai"},
	{"services.ai.azure.com", "azure.ai.inference"},
	{"models.inference.ai.azure.com", "azure.ai.inference"},
	{"api.anthropic.com", "anthropic"},
	{"generativelanguage.googleapis.com", "gcp.gemini"},
	{"aiplatform.googleapis.com", "gcp.vertex_ai"},
	{"amazonaws.com", "aws.bedrock"},
	{"api.cohere.com", "cohere"},
	{"api.cohere.ai", "cohere"},
	{"api.deepseek.com", "deepseek"},
	{"api.groq.com", "groq"},
	{"ml.cloud.ibm.com", "ibm.watsonx.ai"},
	{"api.mistral.ai", "mistral_ai"},
	{"api.moonshot.ai", "moonshot_ai"},
	{"api.perplexity.ai", "perplexity"},
	{"api.x.ai", "x_ai"},
	{"openrouter.ai", "openrouter"},
	{"api.together.xyz", "together_ai"},
	{"api.fireworks.ai", "fireworks_ai"},
	{"api.cerebras.ai", "cerebras"},
}

// provider returns whose service is at u, or other if the host does not tell.
func provider(u *url.URL, other string) string {
	host := strings.ToLower(u.Hostname())
	for _, h := range hosts {
		if prefix, ok := strings.CutSuffix(host, h.domain); ok && (prefix == "" || strings.HasSuffix(prefix, ".") || strings.HasSuffix(prefix, "-")) {
			return h.provider
		}
	}
	if u.Port() == "11434" {
		return "ollama"
	}
	return other
}
