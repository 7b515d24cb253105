package genai

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/mutagent-io/mutagent-go/internal/redact"
)

// What is cut loses its end before anybody can redact it: no half of a secret stays.
func TestSecretAcrossTheCut(t *testing.T) {
	const secret = "bob.miller@example.com"
	for name, before := range map[string]int{
		"room ends in it":        maxText - 10,
		"room ended long before": maxText + 1,
	} {
		t.Run(name, func(t *testing.T) {
			first := strings.Repeat("so long ", maxText/8+1)[:before]
			var e Excerpt
			if before < maxText {
				_, _ = e.Write([]byte(`["` + first + secret + `"]`))
			} else {
				_, _ = e.Write([]byte(`["` + first + `","` + strings.Repeat("y", minString-10) + secret + `","short"]`))
			}
			text := string(e.Bytes())
			assert.NotContains(t, text, secret[:5])
			assert.True(t, json.Valid(e.Bytes()))
			assert.True(t, e.Cut)
			assert.Greater(t, len(text), maxText-redact.Overhang-100)
			assert.Equal(t, before > maxText, strings.Contains(text, "short"), "what is short stays whole")
		})
	}
}
