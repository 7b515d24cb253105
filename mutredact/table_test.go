package mutredact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A redactor is one of the functions under test.
type redactor func(key, text string) (string, int)

// gone is a text and its expected result.
type gone struct{ text, want string }

// positives checks that each text is redacted as expected, and that redacting again
// changes nothing.
func (r redactor) positives(t *testing.T, cases []gone) {
	t.Helper()
	for _, c := range cases {
		got, n := r("", c.text)
		assert.Equal(t, c.want, got, c.text)
		assert.Positive(t, n, c.text)
		again, n := r("", got)
		assert.Equal(t, got, again, c.text)
		assert.Zero(t, n, "marks are not masked again: %s", got)
	}
}

// nearMisses checks that texts are unchanged.
func (r redactor) nearMisses(t *testing.T, texts []string) {
	t.Helper()
	for _, text := range texts {
		got, n := r("", text)
		assert.Equal(t, text, got)
		assert.Zero(t, n, text)
	}
}

// fake returns n letters and digits that look random. The test files contain no
// complete key, because scanners of code hosts would report it.
func fake(n int) string {
	return strings.Repeat("a1B2c3D4e5F6g7H8i9J0k", n/21+1)[:n]
}

// fakeHex is fake for issuers that use hex digits only.
func fakeHex(n int) string { return strings.Repeat("0a1b2c3d4e5f6789", n/16+1)[:n] }
