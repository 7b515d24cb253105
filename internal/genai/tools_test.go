package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestToolSecrets checks that credentials for a tool's server are not recorded.
func TestToolSecrets(t *testing.T) {
	all := examples(t)
	for name, secrets := range map[string][]string{
		"openai_responses_tools": {"k3", "k4", "k5", "authorization"},
		"gemini_snake":           {"k1", "k2", "Bearer", "u:p"},
	} {
		e := all[name]
		c := e.call(t)
		for _, secret := range secrets {
			assert.Contains(t, e.request, secret)
			assert.NotContains(t, told(t, c), secret, name)
		}
		assert.Contains(t, string(c.Tools), "mcp.test", name)
	}
	assert.Contains(t, string(func() []byte { e := all["openai_responses_tools"]; return e.call(t).Tools }()), `"properties":{"headers"`, "names of arguments are no secrets")
}
