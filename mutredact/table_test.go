package mutredact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A redactor is one of the functions under test.
type redactor func(key, text string) (string, int)

// gone is a text and what becomes of it.
type gone struct{ text, want string }

// positives checks that each text is masked as it should be, and stays so.
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

// nearMisses checks that texts stay as they are.
func (r redactor) nearMisses(t *testing.T, texts []string) {
	t.Helper()
	for _, text := range texts {
		got, n := r("", text)
		assert.Equal(t, text, got)
		assert.Zero(t, n, text)
	}
}

// fake returns n letters and digits that look random, so that no key stands in
// these files: scanners of code hosts would take it for a real one.
func fake(n int) string {
	return strings.Repeat("a1B2c3D4e5F6g7H8i9J0k", n/21+1)[:n]
}

// fakeHex is fake for issuers that use hex digits only.
func fakeHex(n int) string { return strings.Repeat("0a1b2c3d4e5f6789", n/16+1)[:n] }
