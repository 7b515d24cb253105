package mutprice

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mutagent-io/mutagent-go/internal/price"
)

// Who sells is told by the host alone.
func TestSeller(t *testing.T) {
	for host, want := range map[string]string{
		"api.openai.com":                                "openai",
		"API.OpenAI.com:443":                            "openai",
		"aiplatform.googleapis.com":                     "google",
		"us-east5-aiplatform.googleapis.com":            "google",
		"bedrock-runtime.eu-west-1.amazonaws.com":       "aws",
		"bedrock-mantle.us-east-1.api.aws":              "aws",
		"bedrock-runtime.cn-north-1.amazonaws.com.cn":   "",
		"bedrock-agent-runtime.us-east-1.amazonaws.com": "",
		"shop.openai.azure.com":                         "azure",
		"shop.services.ai.azure.com":                    "azure",
		"eu.api.openai.com":                             "", // dearer, and nobody knows by how much
		"openai.azure.com.evil.test":                    "",
		"localhost:11434":                               "",
		"vllm:8000":                                     "",
		"":                                              "",
	} {
		assert.Equal(t, want, sellerOf(&price.Call{Host: host, Provider: "openai"}), host)
	}
	assert.Equal(t, "cloudflare", sellerOf(&price.Call{Host: "api.cloudflare.com", Path: "/client/v4/accounts/a/ai/v1/chat/completions"}))
	assert.Empty(t, sellerOf(&price.Call{Host: "api.cloudflare.com", Path: "/client/v4/zones"}))
	assert.Equal(t, "anthropic", sellerOf(&price.Call{Host: vercel, Asked: "anthropic/claude-haiku-4.5", Model: "claude-haiku-4.5"}))
	assert.Equal(t, "x-ai", sellerOf(&price.Call{Host: vercel, Asked: "xai/grok-4"}))
}

// The model that answered has the price; the name that was asked for helps only if it
// is the same model's.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		seller, asked, answered string
		want                    []string
	}{
		{"openai", "gpt-4o", "gpt-4o-2024-08-06", []string{"gpt-4o-2024-08-06", "gpt-4o"}},
		{"openai", "gpt-4o", "", []string{"gpt-4o"}},
		{"openrouter", "google/gemini-2.5-pro:free", "x-ai/grok-4", []string{"x-ai/grok-4"}},
		{"anthropic", "claude-sonnet-3-5-latest", "claude-3-5-sonnet-20241022", []string{"claude-3-5-sonnet-20241022", "claude-sonnet-3-5-latest"}},
		{"aws", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001", []string{"us.anthropic.claude-haiku-4-5-20251001-v1:0"}},
		{"azure", "my-deployment", "gpt-4o-2024-11-20", []string{"gpt-4o-2024-11-20"}},
		{"google", "publishers/google/models/gemini-2.5-pro", "models/gemini-2.5-pro", []string{"gemini-2.5-pro"}},
	} {
		assert.Equal(t, c.want, names(c.seller, &price.Call{Asked: c.asked, Model: c.answered}), c.asked)
	}
	assert.Equal(t, []string{"claude-haiku-4.5", "claude-haiku-4.5-20251001"}[:1], names("anthropic", &price.Call{Host: vercel, Asked: "anthropic/claude-haiku-4.5"}))
}

func TestWithDashes(t *testing.T) {
	for name, want := range map[string]string{
		"gpt-5-20250807":            "gpt-5-2025-08-07",
		"a-20250807:free":           "a-2025-08-07:free",
		"a-20250807-b-20240101":     "a-2025-08-07-b-2024-01-01",
		"a-20251307":                "a-20251307",
		"a-20250230":                "a-20250230",
		"a-19990101":                "a-19990101",
		"a-202508071":               "a-202508071",
		"20250807":                  "20250807",
		"":                          "",
		"claude-3-5-haiku@20241022": "claude-3-5-haiku@20241022",
	} {
		assert.Equal(t, want, withDashes(name))
	}
}
