package mutprice

import (
	"strconv"
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
		"shop.openai.azure.com.evil.test":               "",
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
func TestEntryOf(t *testing.T) {
	prices := embedded()
	for _, c := range []struct{ seller, asked, answered, want string }{
		{"openai", "gpt-4o", "gpt-4o-2024-08-06", "openai/gpt-4o"},
		{"openai", "gpt-4o", "", "openai/gpt-4o"},
		{"openai", "gpt-4o", "gpt-99", ""},
		{"openai", "gpt-4o", "gpt-4o-20990101-preview", "openai/gpt-4o"},
		{"openrouter", "google/gemini-2.0-flash-exp:free", "x-ai/grok-4.3", "openrouter/x-ai/grok-4.3"},
		{"anthropic", "claude-haiku-4-5", "claude-4-5-haiku-20990101", "anthropic/claude-haiku-4-5"},
		{"aws", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5-20251001", "aws/regional.anthropic.claude-haiku-4-5-20251001-v1:0"},
		{"azure", "my-deployment", "gpt-4o-2024-11-20", "azure/gpt-4o"},
		{"google", "publishers/google/models/gemini-2.5-pro", "", "google/gemini-2.5-pro"},
	} {
		e, err := prices.entryOf(c.seller, &price.Call{Asked: c.asked, Model: c.answered})
		if c.want == "" {
			assert.Error(t, err, c.asked)
		} else if assert.NoError(t, err) {
			assert.Equal(t, c.want, e.String())
		}
	}
	e, err := prices.entryOf("anthropic", &price.Call{Host: vercel, Asked: "anthropic/claude-haiku-4.5"})
	assert.NoError(t, err)
	assert.Equal(t, "anthropic/claude-haiku-4-5", e.String())
}

// In a region, Google asks more for a newer Claude than the table says.
func TestRegion(t *testing.T) {
	const global, region = "aiplatform.googleapis.com", "us-east5-aiplatform.googleapis.com"
	for _, c := range []struct {
		host, model string
		known       bool
	}{
		{global, "claude-haiku-4-5@20251001", true}, {global, "gemini-2.5-pro", true}, {region, "gemini-2.5-pro", true},
		{region, "claude-3-7-sonnet@20250219", true}, {region, "claude-opus-4-1@20250805", true}, {region, "claude-haiku-4-5@20251001", false},
	} {
		_, err := quoteOf(&price.Call{Host: c.host, Asked: c.model, Usage: price.Usage{Input: 1}})
		assert.Equal(t, c.known, err == nil, "%s %s: %v", c.host, c.model, err)
	}
}

// Names come from outside: not all of them are remembered.
func TestNamesAreForgotten(t *testing.T) {
	prices := embedded()
	p := prices.provider("avian")
	for i := range 3 * maxFound {
		_, found := prices.find(p, strconv.Itoa(i))
		assert.False(t, found)
	}
	assert.LessOrEqual(t, len(p.found), maxFound)
}

func TestSame(t *testing.T) {
	assert.True(t, same("claude-3-5-sonnet-20241022", "anthropic/claude-sonnet-3.5-latest"))
	assert.True(t, same("gemini-2.5-pro-preview-05-06", "gemini-2.5-pro-preview-05-06"))
	assert.True(t, same("gpt-5-2025-08-07", "gpt-5"))
	assert.False(t, same("gpt-5", "gpt-5-mini"))
	assert.False(t, same("", "gpt-5"))
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
