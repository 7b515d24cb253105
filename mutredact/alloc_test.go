//go:build !race

package mutredact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// nothing has no secret, address or card number, but much that looks like the beginning
// of one.
var nothing = strings.Repeat(`{"role": "user", "content": "Basic programming: ask the bearer of token 12, or @bob; see https://example.com:80/?q=1."}
The max_tokens=4096 of sk-learn at 1732394137123456789 are in user@localhost, -----, eyJhbGciOi. Password? <token> --help.
`, 50)

// TestNoAllocs checks that a text with nothing to hide is returned without an
// allocation.
func TestNoAllocs(t *testing.T) {
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			got, n := r("gen_ai.usage.input_tokens", nothing)
			assert.Equal(t, nothing, got)
			assert.Zero(t, n)
			assert.Zero(t, testing.AllocsPerRun(20, func() { r("gen_ai.usage.input_tokens", nothing) }))
		})
	}
}
