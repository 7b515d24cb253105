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
	for name, c := range map[string]struct {
		kept   int // before
		before string
		least  int // of the excerpt
	}{
		"room ends in it":        {0, strings.Repeat("so long ", maxText/8)[:maxText-10], maxText - redact.Overhang},
		"room ended long before": {maxText, strings.Repeat("so long ", minString/8)[:minString-10], 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := Excerpt{kept: c.kept}
			_, _ = e.Write([]byte(`["` + c.before + secret + `","short"]`))
			text := string(e.Bytes())
			assert.False(t, strings.Contains(text, secret[:5]))
			assert.True(t, json.Valid(e.Bytes()))
			assert.True(t, e.Cut)
			assert.GreaterOrEqual(t, len(text), c.least)
			assert.True(t, strings.HasSuffix(text, `bytes]","short"]`), "what is short stays whole")
		})
	}
}
